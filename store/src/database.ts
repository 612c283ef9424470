/**
 * What every port of this package stands on, whichever database is behind it.
 *
 * A **write transaction** is one verb: it commits its change together with its events, or nothing. Transactions of one SQLite file run one after another, many to one
 * commit; on PostgreSQL they run side by side and are run again when they collided, so the work given to them may run more than once and touches nothing but `tx.db`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { NewEvent } from '@guildhall/kernel';
import { Fault, type Settled } from '@guildhall/protocol';
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';
import type { Seam } from './seam.ts';

export interface WriteTransaction {
  readonly db: Kysely<Schema>;
  readonly seam: Seam;
  /** The wall clock when the transaction began, milliseconds. */
  readonly at: number;
  /** The daemon's run that writes. */
  readonly boot: string;
  /** What `appendInTransaction` was given. Recorded when the work is over, right before the commit. */
  events: readonly NewEvent[];
  /** Where the events came to lie; filled when they are recorded. */
  placed: readonly PlacedEvent[];
}

export interface PlacedEvent {
  readonly position: number;
  readonly seq: number;
  readonly hash: string;
  readonly prevHash: string;
}

export interface Database {
  readonly seam: Seam;
  /** Reads of a few rows, outside any transaction. Sees what is committed. */
  read<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Reads that may take long: on SQLite in a thread of their own. */
  readLong<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Runs `work` in a transaction; rolled back when it throws. Resolves when the commit is on disk. `storage-unavailable` is thrown when the database is not to be had. */
  transaction<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T>;
  /** What the database finds wrong with its own file; empty where it is sound, or where the server sees to that. */
  findDamage(): Promise<readonly string[]>;
}

/** A transaction whose refusal changes nothing: what `work` wrote before it refused is rolled back. */
export async function settle<T>(database: Database, work: (tx: WriteTransaction) => Promise<Settled<T>>): Promise<Settled<T>> {
  try {
    return await database.transaction(async (tx) => {
      const settled = await work(tx);
      if (!settled.ok) throw new Refused(settled);
      return settled;
    });
  } catch (error) {
    if (error instanceof Refused) return error.settled;
    throw error;
  }
}

/** Carries a refusal out of a transaction that must be rolled back. */
class Refused extends Error {
  readonly settled: Settled<never>;

  constructor(settled: Settled<never>) {
    super('refused');
    this.settled = settled;
  }
}

/** Thrown inside a transaction that lost a race it can see: it is rolled back and run again. */
export class RunAgain extends Error {
  constructor(what: string) {
    super(`${what} changed while it was being written`);
  }
}

/**
 * Knows which calls are under way, and finds those from inside a transaction. They would wait for the transaction that waits for them (SQLite), or read what is not committed yet
 * and commit on their own (PostgreSQL), so they are a fault at once.
 */
export interface StoreGuard {
  /** Runs the work of a transaction. */
  inside<T>(work: () => Promise<T>): Promise<T>;
  /** Lets a call to the store through: a fault inside one of its transactions (`nested-transaction`), and after it was closed (`store-closed`). */
  enter<T>(call: () => Promise<T>): Promise<T>;
  /** Lets no more calls through, and waits for those under way. */
  close(): Promise<void>;
}

export function storeGuard(): StoreGuard {
  const transactions = new AsyncLocalStorage<{ open: boolean }>();
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  return {
    async inside(work) {
      const mark = { open: true };
      try {
        return await transactions.run(mark, work);
      } finally {
        mark.open = false;
      }
    },
    async enter(call) {
      if (closed) throw new Fault('store-closed', 'the store is closed');
      if (transactions.getStore()?.open === true) {
        throw new Fault('nested-transaction', 'the store was called from inside one of its own transactions; use the transaction that was handed in');
      }
      const answer = call();
      underWay.add(answer);
      try {
        return await answer;
      } finally {
        underWay.delete(answer);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
