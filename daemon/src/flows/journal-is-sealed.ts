/** Every hour in which something was recorded, and when the daemon stops, the heads of all streams are sealed within the journal. */
import type { Clock, JournalStore } from '@guildhall/kernel';
import { repeat, type Repeating } from './repeat.ts';

/** How old the newest seal is at least before the next. Looked at more often, so that restarts do not put it off. */
const sealAfterMs = 3_600_000;
const lookEveryMs = 600_000;

export function journalIsSealed(deps: {
  readonly journal: Pick<JournalStore, 'sealJournal'>;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const seal = async () => {
    await deps.journal.sealJournal(deps.clock.now() - sealAfterMs);
  };
  return repeat(deps.clock, lookEveryMs, seal, deps.onFault);
}
