import { expectDone } from '@guildhall/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findPattern, readPattern } from '../src/rehearsal/pattern.ts';
import { piecesOf } from '../src/rehearsal/rehearsal-runtime.ts';

const find = (pattern: string, text: string) => findPattern(expectDone(readPattern(pattern)), text);

test('words are found anywhere, in upper and lower case', () => {
  expect(find('preview', 'Show me a PREVIEW, please')).toEqual({});
  expect(find('preview', 'view')).toBeUndefined();
});

test('a hole takes a word without quotes and stops; a wide one takes several', () => {
  expect(find('read {file}', 'Please read `src/Main.ts`.')).toEqual({ file: 'src/Main.ts' });
  expect(find('write {file} saying {words...}', 'write a.txt saying Good Morning ')).toEqual({ file: 'a.txt', words: 'Good Morning' });
  expect(find('from {a...} to {b...} now', 'from here or there to Over There now!')).toEqual({ a: 'here or there', b: 'Over There' });
  expect(find('write {file} saying {words...}', 'write two words saying x')).toBeUndefined();
  expect(find('read {file}', 'read ')).toBeUndefined();
  expect(find('say {words...}', 'say   ')).toBeUndefined();
});

test('a later place is tried where an earlier one does not fit', () => {
  expect(find('read {file} aloud', 'read it all, then read b.txt aloud')).toEqual({ file: 'b.txt' });
});

test('letters that change length with their case do not shift what is taken', () => {
  expect(find('read {file}', 'İİİ read Notes.txt')).toEqual({ file: 'notes.txt' });
});

test('a text made of its own parts is found, with the words that were put in', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(word, word, word, word, (start, middle, one, two) => {
      expect(find(`<${start}> {a} |${middle}| {b...}`, `xx <${start}> ${one} |${middle}| ${two} ${two}`)).toEqual({ a: one, b: `${two} ${two}` });
    }),
  );
});

test('no text makes matching slow', () => {
  const patterns = ['a {x} b', 'a {x...} b {y...} c', 'aa {x...} aaa {y} aaaa'].map((pattern) => expectDone(readPattern(pattern)));
  const evil = ['a '.repeat(500_000), 'a'.repeat(1_000_000), 'a b '.repeat(250_000), ` ${'\n'.repeat(1_000_000)}`];
  const before = performance.now();
  for (const pattern of patterns) for (const text of evil) findPattern(pattern, text);
  expect(performance.now() - before).toBeLessThan(5000);
});

test('the pieces of a text are that text, and never more than two hundred and one', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.lorem({ maxCount: 500 }), fc.constant(' '.repeat(5000))), (text) => {
      const pieces = piecesOf(text);
      expect(pieces.join('')).toBe(text);
      expect(pieces.length).toBeLessThanOrEqual(201);
      expect(pieces.every((piece) => piece !== '')).toBe(true);
    }),
  );
});
