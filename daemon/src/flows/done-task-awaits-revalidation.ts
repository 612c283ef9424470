/** An accepted finding whose task is done waits for those who must look at it again. Which findings those are, and what they become, the store says. */
import { type Clock, failpoint } from '@guildhall/kernel';
import type { RoleStore } from '@guildhall/roles';
import type { JournalTail } from '../journal-tail.ts';
import { repeatOn, type Repeating } from './repeat.ts';

const everyMs = 1000;
const atOnce = 100;

export function doneTaskAwaitsRevalidation(deps: {
  readonly store: Pick<RoleStore, 'remediateDone'>;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  return repeatOn(deps, { events: ['task.completed', 'task.reviewed'], everyMs }, async () => {
    await failpoint('finding.before-remediate');
    const mended = await deps.store.remediateDone(atOnce);
    if (mended.length > 0) await failpoint('finding.after-remediate');
  });
}
