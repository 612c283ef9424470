/** `docs/promises.md` and the negative controls belong together. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { controls } from '../scripts/controls/controls.ts';

const root = path.dirname(import.meta.dirname);
const promises = readFileSync(path.join(root, 'docs', 'promises.md'), 'utf8');
const numbers = [...promises.matchAll(/^(\d+)\. \*\*/gmu)].map((match) => Number(match[1]));

test('promises are numbered from 1 without a gap', () => {
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

test('every promise has a negative control', () => {
  const controlled = new Set(controls.map((control) => control.promise));
  expect(numbers.filter((number) => !controlled.has(number))).toEqual([]);
  expect([...controlled].filter((number) => !numbers.includes(number))).toEqual([]);
});

test('every promise names the test files that hold it, those of its controls among them', () => {
  const paragraphs = promises.split(/^(?=\d+\. \*\*)/mu).slice(1);
  for (const [index, paragraph] of paragraphs.entries()) {
    const named = [...paragraph.matchAll(/`([\w./-]+\.test\.ts)`/gu)].map((match) => match[1]);
    expect(named.length, `promise ${index + 1} names no test`).toBeGreaterThan(0);
    for (const control of controls.filter((each) => each.promise === index + 1)) expect(named, `promise ${index + 1}`).toContain(control.test);
  }
});

describe.each(controls)('$promise: $breaks', ({ file, from, to, test: testFile }) => {
  test('the line that keeps it is still there, once, and its test exists', () => {
    expect(readFileSync(path.join(root, file), 'utf8').split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
    expect(existsSync(path.join(root, testFile))).toBe(true);
  });
});
