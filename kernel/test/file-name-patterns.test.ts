import { describe, expect, it } from 'vitest';
import { globMatcher } from '../src/index.ts';

describe('file-name patterns', () => {
  it.each([
    ['*.ts', 'src/a.ts', true],
    ['*.ts', 'src/a.tsx', false],
    ['src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/b/a.ts', false],
    ['src/**/*.ts', 'src/b/c/a.ts', true],
    ['src/**/*.ts', 'src/a.ts', true],
    ['**', 'anything/at/all', true],
    ['*.{ts,js}', 'a.js', true],
    ['[a-c]?.md', 'bx.md', true],
    ['[a-c].md', '-.md', false],
    ['[!a-c].md', 'd.md', true],
    ['a.c', 'abc', false],
  ])('%s on %s: %s', (pattern, path, expected) => {
    expect(globMatcher(pattern)(path)).toBe(expected);
  });

  it('take no more than linear time', () => {
    const started = performance.now();
    globMatcher(`${'*a'.repeat(200)}b`)('a'.repeat(250));
    globMatcher(`${'**/a/'.repeat(100)}b`)('a/'.repeat(200));
    globMatcher('{a,b}'.repeat(200))('a'.repeat(200));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
