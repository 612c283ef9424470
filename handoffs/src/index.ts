export type { HandoffDecision, HandoffFacts, HandoffQuestion } from './decision.ts';
export { handoffTransitions, openHandoffStatuses } from './handoff.ts';
export type { Endpoint, Handoff, HandoffVerb, NewHandoff } from './handoff.ts';
export type { CancelledPart, HandoffStore, StoredHandoffDecision, SummaryDue } from './ports.ts';
export type { EdgeRules, SourceRules, TargetRules } from './rules.ts';
