/**
 * Transactions on PostgreSQL. One that collided is run again; one whose connection was lost before its commit is run again on another; one whose connection was lost *at*
 * its commit is looked up first.
 *
 * Every commit writes a mark with a token of its own, in the same round trip, in which the events are recorded too. When the answer is lost, we write the mark ourselves with the outcome `fenced`: either ours
 * goes in, and then the lost transaction can never commit any more, or the mark is there and says that it did.
 */
import type { Clock, Ids } from '@guildhall/kernel';
import { Fault } from '@guildhall/protocol';
import type pg from 'pg';
import { RunAgain, type StoreGuard, type WriteTransaction } from '../database.ts';
import { kyselyOver, type StatementRunner } from '../kysely-over.ts';
import { postgresSeam } from '../seam.ts';
import { statementRunner, withClient } from './pool.ts';
import { findPlaced, recordEvents, toPlaced } from './record-events.ts';
import { storageFault, Trouble } from './trouble.ts';

/** How long a lost database is waited for before the caller hears of it, milliseconds. */
const patienceMs = 15_000;
const mostCollisions = 20;

export interface PostgresParts {
  readonly pool: pg.Pool;
  readonly location: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly boot: string;
  readonly guard: StoreGuard;
}

/** Runs `work` until it went through, collided too often, or patience ran out. */
export async function patiently<T>(parts: PostgresParts, work: () => Promise<T>): Promise<T> {
  const startedAt = parts.clock.mono();
  let collisions = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isCollision = error instanceof RunAgain || (error instanceof Trouble && error.kind === 'collided');
      if (!isCollision && !(error instanceof Trouble)) throw error;
      collisions += isCollision ? 1 : 0;
      const isPatient = isCollision
        ? collisions < mostCollisions
        : error instanceof Trouble && error.kind === 'lost' && parts.clock.mono() - startedAt < patienceMs;
      if (!isPatient) throw error instanceof Trouble ? storageFault(error, parts.location) : new Fault('lost-race', error.message, { cause: error });
      await parts.clock.sleep(isCollision ? Math.min(attempt * 3, 50) : Math.min(25 * 2 ** attempt, 1_000));
    }
  }
}

export async function runTransaction<T>(
  parts: PostgresParts,
  work: (tx: WriteTransaction) => Promise<T>,
): Promise<{ readonly value: T; readonly appended: boolean }> {
  return patiently(parts, async () => {
    const token = parts.ids.next('commit');
    const attempt = await attemptOnce(parts, token, work);
    if (!attempt.committed && !(await didCommit(parts, token, attempt.tx))) throw new RunAgain('the connection');
    return { value: attempt.value, appended: attempt.tx.events.length > 0 };
  });
}

interface Attempt<T> {
  readonly tx: WriteTransaction;
  readonly value: T;
  /** False when the connection was lost between the commit and its answer. */
  readonly committed: boolean;
}

async function attemptOnce<T>(parts: PostgresParts, token: string, work: (tx: WriteTransaction) => Promise<T>): Promise<Attempt<T>> {
  let reached: Attempt<T> | undefined;
  try {
    return await withClient(parts.pool, async (client) => {
      const run = statementRunner(client);
      const tx: WriteTransaction = { db: kyselyOver('postgres', run), seam: postgresSeam, at: parts.clock.now(), boot: parts.boot, events: [], placed: [] };
      try {
        await run('begin', []);
        const value = await parts.guard.inside(() => work(tx));
        reached = { tx, value, committed: false };
        await commit(run, tx, token);
        return { ...reached, committed: true };
      } catch (error) {
        if (!(error instanceof Trouble) || error.kind !== 'lost') await run('rollback', []);
        throw error;
      }
    });
  } catch (error) {
    if (reached !== undefined && error instanceof Trouble && error.kind === 'lost') return reached;
    throw error;
  }
}

/** Sends everything at once. A statement that fails makes those behind it fail, the commit a rollback; the first says why. */
async function commit(run: StatementRunner, tx: WriteTransaction, token: string): Promise<void> {
  const recording = recordEvents(run, tx);
  const answers = await Promise.allSettled([...recording, run(leaveMark, [token]), run('commit', [])]);
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  const last = await recording.at(-1);
  if (last !== undefined) tx.placed = toPlaced(last.rows);
}

/** The time is that of `lease_now()`, which PostgreSQL would plan anew for each call. */
const leaveMark = `
insert into commit_marks (token, at, outcome)
values ($1, floor(extract(epoch from clock_timestamp()) * 1000)::bigint + (select ms from lease_clock), 'committed')`;

async function didCommit(parts: PostgresParts, token: string, tx: WriteTransaction): Promise<boolean> {
  return patiently(parts, () =>
    withClient(parts.pool, async (client) => {
      const run = statementRunner(client);
      await run("insert into commit_marks (token, at, outcome) values ($1, lease_now(), 'fenced') on conflict (token) do nothing", [token]);
      const { rows } = await run('select 1 from commit_marks where token = $1 and outcome = $2', [token, 'committed']);
      if (rows.length === 0) return false;
      tx.placed = await findPlaced(run, token, tx.events.length);
      return true;
    }),
  );
}
