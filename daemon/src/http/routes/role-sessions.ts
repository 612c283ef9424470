/** Roles of plans: opening them, asking work of them, retiring them. */
import { z } from 'zod';
import {
  askedAnswer,
  askRequest,
  done,
  invokeRequest,
  planId,
  reasonGivenRequest,
  roleDefinitionView,
  roleHistory,
  roleRunView,
  roleView,
  rotateRequest,
} from '@guildhall/protocol';
import type { RoleOperations } from '../../role-operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { roleCaller } from '../role-caller.ts';
import { limit, roleName } from './queries.ts';

type Names =
  | 'get /v1/roles'
  | 'get /v1/role-sessions'
  | 'put /v1/plans/{plan}/roles/{role}'
  | 'get /v1/plans/{plan}/roles/{role}'
  | 'get /v1/plans/{plan}/roles/{role}/history'
  | 'post /v1/plans/{plan}/roles/{role}/turns'
  | 'post /v1/plans/{plan}/roles/{role}/retire'
  | 'post /v1/plans/{plan}/roles/{role}/reopen'
  | 'post /v1/plans/{plan}/roles/{role}/rotate'
  | 'post /v1/plans/{plan}/roles/{role}/ask';

const byRole = z.strictObject({ plan: planId, role: roleName });

export function roleSessionEndpoints(roles: RoleOperations): Pick<Endpoints, Names> {
  const withReason = (work: RoleOperations['retireRole']) =>
    endpoint({
      params: byRole,
      body: reasonGivenRequest,
      answer: roleView,
      work: ({ params, body }, call) => work(params.plan, params.role, body, roleCaller(call)),
    });
  return {
    'get /v1/roles': endpoint({ answer: z.array(roleDefinitionView), work: async () => done(roles.listRoleDefinitions()) }),
    'get /v1/role-sessions': endpoint({
      query: z.strictObject({ plan: planId.optional(), limit: limit(100, 500) }),
      answer: z.array(roleView),
      work: async ({ query: { plan, limit: most } }) => done(await roles.listRoleSessions({ limit: most, ...(plan === undefined ? {} : { plan }) })),
    }),
    'put /v1/plans/{plan}/roles/{role}': endpoint({
      params: byRole,
      answer: roleView,
      work: ({ params }, call) => roles.openRole(params.plan, params.role, roleCaller(call)),
    }),
    'get /v1/plans/{plan}/roles/{role}': endpoint({ params: byRole, answer: roleView, work: ({ params }) => roles.readRole(params.plan, params.role) }),
    'get /v1/plans/{plan}/roles/{role}/history': endpoint({
      params: byRole,
      answer: roleHistory,
      work: ({ params }) => roles.readHistory(params.plan, params.role),
    }),
    'post /v1/plans/{plan}/roles/{role}/turns': endpoint({
      params: byRole,
      body: invokeRequest,
      answer: roleRunView,
      status: 202,
      work: ({ params, body }, call) => roles.invokeRole(params.plan, params.role, body, roleCaller(call)),
    }),
    'post /v1/plans/{plan}/roles/{role}/retire': withReason((...asked) => roles.retireRole(...asked)),
    'post /v1/plans/{plan}/roles/{role}/reopen': withReason((...asked) => roles.reopenRole(...asked)),
    'post /v1/plans/{plan}/roles/{role}/rotate': endpoint({
      params: byRole,
      body: rotateRequest,
      answer: roleView,
      work: ({ params, body }, call) => roles.rotateRole(params.plan, params.role, body, roleCaller(call)),
    }),
    'post /v1/plans/{plan}/roles/{role}/ask': endpoint({
      params: byRole,
      body: askRequest,
      answer: askedAnswer,
      work: ({ params, body: { question, incarnation } }, call) =>
        roles.askPredecessor(params.plan, params.role, { question, ...(incarnation === undefined ? {} : { incarnation }) }, roleCaller(call), call.signal),
    }),
  };
}
