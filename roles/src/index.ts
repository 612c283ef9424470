export { findingTransitions } from './finding.ts';
export type { Finding, FindingVerb, NewFinding } from './finding.ts';
export { planTransitions, waivable } from './plan.ts';
export type { NewPlan, Phase, Plan, PlanFacts } from './plan.ts';
export type { FindingVerbs, PlanVerbs, RoleStore, RoleVerbs, RunVerbs } from './ports.ts';
export { roleRunTransitions, roleTransitions } from './role-session.ts';
export type { Incarnation, NewArtifact, NewRoleRun, RoleRun, RoleSession } from './role-session.ts';
