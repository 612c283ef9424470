/** The chat page: liveness, the page itself and what it is made of. */
import { z } from 'zod';
import { done, refuse } from '@guildhall/protocol';
import { openEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';

export interface Page {
  readonly html: string;
  /** By file name. */
  readonly assets: ReadonlyMap<string, PageAsset>;
}

interface PageAsset {
  readonly type: string;
  readonly body: string | Uint8Array;
}

export function pageEndpoints(page: Page): Pick<Endpoints, 'get /healthz' | 'get /' | 'get /assets/{name}'> {
  return {
    'get /healthz': openEndpoint({
      answer: { status: 200, content: { 'application/json': z.object({ status: z.literal('ok') }) } },
      work: async () => done({ kind: 'json', status: 200, body: { status: 'ok' } }),
    }),
    'get /': openEndpoint({
      answer: { status: 200, content: { 'text/html': undefined } },
      work: async () => done({ kind: 'file', type: 'text/html; charset=utf-8', body: page.html }),
    }),
    'get /assets/{name}': openEndpoint({
      params: z.strictObject({ name: z.string().max(200) }),
      answer: { status: 200, content: { '*/*': undefined } },
      work: async ({ params }) => {
        const asset = page.assets.get(params.name);
        return asset === undefined ? refuse('not-found', 'The page has no such part.') : done({ kind: 'file', ...asset });
      },
    }),
  };
}
