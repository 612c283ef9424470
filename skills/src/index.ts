export type { NewEvidence, SkillStore } from './ports.ts';
export { skillTransitions } from './skill.ts';
export type { FoundSkill, Skill, SkillFile } from './skill.ts';
export type { AskedSkill, PolicyRevision, RolePolicy, SkillPolicy, SkillTrigger, WorkFacts } from './skill-policy.ts';
