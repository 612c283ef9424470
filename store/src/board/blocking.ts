/** What a block is when it begins, and which parents it brings. */
import { afterVerb, mostTransientBlocks, transientPauseMs, type NewBlock } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { addParents, holdGraph } from './links.ts';
import { moveTask, wrongState, type Move, type Moved } from './landing.ts';

/** First of all, before any task is held: a block that brings parents takes its turn. */
export async function prepareBlock(tx: WriteTransaction, block: NewBlock): Promise<void> {
  if (block.kind === 'dependency' && block.dependsOn.length > 0) await holdGraph(tx);
}

/** Blocks a task that is held, by whoever may. A `dependency` needs a parent that is open then, else it is `invalid-input`. */
export async function blockHeldTask(tx: WriteTransaction, task: TaskRow, block: NewBlock, move: Pick<Move, 'actor' | 'more'>): Promise<Settled<Moved>> {
  if (afterVerb(task.status, 'block') === undefined) return wrongState(task, 'block');
  const linked = block.kind === 'dependency' && block.dependsOn.length > 0 ? await addParents(tx, task.id, block.dependsOn) : done({ child: task, added: [] });
  if (!linked.ok) return linked;
  const { child, added } = linked.value;
  if (block.kind === 'dependency' && child.open_parents === 0)
    return refuse(
      'invalid-input',
      `the task ${task.id} waits for nothing that is not done; name what it waits for in "dependsOn", or block it with another kind`,
      {
        task: task.id,
      },
    );
  const set = blockColumns(child, block, tx.at);
  const more = { ...move.more, kind: set.block_kind, reason: set.block_reason, liftsAt: set.wake_at, ...(added.length === 0 ? {} : { dependsOn: [...added] }) };
  return moveTask(tx, child, { ...move, verb: 'block', set, more });
}

function blockColumns(task: TaskRow, block: NewBlock, at: number) {
  const reason = storableText(block.reason);
  if (block.kind !== 'transient') return { block_kind: block.kind, block_reason: reason, wake_at: null };
  const inRow = task.blocked_count + 1;
  if (inRow > mostTransientBlocks)
    return {
      block_kind: 'needs_input' as const,
      block_reason: `blocked ${inRow} times in a row for a while; the last time: ${reason}`,
      wake_at: null,
      blocked_count: inRow,
    };
  return { block_kind: block.kind, block_reason: reason, wake_at: at + (block.retryAfterMs ?? transientPauseMs(task.blocked_count)), blocked_count: inRow };
}
