/** The test daemon with handoffs behind it, and a journal that is followed live. */
import type { ServerResponse } from 'node:http';
import { handoffStream, type EventType, type HandoffView, type Json, type JsonObject } from '@guildhall/protocol';
import { sampleCancelled, sampleEdge, sampleExplanation, sampleHandoff } from './sample-handoff.ts';
import { sampleEvent } from './sample-views.ts';
import { Refused, startTestDaemon, type TestDaemon, type TestRequest } from './test-daemon.ts';

export interface HandoffDaemon extends TestDaemon {
  /** What there is, by id; the newest last. */
  readonly handoffs: Map<string, HandoffView>;
  /** Every request that changes something, in order. */
  readonly sent: { readonly route: string; readonly params: TestRequest['params']; readonly body: Json }[];
  readonly queries: { readonly route: string; readonly query: { readonly [name: string]: string } }[];
  /** What the next request to hand over is answered. */
  answerTo: (body: JsonObject) => unknown;
  /** Changes a handoff, and records the event that says so. */
  happen(type: EventType, handoff: HandoffView, data?: JsonObject): void;
  /** So many follow the journal now. */
  readonly followers: () => number;
}

type Route = Parameters<TestDaemon['on']>[0];

export async function startHandoffDaemon(): Promise<HandoffDaemon> {
  const base = await startTestDaemon();
  const events: { readonly stream: string; readonly frame: string }[] = [];
  const followers = new Map<ServerResponse, string | null>();
  const daemon: HandoffDaemon = Object.assign(base, {
    handoffs: new Map<string, HandoffView>(),
    sent: [] as HandoffDaemon['sent'][number][],
    queries: [] as HandoffDaemon['queries'][number][],
    answerTo: (_body: JsonObject): unknown => ({ ...sampleHandoff(), duplicate: false }),
    happen(type: EventType, handoff: HandoffView, data: JsonObject = {}) {
      daemon.handoffs.set(handoff.id, handoff);
      const stream = handoffStream(handoff.id);
      const cursor = `c${events.length + 1}`;
      const body = { handoff: handoff.id, source: handoff.source, target: handoff.target, ...data };
      const frame = `id: ${cursor}\ndata: ${JSON.stringify(sampleEvent({ cursor, stream, type, data: body }))}\n\n`;
      events.push({ stream, frame });
      for (const [response, wanted] of followers) if (wanted === null || wanted === stream) response.write(frame);
    },
    followers: () => followers.size,
  });
  const change = (route: Route, answer: (request: TestRequest) => unknown) =>
    daemon.on(route, (request) => {
      daemon.sent.push({ route, params: request.params, body: request.body });
      return answer(request);
    });
  const read = (route: Route, answer: (request: TestRequest) => unknown) =>
    daemon.on(route, (request) => {
      daemon.queries.push({ route, query: Object.fromEntries(request.query) });
      return answer(request);
    });
  const find = ({ params }: TestRequest) => {
    const found = daemon.handoffs.get(params['id'] ?? '');
    if (found === undefined) throw new Refused('not-found', `there is no handoff "${params['id']}"`);
    return found;
  };
  change('post /v1/handoffs', ({ body }) => daemon.answerTo(body));
  change('post /v1/handoffs/import', ({ body }) => daemon.answerTo(body));
  change('patch /v1/handoffs/{id}', find);
  change('post /v1/handoffs/{id}/resume', find);
  change('post /v1/handoffs/{id}/cancel', () => sampleCancelled);
  read('get /v1/handoffs', () => [...daemon.handoffs.values()].toReversed());
  read('get /v1/handoffs/{id}', find);
  read('get /v1/handoffs/{id}/decision', () => sampleExplanation());
  read('get /v1/handoff-edges', () => [sampleEdge]);
  read('get /v1/costs', ({ query }) => [{ key: `by ${query.get('by')}`, costMicroUsd: 1, inputTokens: 1, outputTokens: 2, turns: 3, unpricedSteps: 0 }]);
  read('get /v1/events', ({ query, headers, response }) => {
    if (headers.accept !== 'text/event-stream') return { events: [], cursor: `c${events.length}` };
    const stream = query.get('stream');
    const after = Number((headers['last-event-id'] ?? query.get('after') ?? 'c0').toString().slice(1));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n');
    followers.set(response, stream);
    response.on('close', () => followers.delete(response));
    for (const event of events.slice(after)) if (stream === null || event.stream === stream) response.write(event.frame);
    return undefined;
  });
  return daemon;
}
