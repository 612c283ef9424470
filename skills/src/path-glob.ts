/** Path patterns of policies: `*` and `?` within a name, `**` across folders. No sets, no alternatives: write two patterns. Matching takes time in proportion to pattern × path and never more. */
import { matchSequence } from '@guildhall/kernel';

/** Undefined when the pattern can be used. */
export function findGlobProblem(pattern: string): string | undefined {
  const odd = /[[\]{}()!\\]/.exec(pattern);
  if (odd !== null)
    return `the pattern "${pattern.slice(0, 80)}" has "${odd[0]}", which means nothing here; use *, ? and **, and write alternatives as patterns of their own`;
  return undefined;
}

/** A pattern without `/` is matched against the last name, one with `/` against the whole path. */
export function matchesGlob(pattern: string, path: string): boolean {
  const names = namesOf(path);
  const parts = pattern.includes('/') ? namesOf(pattern) : ['**', pattern];
  return matchSequence(
    parts,
    names,
    (part) => part === '**',
    (part, name) =>
      matchSequence(
        Array.from(part),
        Array.from(name),
        (mark) => mark === '*',
        (mark, other) => mark === '?' || mark === other,
      ),
  );
}

function namesOf(path: string): readonly string[] {
  return path
    .replaceAll('\\', '/')
    .split('/')
    .filter((name) => name !== '' && name !== '.');
}
