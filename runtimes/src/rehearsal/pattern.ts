/**
 * What `match.text` says: words that stand somewhere in a message, upper and lower case alike, with holes. `{file}` takes one word, `{words...}` takes everything up to what
 * the pattern says next, or to the end. There are no regular expressions: the script is read against other people's text, and this cannot be made slow by it.
 */
import { type Settled, done, refuse } from '@guildhall/protocol';

/** A message is looked at so far and no further. */
const mostCharacters = 4000;

export type Captures = Readonly<Record<string, string>>;

interface Hole {
  readonly name: string;
  readonly rest: boolean;
  /** What follows it, in lower case; empty at the end of the pattern. */
  readonly until: string;
}

export interface Pattern {
  /** What the pattern begins with, in lower case. */
  readonly start: string;
  readonly holes: readonly Hole[];
}

/** Names that templates use for something else. */
const reserved = new Set(['text', 'result', 'results', 'tool', 'agent']);

/** `invalid-config` with what is wrong with it. */
export function readPattern(text: string): Settled<Pattern> {
  const pieces = text.toLowerCase().split(/\{([a-z][a-z0-9_]*(?:\.\.\.)?)\}/);
  const start = pieces[0] ?? '';
  if (start.trim() === '') return refuse('invalid-config', `the text "${text}" has to begin with words, not with a hole`);
  const holes: Hole[] = [];
  for (let index = 1; index < pieces.length; index += 2) {
    const name = (pieces[index] ?? '').replace('...', '');
    const until = pieces[index + 1] ?? '';
    if (reserved.has(name))
      return refuse('invalid-config', `the hole {${name}} of "${text}" needs another name; {${name}} stands for something else in what is said`);
    if (until === '' && index + 2 < pieces.length) return refuse('invalid-config', `two holes of "${text}" stand next to each other; put words between them`);
    holes.push({ name, rest: pieces[index]?.endsWith('...') === true, until });
  }
  return done({ start, holes });
}

/** What the holes took, or undefined when the pattern is nowhere in the text. */
export function findPattern(pattern: Pattern, text: string): Captures | undefined {
  const shown = text.slice(0, mostCharacters);
  const lower = shown.toLowerCase();
  // A few letters change their length with their case; then the lower-case text is what is taken from.
  const source = lower.length === shown.length ? shown : lower;
  for (let at = lower.indexOf(pattern.start); at !== -1; at = lower.indexOf(pattern.start, at + 1)) {
    const captures = fillHoles(pattern.holes, source, lower, at + pattern.start.length);
    if (captures !== undefined) return captures;
  }
  return undefined;
}

function fillHoles(holes: readonly Hole[], source: string, lower: string, from: number): Captures | undefined {
  const captures: Record<string, string> = {};
  let position = from;
  for (const hole of holes) {
    const end = endOf(hole, lower, position);
    if (end === undefined) return undefined;
    const taken = hole.rest ? source.slice(position, end).trim() : bareWord(source.slice(position, end));
    if (taken === '' || (!hole.rest && /\s/.test(taken))) return undefined;
    captures[hole.name] = taken;
    position = end + hole.until.length;
  }
  return captures;
}

function endOf(hole: Hole, lower: string, from: number): number | undefined {
  if (hole.until === '') return hole.rest ? lower.length : endOfWord(lower, from);
  const at = lower.indexOf(hole.until, from + 1);
  return at === -1 ? undefined : at;
}

function endOfWord(text: string, from: number): number {
  let end = from;
  while (end < text.length && /\s/.test(text.charAt(end))) end += 1;
  while (end < text.length && !/\s/.test(text.charAt(end))) end += 1;
  return end;
}

/** Without quotes around it and without the stop of a sentence behind it. */
function bareWord(text: string): string {
  return text
    .trim()
    .replace(/[.,;:!?]{1,3}$/, '')
    .replace(/^["'`](.*)["'`]$/, '$1');
}
