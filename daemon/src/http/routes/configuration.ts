/** The configuration in force and the ones before it. */
import { z } from 'zod';
import { configVerdict, configVersionView, done } from '@guildhall/protocol';
import type { Operations } from '../../operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { wholeNumber } from './queries.ts';

type Names = 'get /v1/config' | 'put /v1/config' | 'get /v1/config/versions' | 'get /v1/config/versions/{rev}' | 'post /v1/config/versions/{rev}/revert';

const byRevision = z.strictObject({ rev: wholeNumber });
const text = z.object({ rev: z.number(), text: z.string() });

export function configurationEndpoints(operations: Operations): Pick<Endpoints, Names> {
  return {
    'get /v1/config': endpoint({ answer: text.extend({ file: z.string() }), work: async () => done(await operations.readConfig()) }),
    'put /v1/config': endpoint({
      body: z.strictObject({ text: z.string().max(4_000_000), baseRev: z.number().int().min(0).optional() }),
      answer: configVerdict,
      work: ({ body }, { by }) => operations.writeConfig(body.text, body.baseRev, by),
    }),
    'get /v1/config/versions': endpoint({ answer: z.array(configVersionView), work: async () => done(await operations.listConfigVersions()) }),
    'get /v1/config/versions/{rev}': endpoint({ params: byRevision, answer: text, work: ({ params }) => operations.readConfigVersion(params.rev) }),
    'post /v1/config/versions/{rev}/revert': endpoint({
      params: byRevision,
      answer: configVerdict,
      work: ({ params }, { by }) => operations.revertConfig(params.rev, by),
    }),
  };
}
