/** Nouns of the command line whose concept this version does not have yet. A script that calls one gets a typed refusal instead of "unknown command". */
import type { Verb } from '../verb.ts';

const names = ['subagents', 'channels', 'nodes', 'conformance', 'acp'] as const;

export const laterNouns: readonly Verb[] = names.map((name) => later(name, `guildhall ${name}`));

export const laterDatabaseVerbs: readonly Verb[] = [later('move', 'guildhall db move')];

function later(name: string, words: string): Verb {
  return {
    usage: `${name} [words...]`,
    summary: 'Not part of this version',
    example: words,
    load: async () => (await import('../commands/refuse-later.ts')).refuseLater,
  };
}
