/** What runs, what is wrong, and looking after the database. */
import { z } from 'zod';
import { done, findingView, statusView } from '@guildhall/protocol';
import type { Operations } from '../../operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { sessionKey } from './queries.ts';

type Names = 'get /v1/status' | 'get /v1/doctor' | 'get /v1/why/{id}' | 'post /v1/db/backup' | 'get /v1/db/verify';

export function installationEndpoints(operations: Operations): Pick<Endpoints, Names> {
  return {
    'get /v1/status': endpoint({ answer: statusView, work: async () => done(await operations.status()) }),
    'get /v1/doctor': endpoint({ answer: z.array(findingView), work: async () => done(await operations.doctor()) }),
    'get /v1/why/{id}': endpoint({ params: z.strictObject({ id: sessionKey }), answer: z.array(findingView), work: ({ params }) => operations.why(params.id) }),
    'post /v1/db/backup': endpoint({
      body: z.strictObject({ file: z.string().min(1).max(4096) }),
      answer: z.object({ file: z.string(), bytes: z.number() }),
      work: ({ body }, { by }) => operations.backup(body.file, by),
    }),
    'get /v1/db/verify': endpoint({ answer: z.array(findingView), work: async () => done(await operations.verifyDatabase()) }),
  };
}
