/** How long a provider is waited for. */
import { type Clock, deadline } from '@guildhall/kernel';

export interface Deadlines {
  /** From the request to the beginning of the first text, thought or tool call. */
  readonly firstPartMs: number;
  /** From one sign of life to the next. Long, because some models think for minutes without a word. */
  readonly idleMs: number;
  /** One model's whole step, with its retries. */
  readonly stepMs: number;
}

export const defaultDeadlines: Deadlines = { firstPartMs: 120_000, idleMs: 180_000, stepMs: 600_000 };

/** What ran out. */
export type Late = 'first-part' | 'idle';

export class TookTooLong extends Error {
  readonly late: Late;

  constructor(late: Late) {
    super(`the ${late} deadline passed`);
    this.late = late;
  }
}

/** Waits for provider after provider sign of one attempt: what is slow on our side is not held against it. */
export class Patience {
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #signal: AbortSignal;
  readonly #startedAt: number;

  /** `signal` ends every wait at once. */
  constructor(clock: Clock, deadlines: Deadlines, signal: AbortSignal) {
    this.#clock = clock;
    this.#deadlines = deadlines;
    this.#signal = signal;
    this.#startedAt = clock.mono();
  }

  /** The value of `work`, or a `TookTooLong`: also when the signal ended the wait, which its owner can tell. */
  async await<T>(work: PromiseLike<T>, begun: boolean): Promise<T> {
    const late: Late = begun ? 'idle' : 'first-part';
    const left = begun ? this.#deadlines.idleMs : this.#deadlines.firstPartMs - (this.#clock.mono() - this.#startedAt);
    const limit = deadline(Math.max(0, left), this.#signal);
    try {
      return await Promise.race([work, rejected(limit.signal, new TookTooLong(late))]);
    } finally {
      limit.clear();
    }
  }
}

function rejected(signal: AbortSignal, error: Error): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => reject(error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
