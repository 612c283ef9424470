/** `npx guildhall …` finds the daemon that `npm start` runs in the same checkout, and no other. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkoutHome } from '../bin/checkout-home.ts';

let folder = '';
let checkout = '';
let usual = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-home-'));
  checkout = path.join(folder, 'checkout');
  usual = path.join(folder, 'usual');
  announce(path.join(checkout, '.guildhall'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function announce(home: string): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, 'daemon.json'), '{}');
}

test('a daemon of this checkout and no other: its home', () => {
  expect(checkoutHome(checkout, {}, 'status', usual)).toBe(path.join(checkout, '.guildhall'));
});

test('a daemon in the usual home comes first', () => {
  announce(usual);
  expect(checkoutHome(checkout, {}, 'status', usual)).toBeUndefined();
});

test.each(['GUILDHALL_HOME', 'GUILDHALL_URL'])('%s is obeyed; empty it counts as absent', (name) => {
  expect(checkoutHome(checkout, { [name]: 'somewhere' }, 'status', usual)).toBeUndefined();
  expect(checkoutHome(checkout, { [name]: '' }, 'status', usual)).toBe(path.join(checkout, '.guildhall'));
});

test('`up` starts where it is told', () => {
  expect(checkoutHome(checkout, {}, 'up', usual)).toBeUndefined();
});

test('without a daemon in the checkout nothing changes', () => {
  rmSync(path.join(checkout, '.guildhall', 'daemon.json'));
  expect(checkoutHome(checkout, {}, 'status', usual)).toBeUndefined();
});
