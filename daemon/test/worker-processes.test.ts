import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectDone } from '@guildhall/protocol';
import { endOrphans } from '../src/dispatcher/orphans.ts';
import { killCarriers, markFrom, markOf, signalGroup } from '../src/dispatcher/process-mark.ts';
import { boundLog, lastLines, lookAtWorker, runFolders, type FoundWorker, type RunFolders } from '../src/dispatcher/run-folder.ts';
import { spawnWorker } from '../src/dispatcher/spawn-worker.ts';
import { runVariable, workerEnvironment } from '../src/dispatcher/worker-environment.ts';

let home: string;
let folders: RunFolders;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'guildhall-runs-'));
  folders = runFolders(home);
});
afterEach(async () => {
  await endOrphans(folders, new Set());
  rmSync(home, { recursive: true, force: true });
});

const start = async (run: string, line: string, onExit: () => void = () => undefined) => {
  const folder = await folders.make(run);
  const environment = { PATH: process.env['PATH'] ?? '', GUILDHALL_KANBAN_RUN_ID: run };
  expectDone(await spawnWorker({ folder, argv: ['/bin/sh', '-c', line], workspace: home, environment, onExit }));
  return folder;
};

async function becomes(folder: string, holds: (found: FoundWorker) => boolean): Promise<FoundWorker> {
  for (let tries = 0; tries < 3000; tries += 1) {
    const found = await lookAtWorker(folder);
    if (holds(found)) return found;
    await pause(10);
  }
  throw new Error(`it did not become so: ${JSON.stringify(await lookAtWorker(folder))}`);
}
const lives = (found: FoundWorker) => found.kind === 'known' && found.state.kind === 'alive';
const ended = (found: FoundWorker) => found.kind === 'known' && found.state.kind !== 'alive';

describe('the process of a run', () => {
  test('is known by its folder: who it is, then how it ended', async () => {
    const folder = await folders.make('run_1');
    expect(await lookAtWorker(folder)).toEqual({ kind: 'unstarted' });
    await start('run_1', 'sleep 0.2; exit 7');
    const alive = await becomes(folder, lives);
    expect(alive).toMatchObject({ mark: expect.stringMatching(/^[0-9a-f-]{36}:\d+$/u) });
    expect(await becomes(folder, ended)).toMatchObject({ state: { kind: 'exited', code: 7 } });
  });

  test('is one, however often it is started', async () => {
    const startAndEnd = () => new Promise<void>((resolve, reject) => void start('run_1', 'echo "$$" >> count; sleep 0.5', resolve).catch(reject));
    await Promise.all(Array.from({ length: 5 }, startAndEnd));
    await startAndEnd();
    expect(readFileSync(path.join(home, 'count'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('that is killed with its whole group leaves no exit code', async () => {
    const folder = await start('run_1', 'sleep 600');
    const found = await becomes(folder, lives);
    expect(found.kind === 'known' && signalGroup(found, 'SIGKILL')).toBe(true);
    expect(await becomes(folder, ended)).toMatchObject({ state: { kind: 'gone' } });
  });

  test('hears of SIGTERM and may still say how it ended', async () => {
    const folder = await start('run_1', "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done");
    const found = await becomes(folder, lives);
    while ((await lastLines(folder)) !== 'ready') await pause(10);
    if (found.kind === 'known') signalGroup(found, 'SIGTERM');
    expect(await becomes(folder, ended)).toMatchObject({ state: { kind: 'exited', code: 9 } });
  });

  test('leads a session of its own, with no input', async () => {
    const folder = await start('run_1', 'cat; ps -o sid= -p $$; sleep 600');
    const found = await becomes(folder, lives);
    while ((await lastLines(folder)) === '') await pause(10);
    expect(found.kind === 'known' && Number(await lastLines(folder)) === found.pid).toBe(true);
  });

  test('whose number another process has now is gone, and the other is left alone', async () => {
    const other: ChildProcess = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    await once(other, 'spawn');
    const folder = await folders.make('run_1');
    mkdirSync(path.join(folder, 'started'));
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8').trim();
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    writeFileSync(path.join(folder, 'process'), [other.pid, boot, stat.replace(` ${startTicks} `, ' 1 '), 'end', ''].join('\n'));
    expect(await lookAtWorker(folder)).toMatchObject({ kind: 'known', pid: other.pid, state: { kind: 'gone' } });
    await endOrphans(folders, new Set());
    const found = await lookAtWorker(folder);
    expect(found.kind === 'known' && signalGroup(found, 'SIGKILL')).toBe(false);
    expect(markOf(other.pid ?? 0)).not.toBeNull();
    other.kill('SIGKILL');
    await once(other, 'exit');
  });
});

describe('marks', () => {
  test('differ by boot and by start, whatever the program is called', () => {
    const stat = (name: string, ticks: number) => `5 (${name}) S 1 5 5 0 -1 4194560 100 0 0 0 0 0 0 0 20 0 1 0 ${ticks} 1000`;
    expect(markFrom('boot-1\n', stat('sh', 77))).toBe('boot-1:77');
    expect(markFrom('boot-1', stat(') S 1 (', 77))).toBe('boot-1:77');
    expect(markFrom('boot-2', stat('sh', 77))).not.toBe(markFrom('boot-1', stat('sh', 77)));
    expect(markFrom('boot-1', stat('sh', 77).replace(' S ', ' Z '))).toBeNull();
    expect(markFrom('', stat('sh', 77))).toBeNull();
  });
});

test('orphans are ended with what they started elsewhere; workers with a claim are not', async () => {
  const orphan = await start('run_1', 'setsid sleep 600 & echo $! > stray; wait');
  const kept = await start('run_2', 'sleep 600');
  await becomes(orphan, lives);
  await becomes(kept, lives);
  const written = () => existsSync(path.join(home, 'stray')) && readFileSync(path.join(home, 'stray'), 'utf8').endsWith('\n');
  while (!written()) await pause(10);
  const stray = Number(readFileSync(path.join(home, 'stray'), 'utf8'));
  await endOrphans(folders, new Set(['run_2']));
  expect(await becomes(orphan, ended)).toMatchObject({ state: { kind: 'gone' } });
  while (markOf(stray) !== null) await pause(10);
  expect(await lookAtWorker(kept)).toMatchObject({ state: { kind: 'alive' } });
  expect(killCarriers(runVariable('run_2'))).toBeGreaterThan(0);
});

describe('the log of a run', () => {
  test('stays bounded while the worker writes on, and keeps its newest part', async () => {
    const folder = await start(
      'run_1',
      'while [ ! -e go ]; do sleep 0.02; done; yes line | head -c 6000000; while [ ! -e more ]; do sleep 0.02; done; echo the end; sleep 600',
    );
    const log = path.join(folder, 'log');
    writeFileSync(path.join(home, 'go'), '');
    while (statSync(log).size < 6_000_000) await pause(10);
    await boundLog(folder);
    expect(statSync(log).size).toBeLessThan(1_100_000);
    writeFileSync(path.join(home, 'more'), '');
    while (!(await lastLines(folder)).endsWith('the end')) await pause(10);
    expect(statSync(log).size).toBeLessThan(1_100_000);
  });

  test('is told without what a terminal would obey', async () => {
    const folder = await folders.make('run_1');
    writeFileSync(path.join(folder, 'log'), 'a\n\u001B[31mred\u001B[0m\u0007\u009B2J\nb\n');
    expect(await lastLines(folder)).toBe('a\nred2J\nb');
  });
});

test('the environment of a worker is an allow-list and what it needs to know', () => {
  const variables = {
    PATH: '/bin',
    LANG: 'C',
    LC_ALL: 'C',
    LC_EVIL_x: 'no',
    ANTHROPIC_API_KEY: 'secret',
    GUILDHALL_HOME: '/home',
    LD_PRELOAD: 'x',
    NODE_OPTIONS: 'y',
  };
  const environment = workerEnvironment(variables, { task: 't', run: 'r', token: 'tok', workspace: '/w', board: 'b', url: 'http://u' });
  expect(environment).toEqual({
    PATH: '/bin',
    LANG: 'C',
    LC_ALL: 'C',
    GUILDHALL_URL: 'http://u',
    GUILDHALL_TOKEN: 'tok',
    ...Object.fromEntries(
      ['GUILDHALL', 'HERMES'].flatMap((name) => [
        [`${name}_KANBAN_TASK`, 't'],
        [`${name}_KANBAN_RUN_ID`, 'r'],
        [`${name}_KANBAN_CLAIM_TOKEN`, 'tok'],
        [`${name}_KANBAN_WORKSPACE`, '/w'],
        [`${name}_KANBAN_BOARD`, 'b'],
      ]),
    ),
  });
});
