/** Waiting for something that an event will tell of, without missing it for ever when the event is missed. */
import type { Clock } from '@guildhall/kernel';
import { sessionStream } from '@guildhall/protocol';
import type { JournalTail } from './journal-tail.ts';

/** Resolves when something was recorded in the session, when `signal` aborts, or after two seconds, whichever is first. Look at the truth afterwards. */
export async function turnHint(tail: JournalTail, clock: Clock, sessionKey: string, signal: AbortSignal): Promise<void> {
  const arrived = new AbortController();
  const unsubscribe = tail.onStream(sessionStream(sessionKey), () => arrived.abort());
  await clock.sleep(2000, AbortSignal.any([arrived.signal, signal]));
  unsubscribe();
}
