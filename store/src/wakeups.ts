/** In-process hints that the journal grew. */
import type { JournalWakeups } from '@guildhall/kernel';

export interface WakeupBell extends JournalWakeups {
  /** Calls everybody who listens, once, soon; more calls before that are the same call. */
  ring(): void;
}

export function wakeupBell(): WakeupBell {
  const listeners = new Set<() => void>();
  let rung = false;
  return {
    ring() {
      if (rung) return;
      rung = true;
      setImmediate(() => {
        rung = false;
        for (const wake of listeners) wake();
      });
    },
    onAppend(wake) {
      const listener = () => wake();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
