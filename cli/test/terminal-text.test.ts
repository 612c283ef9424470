import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeBlock, escapeInPieces, escapeJson, escapeLine } from '../src/terminal/terminal-text.ts';

/** First and last of what a terminal obeys or nobody sees; newline and tab apart. */
const dangerous = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
] as const;

function isSafe(text: string): boolean {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0).every((code) => dangerous.every(([first, last]) => code < first || code > last));
}

/** Text with many of the characters that matter. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b',
      '\u009b',
      '\u0007',
      '\r',
      '\n',
      '\t',
      '\u202e',
      '\u2066',
      '\u200b',
      '\u200d',
      '\ufe0f',
      '\ufeff',
      '\u{e0041}',
      '\ud83d',
      '\udc69',
      '👩',
      '💻',
      '🏽',
      '\\',
      '"',
      'a',
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  ),
});

describe('text of others', () => {
  test.each([
    ['a colour', '\u001b[31mred', String.raw`\x1b[31mred`],
    ['the clipboard (OSC 52)', '\u001b]52;c;aGk=\u0007', String.raw`\x1b]52;c;aGk=\x07`],
    ['a hidden link (OSC 8)', '\u001b]8;;http://evil\u001b\\ok', String.raw`\x1b]8;;http://evil\x1b\ok`],
    ['an 8-bit control sequence', '\u009b2J', String.raw`\x9b2J`],
    ['reversed reading', 'exe.\u202etxt', String.raw`exe.\u{202e}txt`],
    ['an isolate', '\u2066x\u2069', String.raw`\u{2066}x\u{2069}`],
    ['zero-width characters', 'a\u200bb\u200dc\ufeffd', String.raw`a\u{200b}b\u{200d}c\u{feff}d`],
    ['tag characters', 'ok\u{e0068}\u{e0069}', String.raw`ok\u{e0068}\u{e0069}`],
    ['a soft hyphen', 'pass\u00adword', String.raw`pass\xadword`],
    ['a lone surrogate', '\ud800', String.raw`\u{d800}`],
    ['hidden selectors', 'a\ufe0f\ufe0e\ufe0f', String.raw`a\u{fe0f}\u{fe0e}\u{fe0f}`],
    ['a carriage return that overwrites', 'bad\rgood', String.raw`bad\rgood`],
    ['backspaces', 'no\b\byes', String.raw`no\x08\x08yes`],
  ])('%s is visible', (_what, text, shown) => {
    expect(escapeLine(text)).toBe(shown);
  });

  test.each(['Grüße, 世界', '👩‍💻 👨‍👩‍👧 ❤️ 👍🏽', 'ليلى', 'naïve — “quoted”'])('%s stays as it is', (text) => {
    expect(escapeLine(text)).toBe(text);
  });

  test('lines and tabs stay in a block and are visible in a line', () => {
    expect(escapeBlock('a\r\nb\tc')).toBe('a\nb\tc');
    expect(escapeLine('a\nb\tc')).toBe(String.raw`a\nb\tc`);
  });

  test('nothing dangerous is left, whatever the text', () => {
    fc.assert(fc.property(nasty, (text) => isSafe(escapeBlock(text))));
  });

  test('in pieces is the same as at once', () => {
    fc.assert(
      fc.property(nasty, fc.array(fc.nat(40), { maxLength: 6 }), (text, cuts) => {
        const ends = [...cuts.map((cut) => Math.min(cut, text.length)), text.length].toSorted((a, b) => a - b);
        const escaper = escapeInPieces();
        const shown = ends.map((end, at) => escaper.push(text.slice(ends[at - 1] ?? 0, end))).join('') + escaper.end();
        expect(shown).toBe(escapeBlock(text));
      }),
    );
  });
});

describe('JSON', () => {
  test('is the same value with nothing dangerous in it', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const escaped = escapeJson(JSON.stringify({ text }));
        expect(JSON.parse(escaped)).toEqual({ text });
        expect(isSafe(escaped)).toBe(true);
      }),
    );
  });
});
