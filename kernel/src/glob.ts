/** File-name patterns: `*` and `?` within a name, `**` across folders, `{a,b}` alternatives, `[abc]` sets. Matching takes time proportional to pattern × text, never more. */
import { matchSequence } from './match-sequence.ts';

const mostAlternatives = 64;

/** A test for paths below the workspace. A pattern without `/` is matched against the last name, one with `/` against the whole path. */
export function globMatcher(pattern: string): (path: string) => boolean {
  const alternatives = expandBraces(pattern).map((alternative) =>
    alternative.includes('/') ? alternative.replace(/^\.?\//u, '').split('/') : ['**', alternative],
  );
  return (path) => {
    const names = path.split('/');
    return alternatives.some((parts) => matchParts(parts, names));
  };
}

function expandBraces(pattern: string): readonly string[] {
  let open = [pattern];
  for (;;) {
    const next = open.flatMap((text) => {
      const found = /\{([^{}]*)\}/u.exec(text);
      if (found === null) return [text];
      return (found[1] ?? '').split(',').map((choice) => text.slice(0, found.index) + choice + text.slice(found.index + found[0].length));
    });
    if (next.length > mostAlternatives) return next.slice(0, mostAlternatives);
    if (next.length === open.length && next.every((text, index) => text === open[index])) return next;
    open = next;
  }
}

function matchParts(parts: readonly string[], names: readonly string[]): boolean {
  return matchSequence(parts, names, (part) => part === '**', matchName);
}

function matchName(pattern: string, name: string): boolean {
  return matchSequence(
    tokens(pattern),
    Array.from(name),
    (token) => token === '*',
    (token, mark) => token === '?' || (token.length > 1 && token.startsWith('[') ? inSet(token, mark) : token === mark),
  );
}

function tokens(pattern: string): readonly string[] {
  return pattern.match(/\[[^\]]+\]|[\s\S]/gu) ?? [];
}

function inSet(token: string, mark: string): boolean {
  const body = token.slice(1, -1);
  const inverted = body.startsWith('!') || body.startsWith('^');
  const marks = Array.from(inverted ? body.slice(1) : body);
  let found = false;
  for (let at = 0; at < marks.length; at += 1) {
    const from = marks[at] ?? '';
    const to = marks[at + 1] === '-' ? marks[at + 2] : undefined;
    found ||= from <= mark && mark <= (to ?? from);
    if (to !== undefined) at += 2;
  }
  return found !== inverted;
}
