import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../src/catalogue/catalogue.ts';

const root = path.join(import.meta.dirname, '..', '..');
const packages = [
  'agents',
  'authority',
  'board',
  'channels',
  'cli',
  'daemon',
  'handoffs',
  'roles',
  'runtimes',
  'schedules',
  'sessions',
  'skills',
  'store',
  'tools',
];
const pages = ['README.md', 'ARCHITECTURE.md', 'docs/board.md', 'docs/mcp.md', 'docs/roles.md', 'docs/skills.md', 'docs/schedules.md', 'docs/handoffs.md'];

const nouns = new Map<string, Set<string>>();
const verbs = new Set<string>(['help']);
for (const entry of catalogue.flatMap(({ entries }) => entries)) {
  if (!('verbs' in entry)) {
    verbs.add(firstWord(entry.usage));
    continue;
  }
  const known = nouns.get(entry.name) ?? new Set<string>();
  nouns.set(entry.name, known);
  for (const { usage } of [...entry.verbs, ...(entry.later ?? [])]) known.add(firstWord(usage));
}

describe('a command that is named to people exists', () => {
  test.each(packages)('in the source of %s', (name) => {
    const folder = path.join(root, name, 'src');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(files.flatMap((file) => unknownIn(readFileSync(path.join(folder, file), 'utf8')))).toEqual([]);
  });

  test.each(pages)('in %s', (page) => {
    expect(unknownIn(readFileSync(path.join(root, page), 'utf8'))).toEqual([]);
  });

  test('and one that does not is noticed', () => {
    expect(unknownIn('open it with: guildhall roles open --plan x')).toEqual(['roles open']);
  });
});

/** `guildhall roles invoke …` as it is told: the noun, and below it words that are no verb of it. `a|b` names both. */
function unknownIn(text: string): readonly string[] {
  return [...text.matchAll(/\bguildhall ([a-z]+)((?: [a-z|-]+)?)((?: [a-z|-]+)?)/g)].flatMap(([, noun = '', second = '', third = '']) => {
    const below = nouns.get(`${noun}${second}`);
    if (below !== undefined) return missing(below, `${noun}${second}`, third.trim());
    const known = nouns.get(noun);
    return known === undefined ? [] : missing(known, noun, second.trim());
  });
}

function missing(known: ReadonlySet<string>, noun: string, words: string): readonly string[] {
  return words === '' || words.startsWith('-') ? [] : words.split('|').flatMap((word) => (known.has(word) ? [] : [`${noun} ${word}`]));
}

function firstWord(usage: string): string {
  return usage.split(' ')[0] ?? '';
}
