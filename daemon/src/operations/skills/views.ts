import type { SkillPolicyView, SkillView } from '@guildhall/protocol';
import { type PolicyRevision, type Skill, policyToDocument, scopeOf } from '@guildhall/skills';

export function viewSkill(skill: Skill): SkillView {
  const { name, description, version, license, asksForTools, status, reason, hash, pinned, files, warnings, folder, seenAt, approvedAt, approvedBy } = skill;
  return {
    name,
    scope: scopeOf(skill.scope),
    description,
    version,
    license,
    asksForTools: [...asksForTools],
    status,
    reason,
    hash,
    pinned,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files: files.map((file) => ({ ...file })),
    warnings: [...warnings],
    folder,
    seenAt,
    approvedAt,
    approvedBy,
  };
}

export function viewPolicy({ rev, status, policy, text, note, proposedBy, proposedAt, approvedBy, approvedAt }: PolicyRevision): SkillPolicyView {
  return { rev, status, document: policyToDocument(policy), text, note, proposedBy, proposedAt, approvedBy, approvedAt };
}
