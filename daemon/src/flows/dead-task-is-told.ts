/** The proof that no task is forgotten, again and again: a task that nothing will ever move is a fault of the board, and is told once. */
import type { Clock } from '@guildhall/kernel';
import { Fault } from '@guildhall/protocol';
import type { BoardHealth } from '../operations/board-health.ts';
import { repeat, type Repeating } from './repeat.ts';

const everyMs = 30_000;

export interface BoardCheck extends Repeating {
  /** What the last look found; null before the first. */
  last(): { readonly dead: number; readonly alarms: number; readonly at: number } | null;
}

export function deadTaskIsTold(deps: {
  readonly health: Pick<BoardHealth, 'examine'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): BoardCheck {
  let last: ReturnType<BoardCheck['last']> = null;
  let told = new Set<string>();
  const check = async () => {
    const { dead, alarms } = await deps.health.examine();
    last = { dead: dead.length, alarms: alarms.length, at: deps.clock.now() };
    for (const { task, why } of dead) if (!told.has(task.id)) deps.onFault(new Fault('dead-task', `nothing will ever move the task ${task.id}: ${why}`));
    told = new Set(dead.map(({ task }) => task.id));
  };
  const checking = repeat(deps.clock, everyMs, check, deps.onFault);
  return { last: () => last, stop: () => checking.stop() };
}
