/** Who must load which skills. */
import type { SkillTier } from '@guildhall/protocol';

export interface SkillTrigger {
  readonly skill: string;
  readonly paths: readonly string[];
  readonly labels: readonly string[];
  readonly words: readonly string[];
}

export interface RolePolicy {
  readonly required: readonly string[];
  readonly recommended: readonly string[];
  readonly triggered: readonly SkillTrigger[];
  readonly blocking: boolean;
}

/** By canonical role; a role that is not named must load nothing. */
export type SkillPolicy = ReadonlyMap<string, RolePolicy>;

export interface PolicyRevision {
  readonly rev: number;
  readonly status: 'proposed' | 'in-force' | 'superseded';
  readonly policy: SkillPolicy;
  readonly text: string;
  readonly note: string;
  /** The revision in force when it was proposed. */
  readonly against: number | null;
  readonly proposedBy: string;
  readonly proposedAt: number;
  readonly approvedBy: string | null;
  readonly approvedAt: number | null;
}

/** What a piece of work is about, as far as triggers can tell. */
export interface WorkFacts {
  readonly words: string;
  readonly labels: readonly string[];
  readonly paths: readonly string[];
}

export interface AskedSkill {
  readonly skill: string;
  readonly tier: SkillTier;
  /** Which path, label or word triggered it. */
  readonly because: string;
}
