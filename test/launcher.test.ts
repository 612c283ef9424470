/** bin/guildhall.cjs on a Node that is too old: the program runs in the Node that came along, and ends as if it had been started directly. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = path.dirname(import.meta.dirname);
let folder = '';

/** A program that says which Node runs it, and then does what its first argument says. */
const program = `
import { dropEchoes } from './signals.ts';
dropEchoes(250);
const [what] = process.argv.slice(2);
process.on('SIGTERM', () => { console.log('draining'); process.exit(7); });
process.on('disconnect', () => { console.log('launcher gone'); process.exit(0); });
console.log('node', process.versions.node, process.argv.slice(2).join(' '));
if (what === 'exit') process.exit(Number(process.argv[3]));
if (what === 'abort') process.kill(process.pid, 'SIGKILL');
if (what === 'drain') process.once('SIGINT', () => { console.log('draining'); setTimeout(() => process.exit(7), Number(process.argv[3])); });
if (what === 'wait' || what === 'drain') setInterval(() => {}, 1000);
else process.channel?.unref();
`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-launcher-'));
  mkdirSync(path.join(folder, 'bin'));
  for (const file of ['guildhall.cjs', 'node-runtime.cjs', 'signals.ts']) copyFileSync(path.join(root, 'bin', file), path.join(folder, 'bin', file));
  writeFileSync(path.join(folder, 'bin', 'main.ts'), program);
  writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(path.join(folder, 'old-node.cjs'), "Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } });\n");
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
});

/** Process groups, so that nothing outlives a test that fails. */
const groups: number[] = [];

afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      continue;
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the launcher; `old` makes it believe that it runs on Node 20. */
function launch(old: boolean, ...args: readonly string[]): Launched {
  const preload = old ? ['--require', path.join(folder, 'old-node.cjs')] : [];
  return listen(
    spawn(process.execPath, [...preload, path.join(folder, 'bin', 'guildhall.cjs'), ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

function listen(child: Launched['child']): Launched {
  if (child.pid !== undefined) groups.push(child.pid);
  const launched: Launched = { child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (launched.output += chunk.toString()));
  return launched;
}

interface Launched {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  output: string;
}

/** How it ended, after its output was read to the end. */
async function ended({ child }: Launched): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}

async function says(launched: Launched, text: string): Promise<void> {
  await expect.poll(() => launched.output, { timeout: 10_000 }).toContain(text);
}

describe('on a Node that is too old', () => {
  test('the program runs in the Node that came along, with the arguments as given', async () => {
    const launched = launch(true, 'print', '--flag', 'a b');
    expect(await ended(launched)).toEqual({ code: 0, signal: null });
    expect(launched.output).toMatch(/^node (2[4-9]|[3-9]\d)\.\S+ print --flag a b/u);
  });

  test('its exit code is kept', async () => {
    expect(await ended(launch(true, 'exit', '5'))).toEqual({ code: 5, signal: null });
  });

  test('its death by a signal is kept', async () => {
    expect(await ended(launch(true, 'abort'))).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('a signal reaches it, and it may finish in order', async () => {
    const launched = launch(true, 'wait');
    await says(launched, 'node');
    launched.child.kill('SIGTERM');
    expect(await ended(launched)).toEqual({ code: 7, signal: null });
    expect(launched.output).toContain('draining');
  });

  test('it learns when the launcher is killed outright', async () => {
    const launched = launch(true, 'wait');
    await says(launched, 'node');
    launched.child.kill('SIGKILL');
    await says(launched, 'launcher gone');
  });

  test('without the Node that comes along one line says what to run', async () => {
    rmSync(path.join(folder, 'node_modules'));
    const launched = launch(true, 'print');
    expect(await ended(launched)).toEqual({ code: 1, signal: null });
    expect(launched.output).toMatch(/^Guildhall needs Node 24 or newer .* this is Node 20\.20\.2\. .*\n$/u);
  });
});

test('on a Node that is new enough the program runs in it', async () => {
  const launched = launch(false, 'print');
  expect(await ended(launched)).toEqual({ code: 0, signal: null });
  expect(launched.output).toBe(`node ${process.versions.node} print\n`);
});

describe.each([
  ['on a Node that is too old', true],
  ['on a Node that is new enough', false],
])('%s, started by npm', (_, old) => {
  test('the program ends in order when the shell between is killed', async () => {
    const preload = old ? `--require ${path.join(folder, 'old-node.cjs')}` : '';
    const command = `${process.execPath} ${preload} ${path.join(folder, 'bin', 'guildhall.cjs')} wait; true`;
    const child = spawn('/bin/sh', ['-c', command], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, npm_lifecycle_event: 'start' },
    });
    const launched = listen(child);
    await says(launched, 'node');
    child.kill('SIGTERM');
    await says(launched, 'draining');
  });
});

describe('one wish to stop', () => {
  test('that arrives twice is still one', async () => {
    const launched = launch(false, 'drain', '200');
    await says(launched, 'node');
    launched.child.kill('SIGINT');
    await says(launched, 'draining');
    launched.child.kill('SIGINT');
    expect(await ended(launched)).toEqual({ code: 7, signal: null });
  });

  test('repeated later ends the program at once', async () => {
    const launched = launch(false, 'drain', '60000');
    await says(launched, 'node');
    launched.child.kill('SIGINT');
    await says(launched, 'draining');
    const again = () => {
      launched.child.kill('SIGINT');
      return launched.child.signalCode;
    };
    await expect.poll(again, { timeout: 10_000 }).toBe('SIGINT');
  });
});

test.each([
  [{ node: '20.20.2' }, false],
  [{ node: '22.23.3', sqlite: '3.51.3' }, false],
  [{ node: '24.13.1', sqlite: '3.51.2' }, false],
  [{ node: '24.21.0', sqlite: '3.53.4' }, true],
  [{ node: '26.10.0', sqlite: '3.53.4' }, true],
  [{ node: '100.0.0', sqlite: '4.0.0' }, true],
])('%o new enough: %s', (versions, expected) => {
  const runtime = z.object({ isNewEnough: z.custom<(versions: object) => boolean>() }).parse(createRequire(import.meta.url)('../bin/node-runtime.cjs'));
  expect(runtime.isNewEnough(versions)).toBe(expected);
});
