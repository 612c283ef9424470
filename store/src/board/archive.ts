import type { Task } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Database, WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isDoneTask } from '../partial-indexes.ts';
import type { TaskRow } from '../schema.ts';
import { holdTask, noTask } from './hold-tasks.ts';
import { moveTask } from './landing.ts';
import { toTask } from './rows.ts';

const dayMs = 86_400_000;
const mostChildrenNamed = 20;

export async function archiveTask(tx: WriteTransaction, id: string, actor: string): Promise<Settled<Task>> {
  const task = await holdTask(tx, id);
  if (task === undefined) return noTask(id);
  const children = task.was_done === 0 ? await waitingChildren(tx, task) : [];
  if (children.length > 0)
    return refuse('wrong-state', `${children.length} tasks wait for ${id}: ${children.join(', ')}. Archive or unlink them first, or complete ${id}`, {
      task: id,
      status: task.status,
      children: [...children],
    });
  const moved = await moveTask(tx, task, { verb: 'archive', actor, more: { was: task.status } });
  if (!moved.ok) return moved;
  await appendInTransaction(tx, moved.value.events);
  return done(toTask(moved.value.row));
}

async function waitingChildren({ db }: WriteTransaction, { id, child_count: count }: TaskRow): Promise<readonly string[]> {
  if (count === 0) return [];
  const rows = await db
    .selectFrom('task_links')
    .innerJoin('tasks', 'tasks.id', 'task_links.child')
    .select('tasks.id')
    .where('task_links.parent', '=', id)
    .where('tasks.status', 'not in', ['done', 'archived'])
    .orderBy('task_links.child')
    .limit(mostChildrenNamed)
    .execute();
  return rows.map((row) => row.id);
}

/** Archives what has been done for as long as its board says; answers how many. */
export async function archiveOldTasks(database: Database, limit: number): Promise<number> {
  const boards = await database.read((db) =>
    db.selectFrom('boards').select(['name', 'archive_done_after_days as days']).where('archive_done_after_days', 'is not', null).orderBy('name').execute(),
  );
  let archived = 0;
  for (const { name, days } of boards) if (days !== null && archived < limit) archived += await archiveOld(database, name, days, limit - archived);
  return archived;
}

function archiveOld(database: Database, board: string, days: number, limit: number): Promise<number> {
  return database.transaction(async (tx) => {
    const old = await tx.db
      .selectFrom('tasks')
      .selectAll()
      .where('board', '=', board)
      .where(isDoneTask)
      .where('ended_at', '<=', tx.at - days * dayMs)
      .orderBy('ended_at')
      .limit(limit)
      .modifyEnd(tx.seam.holdFreeRows)
      .execute();
    const events = [];
    for (const task of old) {
      const moved = await moveTask(tx, task, { verb: 'archive', actor: 'daemon', more: { was: task.status } });
      if (moved.ok) events.push(...moved.value.events);
    }
    await appendInTransaction(tx, events);
    return old.length;
  });
}
