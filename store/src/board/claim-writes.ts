/** What the holder of a claim says while it works. Each is a sign of life for people to see; only a heartbeat makes the claim live longer. */
import { claimLease, laneActor, type ClaimProof, type ClaimVerbs } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { done, Fault, type Settled } from '@guildhall/protocol';
import { sql } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { renewInTransaction } from '../leases.ts';
import type { RunRow } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { runFacts, writeToRun, writeUnderClaim, type HeldRun } from './claim-fence.ts';
import { taskRowEvent, toldColumns } from './row-events.ts';
import { toTask } from './rows.ts';
import { addComment, writeAttachment, writeMetadata } from './task-notes.ts';

type Writes = Pick<ClaimVerbs, 'renewClaim' | 'recordWorker' | 'commentClaim' | 'attachClaim' | 'annotateClaim'>;

/** How often a heartbeat that says nothing is recorded as an event, milliseconds. */
const toldEveryMs = 60_000;

export function claimWrites(database: Database): Writes {
  return {
    renewClaim: (proof, beat) => settle(database, (tx) => renew(tx, proof, beat)),
    recordWorker: (proof, worker) =>
      under(database, proof, { worker: toStoredJson(worker) }, async (_tx, { run, task }) =>
        done({ value: null, event: taskRowEvent('worker.spawned', task, 'daemon', { ...runFacts(run), pid: worker.pid }) }),
      ),
    commentClaim: (proof, comment) =>
      under(database, proof, {}, async (tx, { task }) => {
        const added = await addComment(tx, task, comment);
        return added.ok ? done({ value: added.value.view, event: added.value.event }) : added;
      }),
    attachClaim: (proof, file) =>
      under(database, proof, {}, async (tx, { task }) => {
        const written = await writeAttachment(tx, task, file);
        return written.ok ? done({ value: written.value.view, event: written.value.event }) : written;
      }),
    annotateClaim: (proof, metadata) =>
      under(database, proof, {}, async (tx, { run, task }) => {
        const written = await writeMetadata(tx, task, metadata, laneActor(run.lane));
        return written.ok ? done({ value: toTask(written.value.row), event: written.value.event }) : written;
      }),
  };
}

/** One write under a claim, with its event. */
function under<T>(
  database: Database,
  proof: ClaimProof,
  changes: Partial<RunRow>,
  write: (tx: WriteTransaction, held: HeldRun) => Promise<Settled<{ readonly value: T; readonly event: NewEvent }>>,
): Promise<Settled<T>> {
  return settle(database, async (tx) => {
    const held = await writeUnderClaim(tx, proof, { ...changes, last_heartbeat_at: tx.at });
    if (!held.ok) return held;
    const written = await write(tx, held.value);
    if (!written.ok) return written;
    await appendInTransaction(tx, [written.value.event]);
    return done(written.value.value);
  });
}

async function renew(
  tx: WriteTransaction,
  proof: ClaimProof,
  { note, progress }: Parameters<ClaimVerbs['renewClaim']>[1],
): Promise<Settled<{ readonly expiresInMs: number }>> {
  const says = note !== undefined || progress !== undefined;
  const written = await writeToRun(tx, proof, {
    last_heartbeat_at: tx.at,
    told_at: says ? tx.at : sql<number | null>`case when ${tx.at} - coalesce(told_at, started_at) >= ${sql.lit(toldEveryMs)} then ${tx.at} else told_at end`,
    ...(note === undefined ? {} : { note: storableText(note) }),
    ...(progress === undefined ? {} : { progress: Math.round(progress * 1000) }),
  });
  if (!written.ok) return written;
  const run = written.value;
  const leaseMs = run.lane_lease_ms;
  if (leaseMs === null) throw new Fault('no-lane', `the run ${run.id} belongs to the lane ${run.lane}, which does not exist`);
  const lease = await renewInTransaction(tx, { lease: claimLease(run.task), epoch: run.epoch }, leaseMs);
  if (!lease.ok) return lease;
  if (run.told_at === tx.at) await tellHeartbeat(tx, run);
  return done({ expiresInMs: leaseMs });
}

async function tellHeartbeat(tx: WriteTransaction, run: RunRow): Promise<void> {
  const task = await tx.db.selectFrom('tasks').select(toldColumns).where('id', '=', run.task).executeTakeFirstOrThrow();
  const more = { ...runFacts(run), note: run.note, progress: run.progress === null ? null : run.progress / 1000 };
  await appendInTransaction(tx, [taskRowEvent('task.heartbeat', task, laneActor(run.lane), more)]);
}
