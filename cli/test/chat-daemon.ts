/** A test daemon with one session that can be talked to. What a turn does is a script; what it records is replayed to whoever connects behind it, as the daemon does. */
import type { ServerResponse } from 'node:http';
import type { AgentView, ApprovalView, EntryView, StreamEvent, TurnView } from '@guildhall/protocol';
import { sampleAgent, sampleApproval, sampleRoute, sampleSession, sampleTurn } from './sample-views.ts';
import { Refused, startTestDaemon, textOf, type TestDaemon } from './test-daemon.ts';

export interface ChatDaemon extends TestDaemon {
  readonly entries: EntryView[];
  readonly turns: Map<string, TurnView>;
  readonly messages: { readonly [name: string]: unknown }[];
  agent: AgentView;
  approval: ApprovalView;
  /** What the next turns do. */
  script: (turn: TurnScript) => Promise<void>;
}

export interface TurnScript {
  readonly turnId: string;
  /** Sends events to those who watch now, and nobody later. */
  live(...events: readonly StreamEvent[]): void;
  /** Records an entry and sends what it says; `whole` is what somebody gets who comes later. */
  record(
    entry: Omit<EntryView, 'seq' | 'turnId' | 'at'>,
    events: (seq: number) => readonly StreamEvent[],
    whole?: (seq: number) => readonly StreamEvent[],
  ): number;
  /** Records the answer, of which `streamed` says whether it was sent before as deltas. */
  answer(text: string, streamed?: boolean): void;
  end(changes: Partial<TurnView>): void;
  /** The number the next entry will have. */
  nextSeq(): number;
  /** Resolves when the turn is cancelled. */
  readonly cancelled: Promise<void>;
  /** Resolves with the answer to the approval. */
  readonly answered: Promise<'approve' | 'deny'>;
}

interface Recorded {
  readonly seq: number;
  readonly events: readonly StreamEvent[];
}

export const sessionKey = 'agent:coder:main';

export async function startChatDaemon(): Promise<ChatDaemon> {
  const base = await startTestDaemon();
  const recorded: Recorded[] = [];
  const watchers = new Set<ServerResponse>();
  const changed = new Set<() => void>();
  const cancelled = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<'approve' | 'deny'>();
  let count = 0;
  const daemon: ChatDaemon = Object.assign(base, {
    entries: [] as EntryView[],
    turns: new Map<string, TurnView>(),
    messages: [] as { readonly [name: string]: unknown }[],
    agent: sampleAgent(),
    approval: sampleApproval(),
    script: (turn: TurnScript): Promise<void> => {
      turn.answer('Hello.');
      return Promise.resolve();
    },
  });

  const send = (events: readonly StreamEvent[], id?: number) => {
    for (const watcher of watchers) for (const [at, event] of events.entries()) watcher.write(frame(event, at === events.length - 1 ? id : undefined));
  };
  const update = (turn: TurnView) => {
    daemon.turns.set(turn.id, turn);
    for (const wake of changed) wake();
  };

  const begin = (turnId: string, text: string) => {
    const script: TurnScript = {
      turnId,
      live: (...events) => send(events),
      record(entry, events, whole = events) {
        const seq = daemon.entries.length + 1;
        daemon.entries.push({ seq, turnId, at: Date.now(), ...entry });
        recorded.push({ seq, events: whole(seq) });
        send(events(seq), seq);
        return seq;
      },
      answer(said, streamed = false) {
        const end = (seq: number): readonly StreamEvent[] => [
          { type: 'TEXT_MESSAGE_END', messageId: `e${seq}` },
          { type: 'RUN_FINISHED', threadId: sessionKey, runId: turnId },
        ];
        const whole = (seq: number): readonly StreamEvent[] => [
          { type: 'TEXT_MESSAGE_START', messageId: `e${seq}`, role: 'assistant' },
          { type: 'TEXT_MESSAGE_CONTENT', messageId: `e${seq}`, delta: said },
          ...end(seq),
        ];
        script.record({ kind: 'answer', text: said }, streamed ? end : whole, whole);
        script.end({ status: 'completed', answer: said });
      },
      end: (changes) => update({ ...(daemon.turns.get(turnId) ?? sampleTurn()), endedAt: Date.now(), ...changes }),
      nextSeq: () => daemon.entries.length + 1,
      cancelled: cancelled.promise,
      answered: answered.promise,
    };
    script.record({ kind: 'message', text, from: 'operator' }, () => [
      { type: 'RUN_STARTED', threadId: sessionKey, runId: turnId },
      { type: 'CUSTOM', name: 'guildhall.user-message', value: { turnId, text, from: 'operator' } },
    ]);
    void watched().then(() => daemon.script(script));
  };
  /** Somebody looks on: what is sent live now is seen. */
  const watched = async () => {
    while (watchers.size === 0) await new Promise<void>((resolve) => changed.add(resolve));
  };

  daemon.on('post /v1/messages', ({ body }) => {
    daemon.messages.push(body);
    const known = [...daemon.turns.values()].find((turn) => turn.messageId === body['messageId']);
    if (known !== undefined) return { sessionKey, agent: 'coder', turnId: known.id, duplicate: true };
    const turnId = `trn_${++count}`;
    const { endedAt: _ended, ...running } = sampleTurn({
      id: turnId,
      status: 'running',
      messageId: textOf(body, 'messageId'),
      usage: { ...sampleTurn().usage, rehearsal: daemon.agent.rehearsal },
    });
    daemon.turns.set(turnId, running);
    setImmediate(() => begin(turnId, textOf(body, 'text')));
    return { sessionKey, agent: 'coder', turnId, duplicate: false };
  });
  daemon.on('get /v1/agents', () => [daemon.agent, sampleAgent({ id: 'writer', default: false, description: 'Writes prose' })]);
  daemon.on('get /v1/agents/{id}', ({ params }) => {
    if (params['id'] === 'coder') return daemon.agent;
    if (params['id'] === 'writer') return sampleAgent({ id: 'writer', default: false });
    throw new Refused('not-found', `There is no agent "${params['id']}".`);
  });
  daemon.on('get /v1/route', () => sampleRoute);
  daemon.on('get /v1/sessions', ({ query }) => ({
    sessions: daemon.entries.length > 0 && query.get('agent') === 'coder' ? [sampleSession({ entryCount: daemon.entries.length })] : [],
    next: null,
  }));
  daemon.on('get /v1/sessions/{key}/entries', ({ query }) => {
    const after = Number(query.get('after') ?? 0);
    const limit = Number(query.get('limit') ?? 100);
    const behind = daemon.entries.filter((entry) => entry.seq > after);
    return query.get('last') === 'true' ? behind.slice(-limit) : behind.slice(0, limit);
  });
  daemon.on('get /v1/sessions/{key}/stream', ({ headers, response }) => {
    const after = Number(headers['last-event-id'] ?? 0);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 1000\n\n');
    for (const { seq, events } of recorded)
      if (seq > after) for (const [at, event] of events.entries()) response.write(frame(event, at === events.length - 1 ? seq : undefined));
    watchers.add(response);
    for (const wake of changed) wake();
    response.on('close', () => watchers.delete(response));
    return undefined;
  });
  daemon.on('get /v1/turns/{id}', async ({ params }) => {
    const id = params['id'] ?? '';
    while (daemon.turns.get(id)?.endedAt === undefined) await new Promise<void>((resolve) => changed.add(resolve));
    return daemon.turns.get(id);
  });
  const cancel = (id: string) => {
    update({ ...sampleTurn({ id, status: 'cancelled', reason: 'the operator stopped it' }), endedAt: Date.now() });
    send([{ type: 'RUN_ERROR', message: 'stopped', code: 'turn-cancelled', runId: id }]);
    cancelled.resolve();
  };
  daemon.on('post /v1/turns/{id}/cancel', ({ params }) => {
    cancel(params['id'] ?? '');
    return daemon.turns.get(params['id'] ?? '');
  });
  daemon.on('post /v1/sessions/{key}/cancel', () => {
    const running = [...daemon.turns.values()].filter((turn) => turn.endedAt === undefined).map((turn) => turn.id);
    for (const id of running) cancel(id);
    return { cancelled: running };
  });
  daemon.on('get /v1/approvals/{id}', () => daemon.approval);
  for (const said of ['approve', 'deny'] as const) {
    daemon.on(`post /v1/approvals/{id}/${said}`, () => {
      daemon.approval = { ...daemon.approval, status: said === 'approve' ? 'approved' : 'denied', answeredBy: 'operator' };
      answered.resolve(said);
      return daemon.approval;
    });
  }
  return daemon;
}

function frame(event: StreamEvent, id: number | undefined): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`;
}

/** Streams text as deltas of the entry that comes next. */
export function speak(turn: TurnScript, ...deltas: readonly string[]): void {
  const messageId = `e${turn.nextSeq()}`;
  turn.live(
    { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' },
    ...deltas.map((delta): StreamEvent => ({ type: 'TEXT_MESSAGE_CONTENT', messageId, delta })),
  );
}

/** A tool call as the daemon tells it: announced with the step, begun, ended. */
export function callTool(
  turn: TurnScript,
  tool: string,
  args: { readonly [name: string]: string | boolean },
  outcome: 'done' | 'failed' | 'refused' = 'done',
  rule = '',
): void {
  const toolCallId = `call_${turn.nextSeq()}`;
  turn.record({ kind: 'model-step', text: '' }, () => [
    { type: 'TOOL_CALL_START', toolCallId, toolCallName: tool },
    { type: 'TOOL_CALL_ARGS', toolCallId, delta: JSON.stringify(args) },
  ]);
  if (outcome !== 'refused')
    turn.record({ kind: 'tool-started', text: '', tool, callId: toolCallId, args: { ...args } }, () => [{ type: 'TOOL_CALL_END', toolCallId }]);
  const text = outcome === 'failed' ? 'exit code 1' : 'ok';
  turn.record({ kind: 'tool-result', text, tool, callId: toolCallId, outcome, ...(rule === '' ? {} : { rule }) }, (seq) => [
    ...(outcome === 'refused' ? ([{ type: 'CUSTOM', name: 'guildhall.tool-refused', value: { toolCallId, rule } }] as const) : []),
    { type: 'TOOL_CALL_RESULT', messageId: `e${seq}`, toolCallId, content: text, role: 'tool' },
  ]);
}
