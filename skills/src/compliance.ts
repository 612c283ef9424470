/** What the evidence of a turn proves, and whether it would prove the same today. */
import type { Compliance, DriftView, SkillUseView } from '@guildhall/protocol';
import type { Skill } from './skill.ts';

/** Of what policy wanted loaded; what it only recommends, and what the agent asked for itself, does not count. */
export function complianceOf(uses: readonly Pick<SkillUseView, 'tier' | 'status'>[]): Compliance {
  const wanted = uses.filter((use) => use.tier === 'required' || use.tier === 'triggered');
  if (wanted.length === 0) return 'none';
  const missing = wanted.filter((use) => use.status !== 'loaded');
  if (missing.length === 0) return 'verified';
  return missing.length === wanted.length || missing.some((use) => use.tier === 'required') ? 'missing' : 'partial';
}

/** `skills`: all of that name, as they are known now. */
export function judgeDrift(use: Pick<SkillUseView, 'status' | 'found'>, skills: readonly Pick<Skill, 'status' | 'pinned' | 'hash'>[]): DriftView['drift'] {
  if (use.status === 'offered') return 'none';
  if (use.status !== 'loaded') return 'not-loaded';
  const same = skills.filter((skill) => skill.pinned === use.found);
  if (same.some((skill) => skill.status === 'approved')) return 'none';
  if (same.length > 0) return 'changed-on-disk';
  return skills.some((skill) => skill.status === 'approved') ? 'approved-since' : 'quarantined';
}
