/**
 * The one writer of a SQLite file. Transactions wait in a queue; a batch of them runs inside one `begin immediate … commit`, each in a savepoint of its own, and they
 * resolve when that commit is on disk. One that throws is rolled back alone. When the commit fails, none of the batch happened.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurnOfTheLoop } from 'node:timers/promises';
import type { WriteTransaction } from '../database.ts';
import { recordEvents } from './record-events.ts';
import { asStorageFault } from './storage-fault.ts';

/** How many transactions share a commit at most, and how long a batch may take before it commits. */
const largestBatch = 128;
const longestBatchMs = 20;

interface Waiting {
  readonly work: (tx: WriteTransaction) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction that waits for its batch to commit. */
interface Done {
  readonly waiting: Waiting;
  readonly value: unknown;
  readonly appended: boolean;
}

export interface GroupCommit {
  transaction<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T>;
}

export interface GroupCommitParts {
  readonly connection: DatabaseSync;
  readonly file: string;
  readonly mono: () => number;
  /** Makes the transaction handed to the work. */
  readonly begin: () => WriteTransaction;
  /** Throws when the file is no longer the one that was opened. */
  readonly assertSameFile: () => void;
  /** Runs inside the batch, just before its commit. */
  readonly beforeCommit: () => void;
  /** After a commit that recorded events. */
  readonly afterAppend: () => void;
}

export function groupCommit(parts: GroupCommitParts): GroupCommit {
  const queue: Waiting[] = [];
  let draining: Promise<void> | undefined;

  const drainQueue = async () => {
    // Whoever asks in the same turn of the loop shares the first commit: of sixteen requests that arrived together, not the first alone. More than twice the turns per second.
    await nextTurnOfTheLoop();
    while (queue.length > 0) {
      await commitBatch(parts, queue);
      if (queue.length > 0) await nextTurnOfTheLoop();
    }
    draining = undefined;
  };

  return {
    transaction<T>(work: (tx: WriteTransaction) => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ work, resolve: (value) => resolve(value as T), reject });
        draining ??= drainQueue();
      });
    },
  };
}

/** Takes from the queue what fits in one commit, runs it, and answers everybody. Never throws. */
async function commitBatch(parts: GroupCommitParts, queue: Waiting[]): Promise<void> {
  const done: Done[] = [];
  let taken = 0;
  try {
    parts.assertSameFile();
    parts.connection.exec('begin immediate');
    const startedAt = parts.mono();
    while (taken < largestBatch && (taken === 0 || parts.mono() - startedAt < longestBatchMs)) {
      const waiting = queue.shift();
      if (waiting === undefined) break;
      taken += 1;
      const outcome = await runOne(parts, waiting);
      if (outcome !== undefined) done.push(outcome);
    }
    parts.beforeCommit();
    parts.connection.exec('commit');
  } catch (error) {
    const fault = asStorageFault(error, parts.file);
    rollBack(parts.connection);
    // Where not even the begin succeeded the first in the queue hears of it; the others try for themselves.
    for (const { reject } of taken === 0 ? queue.splice(0, 1) : done.map(({ waiting }) => waiting)) reject(fault);
    return;
  }
  for (const { waiting, value } of done) waiting.resolve(value);
  if (done.some(({ appended }) => appended)) parts.afterAppend();
}

/** Runs one transaction in its savepoint; undefined when it threw and was rolled back alone. Throws when the whole batch is lost with it. */
async function runOne(parts: GroupCommitParts, waiting: Waiting): Promise<Done | undefined> {
  const { connection } = parts;
  connection.exec('savepoint one');
  try {
    const tx = parts.begin();
    const value = await waiting.work(tx);
    await recordEvents(tx);
    connection.exec('release one');
    return { waiting, value, appended: tx.placed.length > 0 };
  } catch (error) {
    waiting.reject(error);
    if (!connection.isTransaction) throw error;
    connection.exec('rollback to one');
    connection.exec('release one');
    return undefined;
  }
}

/** Ends what is left of a batch. Where even that fails, the next begin fails as well and tells its caller. */
function rollBack(connection: DatabaseSync): void {
  try {
    if (connection.isTransaction) connection.exec('rollback');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
