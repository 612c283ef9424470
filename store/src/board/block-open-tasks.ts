/** Blocking the tasks of handoffs that were called off, where nobody holds them. */
import type { NewEvent } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { isOfHandoff, isOpenTask } from '../partial-indexes.ts';
import type { TaskRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { alterTask, moveTask } from './landing.ts';
import { taskRowEvent } from './row-events.ts';

/**
 * Those that could become ready wait for a person from now on. One that is held stays with its holder, and one in `triage` or `review` with the person whose move it is: no lane takes any of them, as
 * long as their handoff is called off.
 */
export async function blockOpenTasks(
  tx: WriteTransaction,
  handoffs: readonly string[],
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<readonly NewEvent[]> {
  const open = await tx.db
    .selectFrom('tasks')
    .selectAll()
    .where('handoff', 'in', handoffs)
    .where(isOfHandoff)
    .where(isOpenTask)
    .orderBy('id')
    .modifyEnd(tx.seam.holdRows)
    .execute();
  const set = { block_kind: 'needs_input', block_reason: storableText(reason), wake_at: null } as const;
  const more = { kind: set.block_kind, reason: set.block_reason };
  const events: NewEvent[] = [];
  for (const task of open) {
    if (task.status === 'blocked') events.push(...(await blockForGood(tx, task, set, actor)));
    if (task.status === 'todo' || task.status === 'scheduled' || task.status === 'ready')
      events.push(...expectDone(await moveTask(tx, task, { verb: 'block', actor, set, more })).events);
  }
  return events;
}

/** A block that would lift itself does not any more. */
async function blockForGood(tx: WriteTransaction, task: TaskRow, set: Partial<TaskRow>, actor: string): Promise<readonly NewEvent[]> {
  if (task.block_kind !== 'dependency' && task.block_kind !== 'transient') return [];
  const row = await alterTask(tx, task, set);
  return [taskRowEvent('task.blocked', row, actor, { kind: row.block_kind, reason: row.block_reason })];
}
