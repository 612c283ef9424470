/** Approvals, credentials and money. */
import { z } from 'zod';
import {
  answerRequest,
  approvalView,
  approveRequest,
  budgetView,
  costGroups,
  credentialRequest,
  credentialView,
  done,
  issuedCredential,
} from '@guildhall/protocol';
import type { Operations } from '../../operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id, limit } from './queries.ts';

type Names =
  | 'get /v1/approvals'
  | 'get /v1/approvals/{id}'
  | 'post /v1/approvals/{id}/approve'
  | 'post /v1/approvals/{id}/deny'
  | 'get /v1/tokens'
  | 'post /v1/tokens'
  | 'delete /v1/tokens/{id}'
  | 'get /v1/budgets'
  | 'get /v1/costs';

const byId = z.strictObject({ id });
const cost = z.object({
  key: z.string(),
  costMicroUsd: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  turns: z.number(),
  unpricedSteps: z.number(),
});

export function authorityEndpoints(operations: Operations): Pick<Endpoints, Names> {
  return {
    'get /v1/approvals': endpoint({
      query: z.strictObject({ status: approvalView.shape.status.optional(), limit: limit(50, 500) }),
      answer: z.array(approvalView),
      work: async ({ query }) => done(await operations.listApprovals({ limit: query.limit, ...(query.status === undefined ? {} : { status: query.status }) })),
    }),
    'get /v1/approvals/{id}': endpoint({ params: byId, answer: approvalView, work: ({ params }) => operations.readApproval(params.id) }),
    'post /v1/approvals/{id}/approve': endpoint({
      params: byId,
      body: approveRequest.optional(),
      answer: approvalView,
      work: ({ params, body }, { by }) => operations.answerApproval(params.id, body?.always === true ? 'always' : 'approve', by, body?.reason),
    }),
    'post /v1/approvals/{id}/deny': endpoint({
      params: byId,
      body: answerRequest.optional(),
      answer: approvalView,
      work: ({ params, body }, { by }) => operations.answerApproval(params.id, 'deny', by, body?.reason),
    }),
    'get /v1/tokens': endpoint({ answer: z.array(credentialView), work: async () => done(await operations.listCredentials()) }),
    'post /v1/tokens': endpoint({
      body: credentialRequest,
      answer: issuedCredential,
      status: 201,
      showsOnce: true,
      work: ({ body }, { by }) => operations.createCredential(body, by),
    }),
    'delete /v1/tokens/{id}': endpoint({
      mayEndItself: true,
      params: byId,
      answer: credentialView,
      work: ({ params }, { by }) => operations.revokeCredential(params.id, by),
    }),
    'get /v1/budgets': endpoint({ answer: z.array(budgetView), work: async () => done(await operations.readBudgets()) }),
    'get /v1/costs': endpoint({
      query: z.strictObject({ by: z.enum(costGroups).default('agent') }),
      answer: z.array(cost),
      work: async ({ query }) => done(await operations.readCosts(query.by)),
    }),
  };
}
