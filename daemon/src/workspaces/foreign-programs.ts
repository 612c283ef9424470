/**
 * A repository's own configuration can name programs that git then starts: filters at every checkout, a command for ssh, helpers for credentials. Whoever made the repository chose them, so
 * none is run; what the user's or the machine's configuration names under the same key is.
 */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { z } from 'zod';

/** Keys that name a program, or make git start one, for what is asked of git here. */
export const programKeys =
  String.raw`^(filter\..*\.(clean|smudge|process|required)|core\.(sshcommand|gitproxy|askpass|alternaterefscommand)|credential\.(.*\.)?helper|` +
  String.raw`remote\..*\.(uploadpack|receivepack|vcs)|push\.gpgsign)$`;

/** What git does without the key, where that is not what the empty text means. */
const usual: Readonly<Record<string, string>> = {
  sshcommand: 'ssh',
  alternaterefscommand: 'true',
  required: 'false',
  gpgsign: 'false',
};

export type Setting = readonly [key: string, value: string];

const mostForeign = 100;

/**
 * The settings that put those of the repository out of force, from what `git config --null --show-scope --get-regexp` tells. `invalid-input` where they cannot be: git heeds the first of some
 * keys and no later one, and a name that is no text cannot be said again.
 */
export function withoutForeignPrograms(listing: string): Settled<readonly Setting[]> {
  const entries = readEntries(listing);
  const foreign = new Set(entries.flatMap(({ scope, key }) => (scope === 'local' || scope === 'worktree' ? [key] : [])));
  const firm = [...foreign].find((key) => /(?:pack|gitproxy)$|\uFFFD/u.test(key));
  if (firm !== undefined)
    return refuse(
      'invalid-input',
      `the configuration of the repository names a program of its own under ${JSON.stringify(firm)}; take it out with git config --unset-all`,
    );
  if (foreign.size > mostForeign)
    return refuse(
      'invalid-input',
      `the configuration of the repository names ${foreign.size} programs of its own; no more than ${mostForeign} are put up with`,
    );
  return done([...foreign].flatMap((key) => replace(key, entries)));
}

function replace(key: string, entries: readonly Entry[]): readonly Setting[] {
  const own = entries.flatMap((entry) => (entry.key === key && (entry.scope === 'global' || entry.scope === 'system') ? [entry.value] : []));
  const name = key.slice(key.lastIndexOf('.') + 1);
  // The empty one forgets those before it.
  if (name === 'helper') return ['', ...own].map((value) => [key, value]);
  const value = own.at(-1) ?? usual[name] ?? '';
  // A filter that must not fail fails when it is empty.
  const optional: readonly Setting[] = key.startsWith('filter.') && value === '' ? [[`${key.slice(0, -name.length)}required`, 'false']] : [];
  return [[key, value], ...optional];
}

interface Entry {
  readonly scope: z.output<typeof scopes>;
  readonly key: string;
  readonly value: string;
}

const scopes = z.enum(['system', 'global', 'local', 'worktree', 'command']).catch('local');

function readEntries(listing: string): readonly Entry[] {
  const parts = listing.split('\0');
  return parts.flatMap((entry, index) => {
    if (index % 2 === 0) return [];
    const [key = '', ...value] = entry.split('\n');
    return [{ scope: scopes.parse(parts[index - 1]), key, value: value.join('\n') }];
  });
}
