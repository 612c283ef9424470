/** A claim whose holder was not heard of in time ends, and its task goes back to the board. Whether a lease lapsed, and what becomes of the task, the store says. */
import type { ClaimVerbs } from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';
import { repeat, type Repeating } from './repeat.ts';

const everyMs = 500;
const atOnce = 100;

export function lapsedClaimReturns(deps: {
  readonly store: Pick<ClaimVerbs, 'reclaimLapsed'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const sweep = async () => {
    for (;;) if ((await deps.store.reclaimLapsed(atOnce)).length < atOnce) return;
  };
  return repeat(deps.clock, everyMs, sweep, deps.onFault);
}
