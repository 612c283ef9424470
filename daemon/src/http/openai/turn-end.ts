/** Waits for a turn to end well. */
import { done, refuse, type Settled, type TurnView } from '@guildhall/protocol';
import type { Clock } from '@guildhall/kernel';
import type { Operations } from '../../operations.ts';
import type { DoorLimits } from '../limits.ts';

/** The completed turn, following it where it was absorbed into another one; a refusal for every other end and when the wait is over. The turn itself goes on then. */
export async function waitForTurn(
  parts: { readonly operations: Operations; readonly clock: Clock; readonly limits: DoorLimits },
  turnId: string,
  signal: AbortSignal,
): Promise<Settled<TurnView>> {
  const { operations, clock, limits } = parts;
  const giveUpAt = clock.mono() + limits.completionMs;
  for (let id = turnId; ;) {
    const turn = await operations.readTurn(id, Math.max(0, Math.min(limits.waitMs, giveUpAt - clock.mono())), signal);
    if (!turn.ok) return turn;
    const { status, reason, absorbedInto } = turn.value;
    if (status === 'completed') return done(turn.value);
    if (status === 'failed') return refuse('upstream-failed', `The turn ${id} failed${reason === undefined ? '.' : `: ${reason}`}`, { turnId: id });
    if (status === 'cancelled') return refuse('wrong-state', `The turn ${id} was cancelled${reason === undefined ? '.' : `: ${reason}`}`, { turnId: id });
    if (status === 'absorbed' && absorbedInto !== undefined) id = absorbedInto;
    else if (signal.aborted)
      return refuse('draining', `The daemon is stopping. The turn ${id} goes on when it is back; read it at /v1/turns/${id}.`, { turnId: id });
    else if (clock.mono() >= giveUpAt) return refuse('timed-out', `The turn ${id} still runs. Read it later at /v1/turns/${id}.`, { turnId: id });
  }
}
