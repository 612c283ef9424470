/** What the configuration in force says of one edge, and of the actions its chain may not take. */
import type { ActionDefinition, RiskLevel } from '@guildhall/protocol';

/** Undefined where the configuration names no such source or target. */
export interface EdgeRules {
  readonly enabled: boolean;
  readonly source: SourceRules | undefined;
  readonly target: TargetRules;
  /** Classes of risk by name. */
  readonly riskClasses: ReadonlyMap<string, RiskLevel>;
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  /** How long a request is the same as the one before it. */
  readonly duplicateWindowMs: number;
  readonly breaker: { readonly failures: number; readonly restMs: number };
}

export interface SourceRules {
  /** Agent ids. */
  readonly allowedTargets: readonly string[];
  readonly maxDepth: number;
  /** Different targets that may have something open for this source at once. */
  readonly maxConcurrentTargets: number;
  readonly defaultRisk: string;
  readonly requireHumanConfirmationFor: readonly string[];
  /** Added to every handoff of this source. */
  readonly forbidden: readonly string[];
  readonly maxPerHour: number;
  /** What one may cost with everything it leads to. */
  readonly microUsdPerHandoff?: number | undefined;
  readonly tokensPerHandoff?: number | undefined;
}

export interface TargetRules {
  /** Agent ids; `'*'`: whoever may name it. */
  readonly allowedSources: '*' | readonly string[];
  /** Handoffs that run at once. */
  readonly maxConcurrent: number;
  /** Handoffs that may wait behind them. */
  readonly maxWaiting: number;
  /** The least risk of any handoff to this target. */
  readonly risk: string;
}
