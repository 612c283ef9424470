/** Plans, and what was asked of their roles. */
import { z } from 'zod';
import {
  artifactView,
  completePlanRequest,
  done,
  personAnswerRequest,
  planBundle,
  planChange,
  planId,
  planRequest,
  planStatuses,
  planView,
  reasonGivenRequest,
  roleRunView,
} from '@guildhall/protocol';
import type { RoleOperations } from '../../role-operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import type { DoorLimits } from '../limits.ts';
import { roleCaller } from '../role-caller.ts';
import { cursor, id, limit, roleName, waitUpTo } from './queries.ts';

type PlanNames =
  | 'get /v1/plans'
  | 'post /v1/plans'
  | 'get /v1/plans/{plan}'
  | 'patch /v1/plans/{plan}'
  | 'post /v1/plans/{plan}/complete'
  | 'post /v1/plans/{plan}/reopen'
  | 'get /v1/plans/{plan}/bundle';

type RunNames = 'get /v1/plans/{plan}/runs' | 'get /v1/plans/{plan}/runs/{run}' | 'post /v1/plans/{plan}/runs/{run}/answer' | 'get /v1/artifacts/{id}';

const byPlan = z.strictObject({ plan: planId });
const byRun = z.strictObject({ plan: planId, run: id });
const createdPlan = planView.extend({ existing: z.boolean() });
/** `content` is base64; null where only the hash was kept. */
const artifactContent = artifactView.extend({ content: z.string().nullable() });

export function planEndpoints(roles: RoleOperations): Pick<Endpoints, PlanNames> {
  return {
    'get /v1/plans': endpoint({
      query: z.strictObject({ status: z.enum(planStatuses).optional(), after: cursor.optional(), limit: limit(50, 500) }),
      answer: z.array(planView),
      work: async ({ query: { status, after, limit: most } }) =>
        done(await roles.listPlans({ limit: most, ...(status === undefined ? {} : { status }), ...(after === undefined ? {} : { after }) })),
    }),
    'post /v1/plans': endpoint({ body: planRequest, answer: createdPlan, status: 201, work: ({ body }, call) => roles.createPlan(body, roleCaller(call)) }),
    'get /v1/plans/{plan}': endpoint({ params: byPlan, answer: planView, work: ({ params }) => roles.readPlan(params.plan) }),
    'patch /v1/plans/{plan}': endpoint({
      params: byPlan,
      body: planChange,
      answer: planView,
      work: ({ params, body }, call) => roles.changePlan(params.plan, body, roleCaller(call)),
    }),
    'post /v1/plans/{plan}/complete': endpoint({
      params: byPlan,
      body: completePlanRequest.optional(),
      answer: planView,
      work: ({ params, body }, call) => roles.completePlan(params.plan, body ?? {}, roleCaller(call)),
    }),
    'post /v1/plans/{plan}/reopen': endpoint({
      params: byPlan,
      body: reasonGivenRequest,
      answer: planView,
      work: ({ params, body }, call) => roles.reopenPlan(params.plan, body.reason, roleCaller(call)),
    }),
    'get /v1/plans/{plan}/bundle': endpoint({ params: byPlan, answer: planBundle, work: ({ params }) => roles.exportPlan(params.plan) }),
  };
}

export function runEndpoints(roles: RoleOperations, limits: DoorLimits): Pick<Endpoints, RunNames> {
  return {
    'get /v1/plans/{plan}/runs': endpoint({
      params: byPlan,
      query: z.strictObject({ role: roleName.optional(), limit: limit(50, 500) }),
      answer: z.array(roleRunView),
      work: ({ params, query: { role, limit: most } }) => roles.listRuns(params.plan, { limit: most, ...(role === undefined ? {} : { role }) }),
    }),
    'get /v1/plans/{plan}/runs/{run}': endpoint({
      params: byRun,
      query: z.strictObject({ waitMs: waitUpTo(limits.waitMs) }),
      answer: roleRunView,
      work: ({ params, query }, { signal }) => roles.readRun(params.plan, params.run, query.waitMs, signal),
    }),
    'post /v1/plans/{plan}/runs/{run}/answer': endpoint({
      params: byRun,
      body: personAnswerRequest,
      answer: roleRunView,
      work: ({ params, body }, call) => roles.answerRun(params.plan, params.run, body, roleCaller(call)),
    }),
    // As JSON: what roles leave behind is never served as a document of this origin.
    'get /v1/artifacts/{id}': endpoint({ params: z.strictObject({ id }), answer: artifactContent, work: ({ params }) => roles.readArtifact(params.id) }),
  };
}
