/** What the doors can ask about skills and their policy. Changing either takes a person; no tool of an agent reaches these verbs. */
import type { Credential } from '@guildhall/authority';
import type {
  ApproveSkillRequest,
  DriftView,
  PolicyDiffView,
  ProposePolicyRequest,
  QuarantineSkillRequest,
  Settled,
  SkillDetail,
  SkillPolicyView,
  SkillView,
  StageSkillRequest,
} from '@guildhall/protocol';

export interface SkillOperations {
  listSkills(): Promise<readonly SkillView[]>;
  /** Without a scope: the narrowest there is. */
  readSkill(name: string, scope?: string): Promise<Settled<SkillDetail>>;
  stageSkill(request: StageSkillRequest, by: Credential): Promise<Settled<SkillView>>;
  approveSkill(name: string, request: ApproveSkillRequest, by: Credential): Promise<Settled<SkillView>>;
  quarantineSkill(name: string, request: QuarantineSkillRequest, by: Credential): Promise<Settled<SkillView>>;
  /** `not-found` before the first was approved. */
  policyInForce(): Promise<Settled<SkillPolicyView>>;
  listPolicies(): Promise<readonly SkillPolicyView[]>;
  readPolicy(rev: number): Promise<Settled<SkillPolicyView>>;
  proposePolicy(request: ProposePolicyRequest, by: Credential): Promise<Settled<SkillPolicyView>>;
  diffPolicy(rev: number): Promise<Settled<PolicyDiffView>>;
  approvePolicy(rev: number, by: Credential): Promise<Settled<SkillPolicyView>>;
  readDrift(query: { readonly plan?: string; readonly limit: number }): Promise<readonly DriftView[]>;
}
