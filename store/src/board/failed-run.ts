/** Where a task goes when its run ended without a result. The run has ended and its lease was given back. */
import { afterFailure, taskEvent, type Block, type FailedOutcome, type Task, type TaskEventType } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { TaskRow } from '../schema.ts';
import { runFacts, type HeldRun } from './claim-fence.ts';
import { moveTask, type Moved } from './landing.ts';
import { toTask } from './rows.ts';

/** Back to `ready`; no attempt counts. */
export async function giveBack(tx: WriteTransaction, { run, task }: HeldRun, actor: string): Promise<Settled<Task>> {
  const block = await blockOfCalledOff(tx, task);
  const move = block === null ? ({ verb: 'release' } as const) : ({ verb: 'block', type: 'task.released', set: columnsOf(block) } as const);
  const moved = await moveTask(tx, task, { ...move, actor, more: runFacts(run) });
  if (!moved.ok) return moved;
  const { row, events } = moved.value;
  await appendInTransaction(tx, [...events, ...blocked(row, block)]);
  return done(toTask(row));
}

/** An attempt counts. Another one, or `blocked` when they are used up. */
export async function moveFailed(tx: WriteTransaction, { run, task }: HeldRun, outcome: FailedOutcome): Promise<Settled<Moved>> {
  const failed = afterFailure(toTask(task), outcome, run.reason);
  const { attempts } = failed;
  const block = (await blockOfCalledOff(tx, task)) ?? failed.block;
  const moved = await moveTask(tx, task, {
    verb: block === null ? 'retry' : 'exhaust',
    type: eventOf[outcome],
    actor: 'daemon',
    more: { ...runFacts(run), attempts },
    set: { attempts, ...(block === null ? {} : columnsOf(block)) },
  });
  if (!moved.ok) return moved;
  const { row, events } = moved.value;
  return done({ row, events: [...events, ...blocked(row, block)] });
}

function columnsOf({ kind, reason }: Block) {
  return { block_kind: kind, block_reason: reason };
}

function blocked(row: TaskRow, block: Block | null): readonly NewEvent[] {
  return block === null ? [] : [taskEvent('task.blocked', toTask(row), 'daemon', { kind: block.kind, reason: block.reason })];
}

/** No lane takes the task again once its handoff was called off, so it waits for a person instead of in vain. The row of the task is held, and a cancel holds it as well. */
async function blockOfCalledOff({ db }: WriteTransaction, { handoff }: TaskRow): Promise<Block | null> {
  if (handoff === null) return null;
  const calledOff = await db.selectFrom('handoffs').select('id').where('id', '=', handoff).where('called_off_at', 'is not', null).executeTakeFirst();
  return calledOff === undefined
    ? null
    : { kind: 'needs_input', reason: `the handoff ${handoff}, within whose work it was made, was called off`, liftsAt: null };
}

const eventOf = {
  'timed-out': 'task.timed-out',
  crashed: 'task.crashed',
  'protocol-violation': 'task.crashed',
} as const satisfies Record<FailedOutcome, TaskEventType>;
