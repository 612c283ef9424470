/** A skill as it lies on disk, and as it is known here. */
import type { SkillStatus } from '@guildhall/protocol';

export type SkillVerb = 'approve' | 'quarantine' | 'change' | 'lose' | 'return';

/** `change`: other bytes than the approved ones were found. `return`: the approved bytes are back where nothing was. Whatever is not approved is inert. */
export const skillTransitions = {
  discovered: { approve: 'approved', quarantine: 'quarantined', change: 'discovered', lose: 'gone' },
  staged: { approve: 'approved', quarantine: 'quarantined', change: 'staged', lose: 'gone' },
  approved: { approve: 'approved', quarantine: 'quarantined', change: 'quarantined', lose: 'gone' },
  quarantined: { approve: 'approved', change: 'quarantined', quarantine: 'quarantined', lose: 'gone' },
  gone: { return: 'approved', change: 'quarantined' },
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
  readonly scope: string;
  readonly folder: string;
  readonly staged: boolean;
  readonly description: string;
  readonly version: string;
  readonly license: string;
  readonly asksForTools: readonly string[];
  /** SHA-256 over the sorted list of paths and hashes of files: any byte of any file changes it. */
  readonly hash: string;
  readonly files: readonly SkillFile[];
  /** SKILL.md, whole. */
  readonly text: string;
  readonly warnings: readonly string[];
}

export interface Skill extends Omit<FoundSkill, 'staged' | 'text'> {
  readonly status: SkillStatus;
  readonly reason: string;
  readonly pinned: string;
  readonly seenAt: number;
  readonly approvedAt: number | null;
  readonly approvedBy: string | null;
}
