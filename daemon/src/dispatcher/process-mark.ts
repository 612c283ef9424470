/**
 * Telling a process from a later one with the same number. A mark is the boot of the machine and the start of the process within it; where there is no `/proc`, the start alone, to the second.
 * Nothing is ever signalled by its number alone.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { codeOf } from '../system-error.ts';

const bootIdFile = '/proc/sys/kernel/random/boot_id';

/** The mark of a process that lives, or null. Synchronous: asked right after a start, before the system can forget a child that has ended. */
export function markOf(pid: number): string | null {
  if (process.platform !== 'linux') return markByPs(pid);
  return markFrom(readOrEmpty(bootIdFile), readOrEmpty(`/proc/${pid}/stat`));
}

/** From the boot id and the line of `/proc/<pid>/stat`; also what a worker's shell wrote of itself. Null for a process that is dead already. */
export function markFrom(bootId: string, stat: string): string | null {
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTicks = fields[18];
  if (state === undefined || 'ZX'.includes(state) || startTicks === undefined || bootId.trim() === '') return null;
  return `${bootId.trim()}:${startTicks}`;
}

function markByPs(pid: number): string | null {
  const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' }, encoding: 'utf8' });
  const started = answer.stdout.trim();
  return answer.status === 0 && started !== '' ? started : null;
}

/** Signals the group that the process leads, if it is still the one that the mark names. Answers whether it was. */
export function signalGroup(leader: { readonly pid: number; readonly mark: string }, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (markOf(leader.pid) !== leader.mark) return false;
  signalQuietly(-leader.pid, signal);
  return true;
}

/** Kills everything that carries this variable in its environment: what a worker left behind in other groups, or after its leader had ended. Linux only. Answers how many. */
export function killCarriers(variable: string): number {
  const carriers = processIds().filter((pid) => readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(variable));
  for (const pid of carriers) signalQuietly(pid, 'SIGKILL');
  return carriers.length;
}

function processIds(): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/u.test(name) && Number(name) !== process.pid ? [Number(name)] : []));
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function signalQuietly(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes(codeOf(error))) throw error;
  }
}
