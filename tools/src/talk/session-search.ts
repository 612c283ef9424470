import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { printableLine } from '../printable.ts';
import type { SessionSearch } from '../ports.ts';
import { told } from '../result.ts';

const input = toolInput({ query: z.string().min(1).max(400), limit: z.int().min(1).max(50).default(10) }, { query: ['q', 'text'], limit: ['max_results'] });

/** `session_search`: finds words in the agent's own earlier conversations. */
export function sessionSearchTool(port: SessionSearch): Tool<z.output<typeof input>> {
  return {
    name: 'session_search',
    description: 'Find words in your own earlier conversations.',
    input,
    idempotent: true,
    untrusted: true,
    private: true,
    canonicalise: async (args) => (args.query.trim() === '' ? refuse('invalid-input', 'the query is empty') : done({ ...args, query: args.query.trim() })),
    danger: () => null,
    effects: noEffects,
    async run(args, context) {
      const hits = await port.searchEntries(context, args.query, args.limit);
      const lines = hits.map(
        ({ at, sessionKey, kind, excerpt }) =>
          `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} ${sessionKey} ${kind}: ${printableLine(excerpt, 500)}`,
      );
      return told(lines.length === 0 ? 'Nothing was found.' : lines.join('\n'), { count: hits.length });
    },
  };
}
