import type { Clock, Ids, JournalWakeups } from '@guildhall/kernel';
import type { Settled } from '@guildhall/protocol';
import type { Database } from './database.ts';

/** A database that is open: what the ports need, and what only the store as a whole does with it. */
export interface StoreParts {
  readonly clock: Clock;
  readonly ids: Ids;
  /** An id of this run of the daemon. What an earlier run on a SQLite file held as `node:<boot>` has lapsed when the store opens. */
  readonly boot: string;
}

export interface OpenedDatabase extends Database, JournalWakeups {
  readonly schemaVersion: number;
  /** Where it is, for people: a path, or a URL without its password. */
  readonly location: string;
  /** Writes down where the daemon that holds a SQLite file answers. */
  announce(url: string): void;
  /** Copies a SQLite file. `not-available` on PostgreSQL. */
  copyTo(file: string): Promise<Settled<{ readonly file: string; readonly bytes: number }>>;
  /** Waits for what was begun, then lets go of everything. */
  close(): Promise<void>;
}
