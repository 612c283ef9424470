/**
 * Spares a provider that fails, and the turns that would wait for it. One breaker per provider and model: **closed** asks freely; after `failures` in a row it is **open** and
 * refuses at once for `restMs`; then one step may **probe**, and closes or opens it again.
 */
import type { Clock } from '@guildhall/kernel';
import type { ModelFailure, ModelFailureCode } from '@guildhall/sessions';

export interface BreakerSettings {
  readonly failures: number;
  readonly restMs: number;
}

export const defaultBreaker: BreakerSettings = { failures: 5, restMs: 30_000 };

/** Failures that say something about the provider's health, when they may pass. A refused key or a long prompt does not; neither does a limit, whose own waiting time counts. */
const unwell: ReadonlySet<ModelFailureCode> = new Set(['unreachable', 'timed-out', 'bad-answer', 'cut-off', 'overloaded']);

interface Ailing {
  failures: number;
  /** Monotonic time until which nothing is asked; undefined while closed. */
  restUntil: number | undefined;
  probing: boolean;
  last: ModelFailure;
}

/** The no of an open breaker. */
export interface Resting {
  readonly failures: number;
  readonly waitMs: number;
  readonly last: ModelFailure;
}

export class Breakers {
  readonly #clock: Clock;
  readonly #settings: BreakerSettings;
  /** Only models that failed at their last try. */
  readonly #ailing = new Map<string, Ailing>();

  constructor(clock: Clock, settings: BreakerSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Undefined: go ahead, and say how it went. */
  admit(model: string): Resting | undefined {
    const ailing = this.#ailing.get(model);
    if (ailing?.restUntil === undefined) return undefined;
    const waitMs = Math.max(0, ailing.restUntil - this.#clock.mono());
    if (waitMs > 0 || ailing.probing) return { failures: ailing.failures, waitMs, last: ailing.last };
    ailing.probing = true;
    return undefined;
  }

  /** How an admitted attempt went; `undefined` when it ended for reasons of our own. */
  record(model: string, outcome: 'answered' | ModelFailure | undefined): void {
    if (outcome === 'answered') {
      this.#ailing.delete(model);
      return;
    }
    const ailing = this.#ailing.get(model);
    if (outcome === undefined || !outcome.retryable || !unwell.has(outcome.code)) {
      if (ailing !== undefined) ailing.probing = false;
      return;
    }
    const failures = (ailing?.failures ?? 0) + 1;
    const restUntil = failures >= this.#settings.failures ? this.#clock.mono() + this.#settings.restMs : undefined;
    this.#ailing.set(model, { failures, restUntil, probing: false, last: outcome });
  }
}
