/**
 * Lease time of a SQLite file: the daemon's monotonic clock, going on from where the last boot left off. Jumps of the wall clock do not touch it, and it never goes back.
 */
import type { Clock } from '@guildhall/kernel';

export interface LeaseTime {
  /** Whole milliseconds. */
  now(): number;
  /** What to write down, when a second or more has passed since it was written last; the next boot begins there. */
  due(): number | undefined;
}

/** How far behind the stored time may be, milliseconds: by so much a lease may outlive its time after a crash. */
const storedEveryMs = 1_000;

export function leaseTimeFrom(stored: number, clock: Clock): LeaseTime {
  const startedAt = clock.mono();
  let newest = stored;
  let written = stored;
  const now = () => {
    newest = Math.max(newest, stored + Math.floor(clock.mono() - startedAt));
    return newest;
  };
  return {
    now,
    due() {
      const time = now();
      if (time - written < storedEveryMs) return undefined;
      written = time;
      return time;
    },
  };
}
