/** What a person allowed for always. */
import { z } from 'zod';
import { done, standingApprovalView } from '@guildhall/protocol';
import type { Operations } from '../../operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id } from './queries.ts';

type Names = 'get /v1/standing-approvals' | 'delete /v1/standing-approvals/{id}';

export function standingApprovalEndpoints(operations: Operations): Pick<Endpoints, Names> {
  return {
    'get /v1/standing-approvals': endpoint({
      answer: z.array(standingApprovalView),
      work: async () => done(await operations.listStandingApprovals()),
    }),
    'delete /v1/standing-approvals/{id}': endpoint({
      params: z.strictObject({ id }),
      answer: standingApprovalView,
      work: ({ params }, { by }) => operations.forgetStandingApproval(params.id, by),
    }),
  };
}
