/** Findings: reported by anyone, decided by the Lead or the operator. */
import { z } from 'zod';
import {
  answerFindingRequest,
  disposeRequest,
  done,
  findingRequest,
  findingStatuses,
  planFindingView,
  planId,
  questionRequest,
  reasonGivenRequest,
  revalidateRequest,
} from '@guildhall/protocol';
import type { RoleOperations } from '../../role-operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { roleCaller } from '../role-caller.ts';
import { id, limit } from './queries.ts';

type Names =
  | 'post /v1/plans/{plan}/findings'
  | 'get /v1/findings'
  | 'get /v1/findings/{id}'
  | 'post /v1/findings/{id}/accept'
  | 'post /v1/findings/{id}/reject'
  | 'post /v1/findings/{id}/defer'
  | 'post /v1/findings/{id}/ask'
  | 'post /v1/findings/{id}/answer'
  | 'post /v1/findings/{id}/revalidate';

const byFinding = z.strictObject({ id });

export function findingEndpoints(roles: RoleOperations): Pick<Endpoints, Names> {
  const withReason = (verb: 'reject' | 'defer') =>
    endpoint({
      params: byFinding,
      body: reasonGivenRequest,
      answer: planFindingView,
      work: ({ params, body }, call) => roles.disposeFinding(params.id, verb, body, roleCaller(call)),
    });
  return {
    'post /v1/plans/{plan}/findings': endpoint({
      params: z.strictObject({ plan: planId }),
      body: findingRequest,
      answer: planFindingView,
      status: 201,
      work: ({ params, body }, call) => roles.reportFinding(params.plan, body, roleCaller(call)),
    }),
    'get /v1/findings': endpoint({
      query: z.strictObject({ plan: planId.optional(), status: z.enum(findingStatuses).optional(), limit: limit(100, 500) }),
      answer: z.array(planFindingView),
      work: async ({ query: { plan, status, limit: most } }) =>
        done(await roles.listFindings({ limit: most, ...(plan === undefined ? {} : { plan }), ...(status === undefined ? {} : { status }) })),
    }),
    'get /v1/findings/{id}': endpoint({ params: byFinding, answer: planFindingView, work: ({ params }) => roles.readFinding(params.id) }),
    'post /v1/findings/{id}/accept': endpoint({
      params: byFinding,
      body: disposeRequest.optional(),
      answer: planFindingView,
      work: ({ params, body }, call) => roles.disposeFinding(params.id, 'accept', body ?? {}, roleCaller(call)),
    }),
    'post /v1/findings/{id}/reject': withReason('reject'),
    'post /v1/findings/{id}/defer': withReason('defer'),
    'post /v1/findings/{id}/ask': endpoint({
      params: byFinding,
      body: questionRequest,
      answer: planFindingView,
      work: ({ params, body }, call) => roles.disposeFinding(params.id, 'ask', body, roleCaller(call)),
    }),
    'post /v1/findings/{id}/answer': endpoint({
      params: byFinding,
      body: answerFindingRequest,
      answer: planFindingView,
      work: ({ params, body }, call) => roles.answerFinding(params.id, body.text, roleCaller(call)),
    }),
    'post /v1/findings/{id}/revalidate': endpoint({
      params: byFinding,
      body: revalidateRequest,
      answer: planFindingView,
      work: ({ params, body }, call) => roles.revalidateFinding(params.id, body, roleCaller(call)),
    }),
  };
}
