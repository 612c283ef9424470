import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyDigest, canonicalJson, digestOf, eventHash, genesisHash } from '../src/index.ts';

test('the same value gives the same bytes whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
    }),
  );
});

test('values that look alike but differ give different bytes', () => {
  expect(canonicalJson(['1'])).not.toBe(canonicalJson([1]));
  expect(canonicalJson({ a: null })).not.toBe(canonicalJson({}));
  expect(canonicalJson({ ab: 'c' })).not.toBe(canonicalJson({ a: 'bc' }));
});

test('numbers and surrogates have one spelling', () => {
  expect(canonicalJson([-0, 1e21, 0.1, '\u{d800}', '\u2028'])).toBe('[0,1e+21,0.1,"\\ud800","\u2028"]');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol('x'), 10n])('refuses what has no place in JSON: %s', (value) => {
  expect(() => canonicalJson(value)).toThrow(/no place in JSON/);
});

test('nesting without end is refused, not followed', () => {
  let deep: unknown = 1;
  for (let level = 0; level < 300; level += 1) deep = [deep];
  expect(() => canonicalJson(deep)).toThrow(/256 levels/);
});

test('an event hash depends on every field it covers and on the event before', () => {
  const fields = { stream: 's', seq: 1, at: 5, type: 'turn.started', actor: 'daemon', provenance: null, bodyDigest: bodyDigest({ a: 1 }) };
  const hash = eventHash(genesisHash, fields);
  const changed = [
    { ...fields, stream: 't' },
    { ...fields, seq: 2 },
    { ...fields, at: 6 },
    { ...fields, type: 'turn.failed' },
    { ...fields, actor: 'x' },
    { ...fields, bodyDigest: digestOf({ a: 2 }) },
  ];
  expect(new Set([hash, eventHash(digestOf(1), fields), ...changed.map((other) => eventHash(genesisHash, other))]).size).toBe(changed.length + 2);
});
