/** The one way in for whoever writes under a claim: a statement that changes the run and, in its own condition, finds that the claim lives. */
import { claimLease, type ClaimProof } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { UpdateObject } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import { releaseInTransaction } from '../leases.ts';
import type { RunRow, Schema, TaskRow } from '../schema.ts';
import { holdTask } from './hold-tasks.ts';
import type { More } from './row-events.ts';

/** A run, with what its lane has to say. */
export interface OwnRun extends RunRow {
  readonly lane_lease_ms: number | null;
  readonly lane_failures: number | null;
}

/** What a write under a claim works on. */
export interface HeldRun<R extends RunRow = RunRow> {
  readonly run: R;
  /** Held until the transaction ends. */
  readonly task: TaskRow;
}

/** Writes to the run the token belongs to, while its claim lives; `stale-claim` otherwise. The lease stays as it is until the transaction ends. */
export async function writeToRun({ db, seam }: WriteTransaction, proof: ClaimProof, changes: UpdateObject<Schema, 'runs'>): Promise<Settled<OwnRun>> {
  const run = await db
    .updateTable('runs')
    .set(changes)
    .where('task', '=', proof.task)
    .where('token_hash', '=', proof.tokenHash)
    .where('ended_at', 'is', null)
    .where(seam.claimHolds)
    .returningAll()
    .returning((eb) => [
      eb.selectFrom('lanes').select('lease_ms').whereRef('lanes.name', '=', 'runs.lane').as('lane_lease_ms'),
      eb.selectFrom('lanes').select('failure_streak').whereRef('lanes.name', '=', 'runs.lane').as('lane_failures'),
    ])
    .executeTakeFirst();
  return run === undefined ? staleClaim(proof.task) : done(run);
}

/** The same, with the task it runs for. Both statements are sent at once; they run in this order. */
export async function writeUnderClaim(tx: WriteTransaction, proof: ClaimProof, changes: UpdateObject<Schema, 'runs'>): Promise<Settled<HeldRun<OwnRun>>> {
  const [run, task] = await Promise.all([writeToRun(tx, proof, changes), holdTask(tx, proof.task)]);
  if (!run.ok) return run;
  return task === undefined || task.run_id !== run.value.id ? staleClaim(proof.task) : done({ run: run.value, task });
}

export interface RunEnd extends Partial<Pick<RunRow, 'summary' | 'reason' | 'metadata' | 'artifacts' | 'evidence'>> {
  readonly outcome: NonNullable<RunRow['outcome']>;
}

/** Ends the run and gives its lease back. */
export async function endOwnRun(tx: WriteTransaction, proof: ClaimProof, end: RunEnd): Promise<Settled<HeldRun<OwnRun>>> {
  const held = await writeUnderClaim(tx, proof, { ...end, ended_at: tx.at });
  if (!held.ok) return held;
  const released = await releaseInTransaction(tx, { lease: claimLease(proof.task), epoch: held.value.run.epoch });
  return released.ok ? held : released;
}

/** What an event says of the run it is about. */
export function runFacts(run: RunRow): More {
  return {
    lane: run.lane,
    run: run.id,
    epoch: run.epoch,
    attempt: run.attempt,
    ...(run.outcome === null ? {} : { outcome: run.outcome }),
    ...(run.reason === '' ? {} : { reason: run.reason }),
  };
}

function staleClaim(task: string): Settled<never> {
  return refuse('stale-claim', `this claim on task ${task} has ended, lapsed or passed to another; stop working on it, change nothing more, and claim again`, {
    task,
  });
}
