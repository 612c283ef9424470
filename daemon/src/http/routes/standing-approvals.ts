/** What a person allowed for always. */
import { z } from 'zod';
import { refuse } from '@guildhall/protocol';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id } from './queries.ts';

type Names = 'get /v1/standing-approvals' | 'delete /v1/standing-approvals/{id}';

export function standingApprovalEndpoints(): Pick<Endpoints, Names> {
  const notYet = async () => refuse('not-available', 'Standing approvals are not there yet.');
  return {
    'get /v1/standing-approvals': endpoint({ answer: z.array(z.json()), work: notYet }),
    'delete /v1/standing-approvals/{id}': endpoint({ params: z.strictObject({ id }), answer: z.json(), work: notYet }),
  };
}
