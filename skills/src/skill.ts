/** A skill as it lies on disk, and as it is known here. */
import type { SkillStatus } from '@guildhall/protocol';

export type SkillVerb = 'discover' | 'stage' | 'approve' | 'quarantine' | 'change' | 'lose' | 'return';

/**
 * `change`: other bytes than before were found. `return`: the approved bytes are back where nothing was. `discover`, `stage`: one that was never approved is readable (again). Whatever is not approved is
 * inert, and only a person approves.
 */
export const skillTransitions = {
  discovered: { approve: 'approved', quarantine: 'quarantined', change: 'discovered', lose: 'gone' },
  staged: { approve: 'approved', quarantine: 'quarantined', change: 'staged', lose: 'gone' },
  approved: { approve: 'approved', quarantine: 'quarantined', change: 'quarantined', lose: 'gone' },
  quarantined: { approve: 'approved', change: 'quarantined', quarantine: 'quarantined', lose: 'gone', discover: 'discovered', stage: 'staged' },
  gone: { approve: 'approved', return: 'approved', change: 'quarantined', quarantine: 'quarantined', discover: 'discovered', stage: 'staged' },
} as const satisfies Record<SkillStatus, Partial<Record<SkillVerb, SkillStatus>>>;

export interface SkillFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What reading a folder made of it. */
export interface FoundSkill {
  readonly name: string;
  /** Where it lies; `staged:<scope>` in the staging place, waiting for that scope. */
  readonly scope: string;
  readonly folder: string;
  readonly description: string;
  readonly version: string;
  readonly license: string;
  readonly asksForTools: readonly string[];
  /** SHA-256 over the sorted list of paths and hashes of files: any byte of any file changes it. Empty when it cannot be read. */
  readonly hash: string;
  readonly files: readonly SkillFile[];
  /** SKILL.md, whole. */
  readonly text: string;
  readonly warnings: readonly string[];
  /** Why the folder cannot be read as a skill; empty when it can. */
  readonly problem: string;
}

export interface Skill extends Omit<FoundSkill, 'text' | 'problem'> {
  readonly status: SkillStatus;
  readonly reason: string;
  /** The approved hash; kept while it is quarantined or gone, until a person quarantines it. */
  readonly pinned: string;
  readonly seenAt: number;
  readonly approvedAt: number | null;
  readonly approvedBy: string | null;
}

const staging = 'staged:';

export function stagedFor(scope: string): string {
  return `${staging}${scope}`;
}

export function isStaged(scope: string): boolean {
  return scope.startsWith(staging);
}

/** The scope it is for, wherever it lies now. */
export function scopeOf(scope: string): string {
  return isStaged(scope) ? scope.slice(staging.length) : scope;
}
