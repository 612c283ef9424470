/** Since when each run has said nothing new. Heartbeats alone do not count: only what they tell of the work. Known to this daemon, from when it first saw the run. */
import type { Run } from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';

export interface RunProgress {
  /** These are the runs there are; others are forgotten. */
  look(runs: readonly Run[]): void;
  quietSince(run: Run): number;
}

export function createRunProgress(clock: Clock): RunProgress {
  let seen = new Map<string, { readonly said: string; readonly since: number }>();
  const judge = (run: Run) => {
    const said = JSON.stringify([run.progress, run.note]);
    const before = seen.get(run.id);
    if (before?.said === said) return before;
    const saidNothing = run.progress === null && run.note === '';
    return { said, since: saidNothing && before === undefined ? run.startedAt : clock.now() };
  };
  return {
    look(runs) {
      seen = new Map(runs.map((run) => [run.id, judge(run)]));
    },
    quietSince: (run) => judge(run).since,
  };
}
