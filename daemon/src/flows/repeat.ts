import type { Clock } from '@guildhall/kernel';

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
