/**
 * The only place where time comes from. `now` is the wall clock, for people to read; `mono` never steps back, for deadlines and leases.
 * Concepts take a `Clock`; tests pass one that moves when told.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never steps back. */
  mono(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. Longer than 2^31 ms is waited for in parts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay a timer of the platform takes before it fires at once. */
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  async sleep(ms, signal) {
    let left = Math.max(0, ms);
    while (left > 0 && signal?.aborted !== true) {
      const part = Math.min(left, longestTimerMs);
      await waitOnce(part, signal);
      left -= part;
    }
  },
};

function waitOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** A signal that aborts when any of `signals` does or after `ms`. Call `clear` when the work is over, so that no timer outlives it. */
export function deadline(
  ms: number,
  ...signals: readonly (AbortSignal | undefined)[]
): { readonly signal: AbortSignal; readonly expired: () => boolean; readonly clear: () => void } {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(
    () => {
      expired = true;
      controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
    },
    Math.min(ms, longestTimerMs),
  );
  const onAbort = (event: Event) => controller.abort((event.target as AbortSignal).reason);
  for (const signal of signals) {
    if (signal?.aborted === true) controller.abort(signal.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
  }
  const clear = () => {
    clearTimeout(timer);
    for (const signal of signals) signal?.removeEventListener('abort', onAbort);
  };
  return { signal: controller.signal, expired: () => expired, clear };
}
