/** The interface, described. */
import { z } from 'zod';
import { done, type Route } from '@guildhall/protocol';
import { freeEndpoint, type Endpoint, type OpenEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { describeInterface } from '../openapi.ts';

export function descriptionEndpoints(endpointOf: (route: Route) => Endpoint | OpenEndpoint): Pick<Endpoints, 'get /v1/openapi.json'> {
  let text: string | undefined;
  return {
    'get /v1/openapi.json': freeEndpoint({
      answer: { status: 200, content: { 'application/json': z.record(z.string(), z.json()) } },
      work: async () => done({ kind: 'file', type: 'application/json', body: (text ??= JSON.stringify(describeInterface(endpointOf))) }),
    }),
  };
}
