/** Tasks that have been done for as long as their board says are put away. */
import type { TaskVerbs } from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';
import { repeat, type Repeating } from './repeat.ts';

const everyMs = 3_600_000;
const atOnce = 200;

export function oldTaskIsArchived(deps: {
  readonly store: Pick<TaskVerbs, 'archiveOldTasks'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const sweep = async () => {
    for (;;) if ((await deps.store.archiveOldTasks(atOnce)) < atOnce) return;
  };
  return repeat(deps.clock, everyMs, sweep, deps.onFault);
}
