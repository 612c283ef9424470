/**
 * Budgets. Before a model call its cost is **reserved** in every scope that pays; after it the reservation is **settled** with what it cost. A reservation that does
 * not fit is refused, so concurrent calls cannot overshoot together: the overrun is at most what one call in flight costs above its estimate.
 */
import type { Settled } from '@guildhall/protocol';

/** Limits of one scope in one window. Money in micro-dollars (10⁻⁶ USD), so that sums are exact. */
export interface BudgetLimit {
  readonly scope: string;
  /** The calendar day (UTC) `2026-11-21`, or `always`. */
  readonly window: string;
  readonly microUsd?: number;
  readonly tokens?: number;
}

export interface Amount {
  readonly microUsd: number;
  readonly tokens: number;
}

export interface BudgetState {
  readonly scope: string;
  readonly window: string;
  readonly settled: Amount;
  readonly reserved: Amount;
}

export interface BudgetStore {
  /**
   * Reserves `amount` under `id` in every scope, all or nothing. `budget-exhausted` names the scope, its limit and what is left, and records `budget.exhausted`.
   * Reserving the same id again is the same reservation.
   */
  reserveBudget(id: string, limits: readonly BudgetLimit[], amount: Amount): Promise<Settled<null>>;
  /** Replaces the reservation by the actual amount; unknown or settled ids change nothing. A negative or non-finite amount is a fault. */
  settleBudget(id: string, actual: Amount): Promise<void>;
  /** Of one window, or of all; of these scopes, or of all. What was never spent in is absent. */
  readBudgets(window?: string, scopes?: readonly string[]): Promise<readonly BudgetState[]>;
}
