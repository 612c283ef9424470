/**
 * The folder of a run: what is known of its process without a daemon.
 *
 *     started/   made by the one process of the run, before it does anything: a second one ends at once
 *     process    its number and mark, written by itself
 *     exit       the exit code of the program
 *     log        what it printed, the newest part of it
 *
 * The folder is the truth; a daemon that starts again reads it and knows whether the worker lives.
 */
import { mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkerState } from '@guildhall/board';
import { markFrom, markOf } from './process-mark.ts';

export interface RunFolders {
  pathOf(run: string): string;
  make(run: string): Promise<string>;
  /** Runs that have a folder. */
  list(): Promise<readonly string[]>;
  remove(run: string): Promise<void>;
}

export function runFolders(home: string): RunFolders {
  const root = join(home, 'kanban', 'runs');
  const pathOf = (run: string) => join(root, run);
  return {
    pathOf,
    async make(run) {
      await mkdir(pathOf(run), { recursive: true, mode: 0o700 });
      return pathOf(run);
    },
    list: () => readdir(root).catch(() => []),
    remove: (run) => rm(pathOf(run), { recursive: true, force: true }),
  };
}

/** `unstarted`: no process has taken the run. `starting`: one has, and has not said yet who it is. */
export type FoundWorker =
  | { readonly kind: 'unstarted' | 'starting' }
  | { readonly kind: 'known'; readonly pid: number; readonly mark: string; readonly state: WorkerState };

export async function lookAtWorker(folder: string): Promise<FoundWorker> {
  const known = await readProcess(folder);
  if (known === null) return { kind: (await exists(join(folder, 'started'))) ? 'starting' : 'unstarted' };
  const code = (await readExit(folder)) ?? (markOf(known.pid) === known.mark ? 'alive' : await readExit(folder));
  if (code === 'alive') return { kind: 'known', ...known, state: { kind: 'alive' } };
  return { kind: 'known', ...known, state: code === null ? { kind: 'gone' } : { kind: 'exited', code } };
}

async function readProcess(folder: string): Promise<{ readonly pid: number; readonly mark: string } | null> {
  const [pid = '', boot = '', start = '', end] = (await readText(join(folder, 'process'))).split('\n');
  if (end !== 'end' || !/^\d+$/u.test(pid)) return null;
  const mark = boot === '-' ? start.trim() : markFrom(boot, start);
  return mark === null ? null : { pid: Number(pid), mark };
}

async function readExit(folder: string): Promise<number | null> {
  const text = await readText(join(folder, 'exit'));
  return /^\d+\n$/u.test(text) ? Number(text) : null;
}

/** The log is cut to its newest part when it is longer than this. */
const mostLogBytes = 4_000_000;
const keptLogBytes = 1_000_000;

/** Keeps the log bounded while the worker writes on; what it prints between the reading and the cut is lost. */
export async function boundLog(folder: string): Promise<void> {
  const path = join(folder, 'log');
  const found = await stat(path).catch(() => null);
  if (found === null || found.size <= mostLogBytes) return;
  const tail = await readTail(path, keptLogBytes);
  await truncate(path, 0);
  await writeFile(path, `… (earlier output is gone)\n${tail}`, { flag: 'a' });
}

const reasonBytes = 2000;
const reasonLines = 20;

/** The last lines it printed, for the reason of a failure. Control characters are left out. */
export async function lastLines(folder: string): Promise<string> {
  const tail = await readTail(join(folder, 'log'), reasonBytes).catch(() => '');
  // oxlint-disable-next-line no-control-regex
  const printable = tail.replaceAll(/\u001B\[[0-9;?]*[ -/]*[@-~]/gu, '').replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/gu, '');
  return printable.trim().split('\n').slice(-reasonLines).join('\n');
}

async function readTail(path: string, bytes: number): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const length = Math.min(size, bytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  return buffer.subarray(0, bytesRead).toString('utf8');
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
