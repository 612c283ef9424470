/** An accepted message wakes its session. Events are the quick way; a look at the store now and then finds what was accepted before the start, on another node, or left by a node that died. */
import type { Clock } from '@guildhall/kernel';
import type { InboxStore, SessionRunner } from '@guildhall/sessions';
import type { JournalTail } from '../journal-tail.ts';
import { repeat, type Repeating } from './repeat.ts';

const sweepEveryMs = 5000;
const sweepSize = 1000;

export function acceptedMessageOpensTurn(deps: {
  readonly tail: JournalTail;
  readonly store: InboxStore;
  readonly runner: SessionRunner;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const stopListening = deps.tail.on(['message.accepted'], (event) => deps.runner.wake(event.stream.slice('session:'.length)));
  const sweep = async () => {
    for (const sessionKey of await deps.store.runnableSessions(sweepSize)) deps.runner.wake(sessionKey);
  };
  const sweeping = repeat(deps.clock, sweepEveryMs, sweep, deps.onFault);
  return {
    async stop() {
      stopListening();
      await sweeping.stop();
    },
  };
}
