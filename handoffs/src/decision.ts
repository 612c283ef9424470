/** Judging a handoff: every guardrail is asked, also after the first no, and each says what it looked at. Pure; who counts is the store, in the transaction that stores the answer. */
import type { Amount, BudgetLimit, BudgetState } from '@guildhall/authority';
import type { DecisionMoment, Guardrail, GuardrailAnswer, GuardrailVerdict, HandoffStatus, Provenance, RiskLevel } from '@guildhall/protocol';
import type { Endpoint } from './endpoint.ts';
import type { EdgeRules } from './rules.ts';

/** What is known before anything is counted. */
export interface HandoffQuestion {
  readonly moment: DecisionMoment;
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly task: string;
  readonly risk: string;
  readonly forbidden: readonly string[];
  readonly mustAsk: boolean;
  /** Of the turn that asks; null for a person, who begins a chain. */
  readonly chain: Provenance | null;
  /** Why the target cannot take work now, in a sentence; null when it can. */
  readonly targetClosed: string | null;
  /** Why nobody would see it, in a sentence; null when people will. */
  readonly hidden: string | null;
  readonly rules: EdgeRules;
  readonly reservation: HandoffReservation | null;
}

/** What one handoff may cost, and the scopes it is set aside in. */
export interface HandoffReservation {
  readonly limits: readonly BudgetLimit[];
  readonly amount: Amount;
}

/** What the store counted, under the locks of source, target and edge. The handoff itself is not among the counted. */
export interface HandoffFacts {
  /** An earlier handoff that this one repeats. */
  readonly earlier: { readonly id: string; readonly status: HandoffStatus } | null;
  readonly runningAtTarget: number;
  readonly waitingAtTarget: number;
  /** Targets of the source with something open, this one not among them. */
  readonly otherOpenTargets: readonly string[];
  readonly requestedLastHour: number;
  /** Of the scopes of the reservation; empty when nothing is reserved, or is reserved already. */
  readonly budgets: readonly BudgetState[];
  readonly breaker: { readonly failures: number; readonly state: 'closed' | 'open' | 'half-open'; readonly opensInMs: number };
}

export interface HandoffDecision {
  readonly moment: DecisionMoment;
  readonly verdict: GuardrailVerdict;
  readonly decidedBy: Guardrail | null;
  readonly rule: string;
  readonly riskLevel: RiskLevel;
  /** Everything that may not be done, the source's own additions among it; sorted. */
  readonly forbidden: readonly string[];
  /** Of exactly what would run and under which rules: what an approval is bound to. */
  readonly digest: string;
  readonly answers: readonly GuardrailAnswer[];
}
