/** Takes back what lapsed claims held, and ends runs that take longer than their task allows, however often they say that they live. */
import { claimLease, type Task } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import { sql, type Kysely } from 'kysely';
import type { Database, WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenRun } from '../partial-indexes.ts';
import type { RunRow, Schema } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import type { HeldRun } from './claim-fence.ts';
import { moveFailed } from './failed-run.ts';
import { holdTask } from './hold-tasks.ts';
import { countFailure } from './lane-rows.ts';
import { toTask } from './rows.ts';

/** Lapsed, given back, or of an earlier timeline: its holder can no longer write. */
const isLapsed = sql<boolean>`coalesce(leases.expires_at, 0) <= lease_now()`;

export async function reclaimLapsed(database: Database, limit: number): Promise<readonly Task[]> {
  // Asked again and again, and mostly there is nothing: a look costs no commit. Only the transaction knows the time that runs are measured by.
  const worthIt = await database.read((db) =>
    openRuns(db)
      .where((eb) => eb.or([isLapsed, eb('tasks.max_runtime_ms', 'is not', null)]))
      .limit(1)
      .execute(),
  );
  if (worthIt.length === 0) return [];
  return database.transaction(async (tx) => {
    const isOverdue = sql<boolean>`runs.started_at + tasks.max_runtime_ms <= ${tx.at}`;
    const found = await openRuns(tx.db)
      .select(['runs.epoch', sql<number>`case when ${isLapsed} then 1 else 0 end`.as('lapsed')])
      .where((eb) => eb.or([isLapsed, isOverdue]))
      .orderBy('runs.task')
      .limit(limit)
      .execute();
    const tasks: Task[] = [];
    const events: NewEvent[] = [];
    const lanes: string[] = [];
    for (const candidate of found) {
      const held = await takeFromHolder(tx, candidate, candidate.lapsed === 1);
      if (held === undefined) continue;
      const failed = expectDone(await moveFailed(tx, held, 'timed-out'));
      tasks.push(toTask(failed.row));
      events.push(...failed.events);
      lanes.push(held.run.lane);
    }
    for (const lane of lanes.toSorted()) events.push(...(await countFailure(tx, lane)));
    await appendInTransaction(tx, events);
    return tasks;
  });
}

function openRuns(db: Kysely<Schema>) {
  return db
    .selectFrom('runs')
    .innerJoin('tasks', 'tasks.id', 'runs.task')
    .leftJoin('leases', (join) => join.on('leases.name', '=', sql`'claim:' || runs.task`).onRef('leases.epoch', '=', 'runs.epoch'))
    .select(['runs.id', 'runs.task'])
    .where(isOpenRun);
}

/** Ends the run and frees its lease, unless its holder renewed it or finished in the meantime. The lease goes first, as with everybody who writes under it. */
async function takeFromHolder(tx: WriteTransaction, found: Pick<RunRow, 'id' | 'task' | 'epoch'>, lapsed: boolean): Promise<HeldRun | undefined> {
  const freed = await tx.db
    .updateTable('leases')
    .set({ holder: null, expires_at: 0 })
    .where('name', '=', claimLease(found.task))
    .where((eb) => (lapsed ? eb('expires_at', '<=', leaseNow) : eb('epoch', '=', found.epoch)))
    .returning('name')
    .executeTakeFirst();
  if (freed === undefined) return undefined;
  const run = await tx.db
    .updateTable('runs')
    .set({ ended_at: tx.at, outcome: 'timed-out', reason: lapsed ? 'its lane did not renew the claim in time' : 'it took longer than the task allows' })
    .where('id', '=', found.id)
    .where('ended_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (run === undefined) return undefined;
  const task = await holdTask(tx, found.task);
  return task === undefined ? undefined : { run, task };
}
