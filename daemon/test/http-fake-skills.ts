/** Skills behind the door that answer everything with the same one, and remember what they were asked. */
import { done, type PolicyDiffView, type SkillPolicyView, type SkillView } from '@guildhall/protocol';
import type { SkillOperations } from '../src/skill-operations.ts';

const skill: SkillView = {
  name: 'review',
  scope: 'global',
  description: 'how we review',
  version: '1',
  license: '',
  asksForTools: [],
  status: 'discovered',
  reason: '',
  hash: 'f',
  pinned: '',
  bytes: 1,
  files: [],
  warnings: [],
  folder: '/s',
  seenAt: 1,
  approvedAt: null,
  approvedBy: null,
};

const policy: SkillPolicyView = {
  rev: 1,
  status: 'proposed',
  document: { roles: {} },
  text: 'roles: {}',
  note: '',
  proposedBy: 'operator',
  proposedAt: 1,
  approvedBy: null,
  approvedAt: null,
};

const diff: PolicyDiffView = { rev: 1, against: null, changes: [], warnings: [] };

export function createFakeSkills(calls: string[]): SkillOperations {
  const tell =
    <T>(name: string, value: T) =>
    async () => {
      calls.push(`skills.${name}`);
      return done(value);
    };
  return {
    listSkills: async () => [skill],
    readSkill: tell('readSkill', { ...skill, text: '# Review', approvedText: null }),
    stageSkill: tell('stageSkill', skill),
    approveSkill: tell('approveSkill', skill),
    quarantineSkill: tell('quarantineSkill', skill),
    policyInForce: tell('policyInForce', policy),
    listPolicies: async () => [policy],
    readPolicy: tell('readPolicy', policy),
    proposePolicy: tell('proposePolicy', policy),
    diffPolicy: tell('diffPolicy', diff),
    approvePolicy: tell('approvePolicy', policy),
    readDrift: async () => [],
  };
}
