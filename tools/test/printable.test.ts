/** What is shown to people hides nothing that a model would read. */
import { expect, test } from 'vitest';
import { printable } from '../src/printable.ts';

test.each([
  ['an escape', '\u001b[2J'],
  ['a turned direction', '\u202e'],
  ['letters as tags', '\u{e0041}\u{e007f}'],
  ['bytes as variation selectors', '\ufe00\ufe0d\u{e0100}\u{e01ef}'],
  ['invisible operators', '\u2061\u2064\u206a\u206f'],
  ['fillers', '\u115f\u1160\u3164\uffa0\u034f\u180e'],
])('%s is written out', (_name, hidden) => {
  const shown = printable(`a${hidden}b`);
  expect(shown.match(/\\u\{[0-9a-f]+\}/gu)).toHaveLength([...hidden].filter((one) => !/[\x20-\x7e]/u.test(one)).length);
  expect(shown).toMatch(/^a[\x20-\x7e]+b$/u);
});

test('writing and pictures stay as they are', () => {
  const text = 'Grüße, می‌خواهم, 한국어, ❤️ 👩‍💻 co\u00adop\n\tdone';
  expect(printable(text)).toBe(text);
});
