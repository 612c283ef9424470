/**
 * Links: a child waits for its parents. A cycle would wait for ever, so a link is made only where the child is not already before the parent; two links made at the same time
 * could close one that neither of them sees, so whoever adds links to tasks that exist takes turns (`holdGraph`).
 */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { sql } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';
import { holdTasks, noTask } from './hold-tasks.ts';
import { alterTask } from './landing.ts';

/** Parents a task may have, and children. */
const mostParents = 1_000;
const mostChildren = 20_000;

/** Before any task is held. */
export async function holdGraph(tx: WriteTransaction): Promise<void> {
  await tx.db.selectFrom('boards').select('name').where('name', '=', 'default').modifyEnd(tx.seam.holdRows).execute();
}

export interface Linked {
  /** With its counts, where it stood. */
  readonly child: TaskRow;
  /** The parents it did not have before. */
  readonly added: readonly string[];
}

/** Makes tasks that exist parents of another. Call `holdGraph` first. */
export async function addParents(tx: WriteTransaction, childId: string, parentIds: readonly string[]): Promise<Settled<Linked>> {
  if (parentIds.includes(childId)) return refuse('invalid-input', `the task ${childId} cannot wait for itself`, { task: childId });
  const held = new Map((await holdTasks(tx, [childId, ...parentIds])).map((row) => [row.id, row]));
  const child = held.get(childId);
  if (child === undefined) return noTask(childId);
  const parents = judgeParents(parentIds, held);
  if (!parents.ok) return parents;
  const descendant = await findDescendant(tx, childId, parentIds);
  if (descendant !== undefined)
    return refuse('invalid-input', `the task ${descendant} waits for ${childId} already, so ${childId} cannot wait for it: that would be a cycle`, {
      parent: descendant,
      child: childId,
    });
  const added = await linkNew(tx, childId, parents.value);
  const open = parents.value.filter(({ id, was_done: wasDone }) => wasDone === 0 && added.includes(id)).length;
  const linked = await alterTask(tx, child, { open_parents: child.open_parents + open });
  return done({ child: linked, added });
}

/** The parents in the order asked for, each once; refused where one does not exist, can never be done, or has too many children. */
export function judgeParents(ids: readonly string[], held: ReadonlyMap<string, TaskRow>): Settled<readonly TaskRow[]> {
  const unique = [...new Set(ids)];
  if (unique.length > mostParents) return refuse('limit-reached', `a task waits for at most ${mostParents} others; ${unique.length} were named`, {});
  const parents: TaskRow[] = [];
  for (const id of unique) {
    const parent = held.get(id);
    if (parent === undefined) return noTask(id);
    if (parent.status === 'archived' && parent.was_done === 0)
      return refuse('wrong-state', `the task ${id} was archived without being done, so nothing can wait for it`, { task: id, status: parent.status });
    if (parent.child_count >= mostChildren)
      return refuse('limit-reached', `${mostChildren} tasks wait for ${id} already; let some of them wait for each other`, { task: id });
    parents.push(parent);
  }
  return done(parents);
}

/** Writes the links that are not there, and counts them at the parents; gives the ids of those parents. */
export async function linkNew(tx: WriteTransaction, child: string, parents: readonly Pick<TaskRow, 'id'>[]): Promise<readonly string[]> {
  if (parents.length === 0) return [];
  const inserted = await tx.db
    .insertInto('task_links')
    .values(parents.map(({ id }) => ({ parent: id, child })))
    .onConflict((conflict) => conflict.columns(['parent', 'child']).doNothing())
    .returning('parent')
    .execute();
  const added = inserted.map(({ parent }) => parent);
  if (added.length > 0)
    await tx.db
      .updateTable('tasks')
      .set((eb) => ({ child_count: eb('child_count', '+', 1) }))
      .where('id', 'in', added)
      .execute();
  return added;
}

/** The first of these tasks that comes after `id`, however many links away. */
async function findDescendant(tx: WriteTransaction, id: string, candidates: readonly string[]): Promise<string | undefined> {
  if (!(await isBefore(tx, id, candidates))) return undefined;
  for (const candidate of candidates) if (await isBefore(tx, id, [candidate])) return candidate;
  return undefined;
}

/** Walks from the tasks upwards; each task is visited once, however many ways lead to it. */
async function isBefore({ db }: WriteTransaction, id: string, tasks: readonly string[]): Promise<boolean> {
  const { rows } = await sql`
    with recursive before (id) as (
      select parent from task_links where child in (${sql.join(tasks)})
      union select task_links.parent from before join task_links on task_links.child = before.id)
    select 1 from before where id = ${id} limit 1`.execute(db);
  return rows.length > 0;
}

/** Takes a link away, with what the counts say of it; undefined where there is none. Both tasks are held. */
export async function removeLink(tx: WriteTransaction, parent: TaskRow, child: TaskRow): Promise<TaskRow | undefined> {
  const removed = await tx.db.deleteFrom('task_links').where('parent', '=', parent.id).where('child', '=', child.id).returning('child').executeTakeFirst();
  if (removed === undefined) return undefined;
  await alterTask(tx, parent, { child_count: parent.child_count - 1 });
  return alterTask(tx, child, { open_parents: child.open_parents - (parent.was_done === 0 ? 1 : 0) });
}
