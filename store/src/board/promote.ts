/**
 * What a done task does for its children: each waits for one parent less, and those that wait for none any more go on. Four statements for any number of children; 10,000 in
 * one transaction are what they are written for.
 */
import type { NewEvent } from '@guildhall/kernel';
import { sql } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';
import { taskRowEvent, toldColumns, type ToldTask } from './row-events.ts';

/** Called once in the life of a task, in the transaction in which it becomes done. */
export async function promoteChildren(tx: WriteTransaction, parent: Pick<TaskRow, 'id' | 'child_count'>): Promise<readonly NewEvent[]> {
  if (parent.child_count === 0) return [];
  await holdChildren(tx, parent.id);
  await childrenOf(tx, parent.id)
    .set((eb) => ({ open_parents: eb('open_parents', '-', 1), updated_at: tx.at }))
    .execute();
  const free = childrenOf(tx, parent.id)
    .set({ status: landingStatus(tx.at), wake_at: landingWake(tx.at), ready_at: landingReady(tx.at), block_kind: null, block_reason: null })
    .where('open_parents', '=', 0)
    .returning([...toldColumns, 'start_at']);
  const lifted = await free.where('status', '=', 'blocked').where('block_kind', '=', 'dependency').execute();
  const promoted = await free.where('status', '=', 'todo').execute();
  return [...lifted.flatMap((child) => [unblocked(child, parent.id), landed(child, parent.id)]), ...promoted.map((child) => landed(child, parent.id))];
}

async function holdChildren(tx: WriteTransaction, parent: string): Promise<void> {
  await tx.db
    .selectFrom('tasks')
    .select('id')
    .where('id', 'in', (eb) => eb.selectFrom('task_links').select('child').where('parent', '=', parent))
    .orderBy('id')
    .modifyEnd(tx.seam.holdRows)
    .execute();
}

function childrenOf({ db }: WriteTransaction, parent: string) {
  return db.updateTable('tasks').where('id', 'in', (eb) => eb.selectFrom('task_links').select('child').where('parent', '=', parent));
}

function landingStatus(at: number) {
  return sql<'ready' | 'scheduled'>`case when start_at > ${sql.lit(at)} then 'scheduled' else 'ready' end`;
}

function landingWake(at: number) {
  return sql<number | null>`case when start_at > ${sql.lit(at)} then start_at end`;
}

function landingReady(at: number) {
  return sql<number | null>`case when start_at > ${sql.lit(at)} then null else ${sql.lit(at)} end`;
}

function unblocked(child: ToldTask, parent: string): NewEvent {
  return taskRowEvent('task.unblocked', { ...child, status: 'todo' }, 'daemon', { parent });
}

function landed(child: ToldTask & Pick<TaskRow, 'start_at'>, parent: string): NewEvent {
  if (child.status === 'ready') return taskRowEvent('task.promoted', child, 'daemon', { parent });
  return taskRowEvent('task.scheduled', child, 'daemon', { parent, startAt: child.start_at });
}
