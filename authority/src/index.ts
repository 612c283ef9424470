export { askLayer, askStack, canonicalToolName, matchesPattern, toolGroups } from './policy.ts';
export type { PolicyAnswer } from './policy.ts';
export { deriveProvenance, lessTrusted, rootProvenance } from './provenance.ts';
export { decide } from './gate.ts';
export type { Decision, GateQuestion, GuardAnswer } from './gate.ts';
export { approvalTransitions } from './approval.ts';
export type { Approval, ApprovalStatus, ApprovalStore, CanonicalAction, NewApproval } from './approval.ts';
export type { Amount, BudgetLimit, BudgetState, BudgetStore } from './budget.ts';
export type { Credential, CredentialStore, NewCredential, Scope } from './credential.ts';
