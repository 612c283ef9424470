/** A plan: the piece of work that scopes role sessions. */
import type { BlockerKind, Compliance, FindingStatus, PlanStatus, RoleRunOutcome, RoleRunStatus, TaskStatus, WaiverView } from '@guildhall/protocol';

export type PlanVerb = 'complete' | 'reopen';

export const planTransitions = {
  open: { complete: 'completed' },
  completed: { reopen: 'open' },
} as const satisfies Record<PlanStatus, Partial<Record<PlanVerb, PlanStatus>>>;

export interface Phase {
  readonly name: string;
  /** Canonical roles, each of which must have a successful run in the phase. */
  readonly roles: readonly string[];
}

export interface NewPlan {
  readonly id: string;
  readonly title: string;
  readonly goal: string;
  readonly packet: string;
  readonly phases: readonly Phase[];
  readonly createdBy: string;
}

export interface Plan extends NewPlan {
  readonly status: PlanStatus;
  readonly packetRev: number;
  readonly waivers: readonly WaiverView[];
  readonly costMicroUsd: number;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly completedBy: string | null;
}

/** What the completion gate looks at. */
export interface PlanFacts {
  readonly plan: Plan;
  readonly runs: readonly {
    readonly id: string;
    readonly role: string;
    readonly phase: string | null;
    readonly status: RoleRunStatus;
    readonly outcome: RoleRunOutcome | null;
    readonly compliance: Compliance;
    /** Of the same role (and phase), a later run took its place. */
    readonly superseded: boolean;
  }[];
  readonly findings: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: FindingStatus;
    readonly task: string | null;
    readonly pending: readonly string[];
  }[];
  /** Tasks that mend findings of the plan. */
  readonly tasks: readonly { readonly id: string; readonly title: string; readonly status: TaskStatus }[];
}

export const waivable = {
  'run-open': false,
  'run-unproven': true,
  'skills-missing': true,
  'phase-open': true,
  'finding-undecided': false,
  'finding-not-remediated': true,
  'finding-not-revalidated': true,
  'finding-deferred': true,
  'task-open': true,
} as const satisfies Record<BlockerKind, boolean>;
