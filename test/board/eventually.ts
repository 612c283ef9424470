import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Looks until what it sees holds, for a minute at most; answers what it saw. */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const until = performance.now() + 60_000;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > until) throw new Error(`it did not become so within a minute; last seen: ${JSON.stringify(seen)}`);
    await pause(20);
  }
}

/** A process that runs; one that has ended and was not buried yet does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/u.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}
