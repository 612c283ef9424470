import { deadline } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { RoleRun } from '@guildhall/roles';
import type { RoleDeps } from './role-deps.ts';

/** The run when it is finished, or as it is when the time is over. */
export async function awaitRun(
  deps: Pick<RoleDeps, 'store' | 'clock' | 'planHint'>,
  asked: RoleRun,
  waitMs: number,
  signal: AbortSignal,
): Promise<Settled<RoleRun>> {
  const until = deps.clock.mono() + waitMs;
  for (;;) {
    const run = await deps.store.readRun(asked.id);
    if (run === undefined) return refuse('not-found', `the run ${asked.id} is gone`);
    const left = until - deps.clock.mono();
    if (run.status === 'finished' || left <= 0 || signal.aborted) return done(run);
    // Cleared when the hint came: a timer left to run would keep what it holds for the whole of `waitMs`.
    const limit = deadline(Math.ceil(left), signal);
    await deps.planHint(run.plan, limit.signal);
    limit.clear();
  }
}
