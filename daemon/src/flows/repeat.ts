import type { Clock } from '@guildhall/kernel';
import type { EventType } from '@guildhall/protocol';
import type { JournalTail } from '../journal-tail.ts';
import { createQueue } from '../one-at-a-time.ts';

export interface Repeating {
  /** Resolves when the round under way has ended and no other will begin. */
  stop(): Promise<void>;
}

/** Does `work` at once and then every `everyMs`, never twice at a time. A round that throws is told and does not end the series. */
export function repeat(clock: Clock, everyMs: number, work: () => Promise<void>, onFault: (error: unknown) => void): Repeating {
  const stopped = new AbortController();
  const loop = async () => {
    while (!stopped.signal.aborted) {
      try {
        await work();
      } catch (error) {
        onFault(error);
      }
      await clock.sleep(everyMs, stopped.signal);
    }
  };
  const finished = loop();
  return {
    async stop() {
      stopped.abort();
      await finished;
    },
  };
}

/** As `repeat`, and once more whenever one of these events was recorded: an event that is missed costs at most `everyMs`. */
export function repeatOn(
  { tail, clock, onFault }: { readonly tail: Pick<JournalTail, 'on'>; readonly clock: Clock; readonly onFault: (error: unknown) => void },
  { events, everyMs }: { readonly events: readonly EventType[]; readonly everyMs: number },
  work: () => Promise<void>,
): Repeating {
  const queue = createQueue();
  let waiting: Promise<void> | undefined;
  const inTurn = () => {
    waiting ??= queue('rounds', () => {
      waiting = undefined;
      return work();
    });
    return waiting;
  };
  const stopListening = tail.on(events, () => {
    // A round that has not begun sees what came meanwhile: a thousand events are one round more.
    if (waiting === undefined) void inTurn().catch(onFault);
  });
  const repeating = repeat(clock, everyMs, inTurn, onFault);
  return {
    async stop() {
      stopListening();
      await repeating.stop();
      await queue('rounds', async () => {});
    },
  };
}
