/** Messages in, turns and transcripts out. */
import { z } from 'zod';
import { acceptedAnswer, entryView, messageRequest, sessionView, turnView } from '@guildhall/protocol';
import type { Operations } from '../../operations.ts';
import type { Receipts } from '../access.ts';
import { endpoint, freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import type { DoorLimits } from '../limits.ts';
import { followSession } from '../session-feed.ts';
import { id, limit, sessionKey, waitUpTo, wholeNumber } from './queries.ts';

type Names =
  | 'post /v1/messages'
  | 'get /v1/sessions'
  | 'get /v1/sessions/{key}'
  | 'get /v1/sessions/{key}/entries'
  | 'get /v1/sessions/{key}/stream'
  | 'post /v1/sessions/{key}/cancel'
  | 'get /v1/turns/{id}'
  | 'post /v1/turns/{id}/cancel'
  | 'get /v1/search';

const bySession = z.strictObject({ key: sessionKey });
const byTurn = z.strictObject({ id });
const hit = z.object({ sessionKey: z.string(), seq: z.number(), at: z.number(), kind: z.string(), excerpt: z.string() });

export function conversationEndpoints(operations: Operations, receipts: Receipts, limits: DoorLimits): Pick<Endpoints, Names> {
  return {
    'post /v1/messages': endpoint({
      body: messageRequest,
      answer: acceptedAnswer,
      status: 202,
      work: async ({ body }, { by }) => {
        const accepted = await operations.acceptMessage(body, by);
        if (accepted.ok) receipts.give(by.id, accepted.value.turnId);
        return accepted;
      },
    }),
    'get /v1/sessions': endpoint({
      query: z.strictObject({ agent: id.optional(), after: z.string().max(2000).optional(), limit: limit(50, 500) }),
      answer: z.object({ sessions: z.array(sessionView), next: z.string().nullable() }),
      work: ({ query: { agent, after, limit: most } }) =>
        operations.listSessions({ limit: most, ...(agent === undefined ? {} : { agent }), ...(after === undefined ? {} : { after }) }),
    }),
    'get /v1/sessions/{key}': endpoint({ params: bySession, answer: sessionView, work: ({ params }) => operations.readSession(params.key) }),
    'get /v1/sessions/{key}/entries': endpoint({
      params: bySession,
      query: z.strictObject({ after: wholeNumber.optional(), last: z.enum(['true', 'false']).optional(), limit: limit(100, 500) }),
      answer: z.array(entryView),
      work: ({ params, query: { after, last, limit: most } }) =>
        operations.readEntries(params.key, { limit: most, last: last === 'true', ...(after === undefined ? {} : { after }) }),
    }),
    'get /v1/sessions/{key}/stream': freeEndpoint({
      params: bySession,
      query: z.strictObject({ after: wholeNumber.optional() }),
      answer: { status: 200, content: { 'text/event-stream': undefined } },
      work: ({ params, query }, call) => followSession(operations, params.key, query.after, call),
    }),
    'post /v1/sessions/{key}/cancel': endpoint({
      params: bySession,
      answer: z.object({ cancelled: z.array(z.string()) }),
      work: ({ params }, { by }) => operations.cancelSession(params.key, by),
    }),
    'get /v1/turns/{id}': endpoint({
      params: byTurn,
      query: z.strictObject({ waitMs: waitUpTo(limits.waitMs) }),
      answer: turnView,
      work: ({ params, query }, { signal }) => operations.readTurn(params.id, query.waitMs, signal),
    }),
    'post /v1/turns/{id}/cancel': endpoint({ params: byTurn, answer: turnView, work: ({ params }, { by }) => operations.cancelTurn(params.id, by) }),
    'get /v1/search': endpoint({
      query: z.strictObject({ agent: id, q: z.string().min(1).max(1000), limit: limit(20, 100) }),
      answer: z.array(hit),
      work: ({ query }) => operations.search(query.agent, query.q, query.limit),
    }),
  };
}
