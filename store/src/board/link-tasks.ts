import type { Task } from '@guildhall/board';
import { done, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { TaskRow } from '../schema.ts';
import { holdTasks, noTask } from './hold-tasks.ts';
import { landTask, moveTask, wrongState, type Moved } from './landing.ts';
import { addParents, holdGraph, removeLink } from './links.ts';
import { taskRowEvent } from './row-events.ts';
import { toTask } from './rows.ts';

export async function linkTasks(tx: WriteTransaction, parent: string, child: string, actor: string): Promise<Settled<Task>> {
  await holdGraph(tx);
  const linked = await linkOne(tx, parent, child, actor);
  if (!linked.ok) return linked;
  await appendInTransaction(tx, linked.value.events);
  return done(toTask(linked.value.row));
}

/** No event where the link was there. Call `holdGraph` first. */
export async function linkOne(tx: WriteTransaction, parent: string, child: string, actor: string): Promise<Settled<Moved>> {
  const held = (await holdTasks(tx, [parent, child])).find(({ id }) => id === child);
  if (held !== undefined && !isWaiting(held)) return wrongState(held, 'link to a parent');
  const linked = await addParents(tx, child, [parent]);
  if (!linked.ok) return linked;
  const { child: row, added } = linked.value;
  if (added.length === 0) return stay(row);
  const told = taskRowEvent('task.linked', row, actor, { parent });
  const moved = row.status === 'ready' && row.open_parents > 0 ? await moveTask(tx, row, { verb: 'demote', actor: 'daemon', more: { parent } }) : stay(row);
  return moved.ok ? done({ row: moved.value.row, events: [told, ...moved.value.events] }) : moved;
}

export async function unlinkTasks(tx: WriteTransaction, parentId: string, childId: string, actor: string): Promise<Settled<Task>> {
  const held = await holdTasks(tx, [parentId, childId]);
  const parent = held.find(({ id }) => id === parentId);
  const child = held.find(({ id }) => id === childId);
  if (parent === undefined) return noTask(parentId);
  if (child === undefined) return noTask(childId);
  if (!isWaiting(child)) return wrongState(child, 'unlink from a parent');
  const row = await removeLink(tx, parent, child);
  if (row === undefined) return done(toTask(child));
  const told = taskRowEvent('task.unlinked', row, actor, { parent: parentId });
  const moved = await goOn(tx, row);
  if (!moved.ok) return moved;
  await appendInTransaction(tx, [told, ...moved.value.events]);
  return done(toTask(moved.value.row));
}

/** Its work is neither under way nor over. */
function isWaiting({ status }: TaskRow): boolean {
  return !(status === 'running' || status === 'review' || status === 'done' || status === 'archived');
}

/** A child that waited for this parent alone waits no longer. */
async function goOn(tx: WriteTransaction, child: TaskRow): Promise<Settled<Moved>> {
  if (child.open_parents > 0) return stay(child);
  if (child.status === 'todo') return landTask(tx, child, {});
  if (child.status === 'blocked' && child.block_kind === 'dependency') return moveTask(tx, child, { verb: 'unblock', actor: 'daemon' });
  return stay(child);
}

function stay(row: TaskRow): Settled<Moved> {
  return done({ row, events: [] });
}
