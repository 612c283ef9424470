export {
  afterFindingVerb,
  findingTransitions,
  judgeDisposition,
  judgeRevalidation,
  mayAnswer,
  mayDispose,
  mayRevalidate,
  wrongFindingState,
} from './finding.ts';
export type { Finding, FindingVerb, NewFinding } from './finding.ts';
export { blockersOf, shellWord, judgeWaivers } from './gate.ts';
export { createOrgChart } from './org-chart.ts';
export type { OrgChart } from './org-chart.ts';
export { judgeOutcome } from './outcome.ts';
export type { EndedRun, Judged } from './outcome.ts';
export { planTransitions, waivable } from './plan.ts';
export type { NewPlan, Phase, Plan, PlanFacts } from './plan.ts';
export type { FindingVerbs, PlanVerbs, RoleStore, RoleVerbs, RunVerbs } from './ports.ts';
export { canonicalRoles, createRoleCatalogue } from './role-name.ts';
export type { RoleCatalogue, RoleDefinition } from './role-name.ts';
export { roleRunTransitions, roleTransitions } from './role-session.ts';
export type { Incarnation, NewArtifact, NewRoleRun, RoleRun, RoleSession } from './role-session.ts';
