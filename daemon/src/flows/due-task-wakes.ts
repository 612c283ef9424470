/** A scheduled task whose start has come, a transient block that is over and a lane whose pause has ended go on by themselves. */
import type { TaskVerbs } from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';
import { repeat, type Repeating } from './repeat.ts';

const everyMs = 1000;
const atOnce = 200;

export function dueTaskWakes(deps: {
  readonly store: Pick<TaskVerbs, 'wakeDueTasks'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const sweep = async () => {
    for (;;) if ((await deps.store.wakeDueTasks(atOnce)) < atOnce) return;
  };
  return repeat(deps.clock, everyMs, sweep, deps.onFault);
}
