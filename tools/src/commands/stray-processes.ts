/**
 * Finding every process a call started, also those that left its process group, double-forked, or cleared their environment. Linux only; elsewhere the process
 * group is all that is known.
 *
 * A process belongs to a call when it carries the call's marker in its environment, is in the group or session of the call's first process, is a child of one that
 * belongs, was seen to be one earlier, or holds the call's tracer or its output open. One that clears its environment, forks twice and closes all files between two looks
 * escapes: only a sandbox prevents that.
 */
import { constants, openSync, readFileSync, readlinkSync, rmSync, unlinkSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@guildhall/kernel';
import { markerName } from './child-environment.ts';

export interface Trace {
  readonly marker: string;
  /** The first process, leader of its own group and session. */
  readonly leader: number;
  /** What its processes hold open: its tracer, and its output such as `socket:[123]`. */
  readonly held: ReadonlySet<string>;
  /** When the first process started, in ticks since boot: what belongs to the call is not older. */
  readonly since: number;
  /** Process id → start time of everything seen so far. */
  readonly seen: Map<number, number>;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly startedAt: number;
}

/**
 * An open file with no name that every descendant inherits unless it closes it: known before the first process starts, so that none is too quick to be noticed.
 * Null where there is no `/proc`.
 */
export function openTracer(): { readonly fd: number; readonly link: string } | null {
  if (process.platform !== 'linux') return null;
  openedTracers += 1;
  const path = join(tmpdir(), `guildhall-${process.pid}-${openedTracers}`);
  rmSync(path, { force: true });
  const fd = openSync(path, constants.O_RDONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  unlinkSync(path);
  return { fd, link: readlinkSync(`/proc/self/fd/${fd}`) };
}

let openedTracers = 0;

export function traceOf(marker: string, leader: number, tracerLink: string | undefined): Trace {
  return { marker, leader, held: new Set([tracerLink, outputLink(leader)].filter((link) => link !== undefined)), since: startOf(leader), seen: new Map() };
}

/** 0, which is older than everything, when it cannot be told. */
function startOf(leader: number): number {
  try {
    return parseStat(String(leader), readFileSync(`/proc/${leader}/stat`, 'latin1'))?.startedAt ?? 0;
  } catch {
    return 0;
  }
}

function outputLink(leader: number): string | undefined {
  try {
    const link = readlinkSync(`/proc/${leader}/fd/1`);
    return /^(?:socket|pipe):/u.test(link) ? link : undefined;
  } catch {
    return undefined;
  }
}

/** Notes the processes that belong to the call by their place in the tree; cheap enough to be asked now and then. */
export async function noteDescendants(trace: Trace): Promise<void> {
  belongingTo(trace, await listProcesses(), new Set());
}

/** Everything that belongs to the call now. */
async function findStrays(trace: Trace): Promise<ReadonlySet<number>> {
  const rows = await listProcesses();
  const marked = new Set<number>();
  for (const row of rows) if (row.startedAt >= trace.since && (await isMarked(row.pid, trace))) marked.add(row.pid);
  return belongingTo(trace, rows, marked);
}

function belongingTo(trace: Trace, rows: readonly ProcessRow[], known: ReadonlySet<number>): ReadonlySet<number> {
  const belonging = new Set(known);
  for (const row of rows) if (row.group === trace.leader || row.session === trace.leader || trace.seen.get(row.pid) === row.startedAt) belonging.add(row.pid);
  for (let grown = true; grown;) {
    const children = rows.filter((row) => !belonging.has(row.pid) && belonging.has(row.parent));
    for (const child of children) belonging.add(child.pid);
    grown = children.length > 0;
  }
  for (const row of rows) if (belonging.has(row.pid)) trace.seen.set(row.pid, row.startedAt);
  return belonging;
}

/** A process that is just replacing its program shows no environment for a moment, so nothing must be seen twice. */
const quietRounds = 2;

/** Kills what belongs to the call until nothing is left, or it has been tried often. Answers how many were left over. */
export async function endStrays(trace: Trace, clock: Clock): Promise<number> {
  let left: ReadonlySet<number> = new Set();
  let quiet = 0;
  for (let round = 0; round < 50 && quiet < quietRounds; round += 1) {
    if (round > 0) await clock.sleep(10);
    left = await findStrays(trace);
    quiet = left.size === 0 ? quiet + 1 : 0;
    for (const pid of left) kill(pid);
  }
  return left.size;
}

/** Kills what an earlier run of this installation left behind: processes whose marker begins with `prefix` but not with `own`. */
export async function endEarlierRuns(prefix: string, own: string): Promise<number> {
  let count = 0;
  for (const { pid } of await listProcesses()) {
    const marker = await markerOf(pid);
    if (marker === null || !marker.startsWith(prefix) || marker.startsWith(own)) continue;
    kill(pid);
    count += 1;
  }
  return count;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}

async function isMarked(pid: number, trace: Trace): Promise<boolean> {
  if ((await markerOf(pid)) === trace.marker) return true;
  if (trace.held.size === 0) return false;
  const folder = `/proc/${pid}/fd`;
  const fds = await readdir(folder).catch(() => []);
  for (const fd of fds) {
    const link = await readlink(`${folder}/${fd}`).catch(() => '');
    if (trace.held.has(link)) return true;
  }
  return false;
}

async function markerOf(pid: number): Promise<string | null> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const found = environment.split('\0').find((pair) => pair.startsWith(`${markerName}=`));
  return found === undefined ? null : found.slice(markerName.length + 1);
}

/** All processes but this one and those that are dead already. */
async function listProcesses(): Promise<readonly ProcessRow[]> {
  const names = await readdir('/proc').catch(() => []);
  const rows: ProcessRow[] = [];
  for (const name of names) {
    if (!/^\d+$/u.test(name) || Number(name) === process.pid) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const row = parseStat(name, stat);
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** The line of `/proc/<pid>/stat`; null for a process that is dead already. */
function parseStat(pid: string, stat: string): ProcessRow | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group, session] = fields;
  if (state === undefined || state === '' || state === 'Z' || state === 'X') return null;
  return { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session), startedAt: Number(fields[19]) };
}
