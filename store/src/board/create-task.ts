import type { NewTask, Task } from '@guildhall/board';
import { done, type Settled } from '@guildhall/protocol';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { guardChain } from '../handoffs/guard-chain.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { TaskRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { noBoard } from './boards.ts';
import { holdTasks } from './hold-tasks.ts';
import { landedRow, landingEvents } from './landing.ts';
import { judgeParents, linkNew } from './links.ts';
import { taskRowEvent } from './row-events.ts';
import { newTaskRow, toTask } from './rows.ts';
import { writeTerms } from './task-terms.ts';

interface Created {
  readonly task: Task;
  readonly existing: boolean;
}

/** A new task has no children, so its parents can make no cycle. */
export async function createTask(tx: WriteTransaction, task: NewTask): Promise<Settled<Created>> {
  const earlier = await findEarlier(tx, task);
  if (earlier !== undefined) return done({ task: toTask(earlier), existing: true });
  const board = await tx.db.selectFrom('boards').select('name').where('name', '=', task.board).executeTakeFirst();
  if (board === undefined) return noBoard(task.board);
  const chain = await guardChain(tx, task.provenance);
  if (!chain.ok) return chain;
  const parents = await holdParents(tx, task.parents);
  if (!parents.ok) return parents;
  const openParents = parents.value.filter(({ was_done: wasDone }) => wasDone === 0).length;
  const made = { ...newTaskRow(task, tx.at), open_parents: openParents, handoff: chain.value };
  const row = landedRow(made, tx.at);
  await insertTask(tx, row);
  await linkNew(tx, row.id, parents.value);
  await writeTerms(tx, row);
  const parentIds = parents.value.map(({ id }) => id);
  const more = { title: row.title, ...(parentIds.length === 0 ? {} : { parents: parentIds }) };
  await appendInTransaction(tx, [taskRowEvent('task.created', made, task.createdBy, more), ...landingEvents(made, row)]);
  return done({ task: toTask(row), existing: false });
}

function findEarlier({ db }: WriteTransaction, { board, idempotencyKey }: NewTask): Promise<TaskRow | undefined> {
  if (idempotencyKey === null) return Promise.resolve(undefined);
  return db
    .selectFrom('tasks')
    .selectAll()
    .where('board', '=', board)
    .where('idempotency_key', '=', storableText(idempotencyKey))
    .where('idempotency_key', 'is not', null)
    .executeTakeFirst();
}

async function holdParents(tx: WriteTransaction, ids: readonly string[]): Promise<Settled<readonly TaskRow[]>> {
  if (ids.length === 0) return done([]);
  const held = await holdTasks(tx, ids);
  return judgeParents(ids, new Map(held.map((row) => [row.id, row])));
}

async function insertTask({ db }: WriteTransaction, row: TaskRow): Promise<void> {
  const inserted = await db
    .insertInto('tasks')
    .values(row)
    .onConflict((conflict) => conflict.columns(['board', 'idempotency_key']).where('idempotency_key', 'is not', null).doNothing())
    .returning('id')
    .executeTakeFirst();
  if (inserted === undefined) throw new RunAgain(`the task with the idempotency key ${row.idempotency_key ?? ''}`);
}
