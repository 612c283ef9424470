/** What becomes of a task whose run failed, was stopped, or is blocked for a while. */
import type { RunOutcome } from '@guildhall/protocol';
import { failedOutcomes, type FailedOutcome } from './run.ts';
import type { Block, Task } from './task.ts';

export function isFailure(outcome: RunOutcome): outcome is FailedOutcome {
  return (failedOutcomes as readonly RunOutcome[]).includes(outcome);
}

/** After a failed run: another one, or `blocked` with the reason when the attempts are used up. Each cause counts once. */
export function afterFailure(
  task: Pick<Task, 'attempts' | 'maxAttempts'>,
  outcome: FailedOutcome,
  reason: string,
): { readonly attempts: number; readonly block: Block | null } {
  const attempts = task.attempts + 1;
  if (attempts < task.maxAttempts) return { attempts, block: null };
  const count = attempts === 1 ? 'the only attempt' : `${attempts} attempts`;
  return {
    attempts,
    block: { kind: 'needs_input', reason: `${count} failed; the last one ${howItEnded[outcome]}${reason === '' ? '' : `: ${reason}`}`, liftsAt: null },
  };
}

const howItEnded: { readonly [outcome in FailedOutcome]: string } = {
  'timed-out': 'ran out of time',
  crashed: 'crashed',
  'protocol-violation': 'ended without finishing the task',
};

/** `transient` blocks in a row after which a person is asked. */
export const mostTransientBlocks = 5;

const firstRetryMs = 30_000;
const longestRetryMs = 60 * 60_000;

/** How long a transient block lasts when nobody says: half a minute, doubling with each one in a row, at most an hour. */
export function transientPauseMs(blockedCount: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(blockedCount, 20), longestRetryMs);
}
