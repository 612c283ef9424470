import { done } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { reachesHosts } from '../effects.ts';
import { toolInput } from '../input.ts';
import { printableLine } from '../printable.ts';
import { resultOf, told } from '../result.ts';
import { dangerOfSending, type AllowedHosts } from './outgoing.ts';
import { hostOfSearch, searchWeb, type SearchBackend } from './search-backends.ts';
import type { WebRules } from './web-fetch.ts';

const input = toolInput(
  { query: z.string().min(1).max(400), limit: z.int().min(1).max(20).default(8).describe('Most results') },
  { query: ['q', 'search_query'], limit: ['count', 'num_results', 'max_results'] },
);

/** `web_search`: titles, addresses and excerpts of web pages, from the search service of the configuration. */
export function webSearchTool(backend: SearchBackend, rules: WebRules, hosts: AllowedHosts): Tool<z.output<typeof input>> {
  return {
    name: 'web_search',
    description: 'Search the web. Gives titles, addresses and excerpts; read a page with web_extract.',
    input,
    idempotent: true,
    untrusted: true,
    private: false,
    canonicalise: async (args) => done({ ...args, query: args.query.trim() }),
    // The service was chosen by the operator, so a list of hosts does not concern it.
    danger: (_args, context) => (hosts === undefined ? dangerOfSending([], undefined, context) : null),
    effects: () => reachesHosts([hostOfSearch(backend)]),
    async run(args, context) {
      const hits = await searchWeb(backend, args.query, args.limit, context.signal, rules);
      return resultOf(hits, (found) =>
        told(
          found.length === 0
            ? 'Nothing was found.'
            : found
                .map(
                  ({ title, url, excerpt }, index) =>
                    `${index + 1}. ${printableLine(title, 200)}\n   ${printableLine(url, 500)}\n   ${printableLine(excerpt, 500)}`,
                )
                .join('\n'),
          { count: found.length },
        ),
      );
    },
  };
}
