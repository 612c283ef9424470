/** What waits for a time: scheduled tasks, transient blocks, lanes that are parked for a while. By the wall clock, as people gave it. */
import type { NewEvent } from '@guildhall/kernel';
import { sql, type Kysely } from 'kysely';
import type { Database, WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { Schema } from '../schema.ts';
import { moveTask } from './landing.ts';
import { laneEvent } from './row-events.ts';

/** Tasks of one transaction. */
const batch = 100;

/** Answers how many tasks moved. Looks first, so that nothing is written when there is nothing. */
export async function wakeDueTasks(database: Database, now: () => number, limit: number): Promise<number> {
  const due = await database.read((db) => findDue(db, now()));
  if (due.lane !== null) await endParks(database);
  if (due.task === null) return 0;
  let woken = 0;
  while (woken < limit) {
    const most = Math.min(batch, limit - woken);
    const some = await wakeSome(database, most);
    woken += some;
    if (some < most) break;
  }
  return woken;
}

async function findDue(db: Kysely<Schema>, now: number): Promise<{ readonly task: number | null; readonly lane: number | null }> {
  const { rows } = await sql<{ task: number | null; lane: number | null }>`select
    (select 1 from tasks where wake_at is not null and wake_at <= ${now} limit 1) as "task",
    (select 1 from lanes where parked_reason is not null and parked_until <= ${now} limit 1) as "lane"`.execute(db);
  return rows[0] ?? { task: null, lane: null };
}

function wakeSome(database: Database, limit: number): Promise<number> {
  return database.transaction(async (tx) => {
    const due = await tx.db
      .selectFrom('tasks')
      .selectAll()
      .where('wake_at', 'is not', null)
      .where('wake_at', '<=', tx.at)
      .orderBy('wake_at')
      .limit(limit)
      .modifyEnd(tx.seam.holdFreeRows)
      .execute();
    const events: NewEvent[] = [];
    for (const task of due) {
      const moved = await moveTask(tx, task, { verb: task.status === 'blocked' ? 'unblock' : 'due', actor: 'daemon', more: { due: task.wake_at } });
      if (moved.ok) events.push(...moved.value.events);
    }
    await appendInTransaction(tx, events);
    return due.length;
  });
}

async function endParks(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    const ended = await endDueParks(tx);
    await appendInTransaction(
      tx,
      ended.map((lane) => laneEvent('lane.resumed', lane, 'daemon', { was: 'parked' })),
    );
  });
}

async function endDueParks({ db, seam, at }: WriteTransaction) {
  const due = await db
    .selectFrom('lanes')
    .select('name')
    .where('parked_reason', 'is not', null)
    .where('parked_until', '<=', at)
    .orderBy('name')
    .modifyEnd(seam.holdFreeRows)
    .execute();
  if (due.length === 0) return [];
  return db
    .updateTable('lanes')
    .set({ parked_reason: null, parked_until: null })
    .where(
      'name',
      'in',
      due.map(({ name }) => name),
    )
    .returningAll()
    .execute();
}
