/**
 * Open tasks that nothing will ever move. Alive is what has a live claim, a timer, an open parent that can still be done, somebody named who is to act, or a hold that people see:
 * `triage`, a block for a person, `ready` and waiting for its assignee. Everything else is dead, and says why.
 */
import type { BoardReads } from '@guildhall/board';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import { isOpenTask } from '../partial-indexes.ts';
import { readInOrder } from './list-tasks.ts';

/** How long after its lease lapsed a running task may wait to be taken back, milliseconds. */
const graceMs = 10_000;

const parents = sql`task_links join tasks as parents on parents.id = task_links.parent where task_links.child = tasks.id and parents.was_done = 0`;
const hasOpenParent = sql`exists (select 1 from ${parents})`;
const hasLostParent = sql`exists (select 1 from ${parents} and parents.status = 'archived')`;

/** A long read may have no `lease_now()` of its own, so it is told the time. */
const why = (leaseTime: number) => sql<string | null>`case
  when status = 'running' and not exists (select 1 from leases join runs on runs.id = tasks.run_id and runs.epoch = leases.epoch and runs.ended_at is null
    where leases.name = 'claim:' || tasks.id and leases.holder is not null and leases.expires_at > ${sql.lit(leaseTime - graceMs)}) then 'it is running, but no claim on it lives, and nobody has taken it back'
  when status in ('todo', 'blocked') and (status = 'todo' or block_kind = 'dependency') and ${hasLostParent}
    then 'it waits for a task that was archived without being done; unlink it'
  when status = 'todo' and not ${hasOpenParent} then 'it waits in todo, but for no task that is open'
  when status = 'scheduled' and wake_at is null then 'it is scheduled, but for no time'
  when status = 'blocked' and block_kind is null then 'it is blocked, but nothing says by what'
  when status = 'blocked' and block_kind = 'dependency' and not ${hasOpenParent} then 'it is blocked until other tasks are done, but it waits for none that is open'
  when status = 'blocked' and block_kind = 'transient' and wake_at is null then 'it is blocked for a while, but nothing says until when'
  when status = 'review' and reviewer = '' then 'it waits for a review, but nobody is named'
  end`;

export async function deadTasks(database: Database, limit: number): ReturnType<BoardReads['deadTasks']> {
  const { now } = await database.read((db) => db.selectNoFrom(leaseNow.as('now')).executeTakeFirstOrThrow());
  return database.readLong((db) => findDead(db, now, limit));
}

async function findDead(db: Kysely<Schema>, leaseTime: number, limit: number): ReturnType<BoardReads['deadTasks']> {
  const judged = db
    .selectFrom('tasks')
    .select(['id', why(leaseTime).as('why')])
    .where(isOpenTask);
  const rows = await db.selectFrom(judged.as('judged')).selectAll().where('why', 'is not', null).orderBy('id').limit(limit).execute();
  const reasons = new Map(rows.map((row) => [row.id, row.why ?? '']));
  const tasks = await readInOrder(
    db,
    rows.map(({ id }) => id),
  );
  return tasks.map((task) => ({ task, why: reasons.get(task.id) ?? '' }));
}
