/** Figures for those who watch many daemons. */
import { refuse } from '@guildhall/protocol';
import { freeEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';

export function metricsEndpoints(): Pick<Endpoints, 'get /v1/metrics'> {
  return {
    'get /v1/metrics': freeEndpoint({
      answer: { status: 200, content: { 'text/plain': undefined } },
      work: async () => refuse('not-available', 'This daemon does not tell figures yet.'),
    }),
  };
}
