/** Waiting for something that an event will tell of, without missing it for ever when the event is missed. */
import { type Clock, deadline } from '@guildhall/kernel';
import type { JournalTail } from './journal-tail.ts';

const longestHintMs = 2000;

/** Resolves when something was recorded in the stream, when `signal` aborts, or after two seconds, whichever is first. Look at the truth afterwards. */
export async function streamHint(tail: JournalTail, clock: Clock, stream: string, signal: AbortSignal): Promise<void> {
  const arrived = new AbortController();
  const unsubscribe = tail.onStream(stream, () => arrived.abort());
  await clock.sleep(longestHintMs, AbortSignal.any([arrived.signal, signal]));
  unsubscribe();
}

interface Wait<T> {
  readonly clock: Clock;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Undefined when it is not there, which ends the wait. */
  readonly read: () => Promise<T | undefined>;
  readonly hasEnded: (value: T) => boolean;
  readonly hint: (value: T, signal: AbortSignal) => Promise<void>;
}

/** What was read when it has ended, or as it is when the time is over or nobody waits any more. */
export async function readWhenEnded<T>({ clock, waitMs, signal, read, hasEnded, hint }: Wait<T>): Promise<T | undefined> {
  const until = clock.mono() + waitMs;
  for (;;) {
    const value = await read();
    const left = until - clock.mono();
    if (value === undefined || hasEnded(value) || left <= 0 || signal.aborted) return value;
    // Cleared when the hint came: a timer left to run would keep what it holds for the whole of `waitMs`.
    const limit = deadline(Math.ceil(left), signal);
    await hint(value, limit.signal);
    limit.clear();
  }
}
