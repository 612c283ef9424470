/** Where a task goes when its run ended without a result. The run has ended and its lease was given back. */
import { afterFailure, taskEvent, type FailedOutcome, type Task, type TaskEventType } from '@guildhall/board';
import { done, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { runFacts, type HeldRun } from './claim-fence.ts';
import { moveTask, type Moved } from './landing.ts';
import { toTask } from './rows.ts';

/** Back to `ready`; no attempt counts. */
export async function giveBack(tx: WriteTransaction, { run, task }: HeldRun, actor: string): Promise<Settled<Task>> {
  const moved = await moveTask(tx, task, { verb: 'release', actor, more: runFacts(run) });
  if (!moved.ok) return moved;
  await appendInTransaction(tx, moved.value.events);
  return done(toTask(moved.value.row));
}

/** An attempt counts. Another one, or `blocked` when they are used up. */
export async function moveFailed(tx: WriteTransaction, { run, task }: HeldRun, outcome: FailedOutcome): Promise<Settled<Moved>> {
  const { attempts, block } = afterFailure(toTask(task), outcome, run.reason);
  const moved = await moveTask(tx, task, {
    verb: block === null ? 'retry' : 'exhaust',
    type: eventOf[outcome],
    actor: 'daemon',
    more: { ...runFacts(run), attempts },
    set: { attempts, ...(block === null ? {} : { block_kind: block.kind, block_reason: block.reason }) },
  });
  if (!moved.ok) return moved;
  const { row, events } = moved.value;
  const blocked = block === null ? [] : [taskEvent('task.blocked', toTask(row), 'daemon', { kind: block.kind, reason: block.reason })];
  return done({ row, events: [...events, ...blocked] });
}

const eventOf = {
  'timed-out': 'task.timed-out',
  crashed: 'task.crashed',
  'protocol-violation': 'task.crashed',
} as const satisfies Record<FailedOutcome, TaskEventType>;
