/** Handoffs: bounded work that one agent or role asks of another, asked for here by a person on behalf of the one. */
import { z } from 'zod';
import type { Credential } from '@guildhall/authority';
import {
  cancelHandoffRequest,
  cancelledHandoff,
  done,
  handoffChange,
  handoffEdge,
  handoffExplanation,
  handoffRecord,
  handoffRequest,
  handoffStatuses,
  handoffView,
  requestedHandoff,
  type HandoffView,
  type Settled,
} from '@guildhall/protocol';
import type { HandoffCaller, HandoffOperations } from '../../handoff-operations.ts';
import { refusalOf } from '../../refused-handoff.ts';
import { endpoint, freeEndpoint, type AnswerShape, type Call, type Reply } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import type { DoorLimits } from '../limits.ts';
import { cursor, id, limit, waitUpTo } from './queries.ts';

type Names =
  | 'get /v1/handoffs'
  | 'post /v1/handoffs'
  | 'post /v1/handoffs/import'
  | 'get /v1/handoffs/{id}'
  | 'patch /v1/handoffs/{id}'
  | 'get /v1/handoffs/{id}/decision'
  | 'post /v1/handoffs/{id}/cancel'
  | 'post /v1/handoffs/{id}/resume'
  | 'get /v1/handoff-edges';

const byId = z.strictObject({ id });
const endpointName = z.string().min(1).max(2000);
const importedHandoff = requestedHandoff.extend({ warnings: z.array(z.string()) });

export function handoffEndpoints(handoffs: HandoffOperations, limits: DoorLimits): Pick<Endpoints, Names> {
  return {
    'get /v1/handoffs': endpoint({
      query: z.strictObject({
        status: z.enum(handoffStatuses).optional(),
        source: endpointName.optional(),
        target: endpointName.optional(),
        open: z.enum(['true', 'false']).optional(),
        after: cursor.optional(),
        limit: limit(50, 500),
      }),
      answer: z.array(handoffView),
      work: async ({ query: { status, source, target, open, after, limit: most } }) =>
        done(
          await handoffs.listHandoffs({
            limit: most,
            ...(status === undefined ? {} : { status }),
            ...(source === undefined ? {} : { source }),
            ...(target === undefined ? {} : { target }),
            ...(open === undefined ? {} : { open: open === 'true' }),
            ...(after === undefined ? {} : { after }),
          }),
        ),
    }),
    'post /v1/handoffs': freeEndpoint({
      body: handoffRequest,
      answer: json(201, requestedHandoff),
      work: async ({ body }, call) => judged(201, await handoffs.dispatchHandoff(body, callerOf(call))),
    }),
    'post /v1/handoffs/import': freeEndpoint({
      body: handoffRecord,
      answer: json(201, importedHandoff),
      work: async ({ body }, call) => judged(201, await handoffs.importHandoff(body, callerOf(call))),
    }),
    'get /v1/handoffs/{id}': endpoint({
      params: byId,
      query: z.strictObject({ waitMs: waitUpTo(limits.waitMs) }),
      answer: handoffView,
      work: ({ params, query }, { signal }) => handoffs.readHandoff(params.id, query.waitMs, signal),
    }),
    'patch /v1/handoffs/{id}': freeEndpoint({
      params: byId,
      body: handoffChange,
      answer: json(200, handoffView),
      work: async ({ params, body }, call) => judged(200, await handoffs.editHandoff(params.id, body, callerOf(call))),
    }),
    'get /v1/handoffs/{id}/decision': endpoint({ params: byId, answer: handoffExplanation, work: ({ params }) => handoffs.explainHandoff(params.id) }),
    'post /v1/handoffs/{id}/cancel': endpoint({
      params: byId,
      body: cancelHandoffRequest.optional(),
      answer: cancelledHandoff,
      work: ({ params, body }, call) => handoffs.cancelHandoff(params.id, body ?? {}, callerOf(call)),
    }),
    'post /v1/handoffs/{id}/resume': endpoint({
      params: byId,
      answer: handoffView,
      work: ({ params }, call) => handoffs.resumeHandoff(params.id, callerOf(call)),
    }),
    'get /v1/handoff-edges': endpoint({ answer: z.array(handoffEdge), work: async () => done(await handoffs.listEdges()) }),
  };
}

function callerOf({ by }: Pick<Call<Credential>, 'by'>): HandoffCaller {
  return { kind: 'credential', credential: by };
}

function json(status: number, schema: z.ZodType): AnswerShape {
  return { status, content: { 'application/json': schema } };
}

/** A handoff that a guardrail or a person refused is stored, and answered as a no to whoever asked for it. */
function judged(status: number, settled: Settled<HandoffView>): Settled<Reply> {
  if (!settled.ok) return settled;
  const refusal = refusalOf(settled.value);
  return done(refusal === undefined ? { kind: 'json', status, body: settled.value } : { kind: 'refused', refusal });
}
