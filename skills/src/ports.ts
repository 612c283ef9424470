/**
 * What skills ask of a store. One verb is one transaction with its events (stream `installation`; evidence goes to the session's stream). Skills change by these verbs alone, and approving takes a person:
 * the doors ask for the operator's credential, and no tool of an agent reaches them.
 */
import type { Fence } from '@guildhall/kernel';
import type { DriftView, Settled, SkillStatus, SkillUseView } from '@guildhall/protocol';
import type { PolicyRevision, SkillPolicy } from './skill-policy.ts';
import type { FoundSkill, Skill } from './skill.ts';

export interface SkillStore {
  /**
   * What was found on disk, in these scopes. New ones become `discovered` (`staged`, when they lie in the staging place); an approved one whose hash is another becomes `quarantined`; one that is not there
   * any more `gone`; one that was gone and is back with the pinned hash is approved again; one that cannot be read is quarantined. Finding the same again changes nothing and records nothing. `scopes`
   * are those that were looked through whole: what is not in `found` is gone from there.
   */
  observeSkills(found: readonly FoundSkill[], scopes: readonly string[]): Promise<readonly Skill[]>;
  /** Pins the hash of what lies in its scope's folder now. A staged one of that name and scope, which it came from, is `gone`. */
  approveSkill(found: FoundSkill, actor: string): Promise<Settled<Skill>>;
  /** Forgets the pinned hash too: nobody loads it until a person approves it again. */
  quarantineSkill(scope: string, name: string, reason: string, actor: string): Promise<Settled<Skill>>;
  readSkill(scope: string, name: string): Promise<Skill | undefined>;
  listSkills(query: { readonly status?: SkillStatus; readonly name?: string }): Promise<readonly Skill[]>;
  /** The SKILL.md of a hash that was once seen; kept for comparing. */
  readSkillText(hash: string): Promise<string | undefined>;

  proposePolicy(proposal: { readonly policy: SkillPolicy; readonly text: string; readonly note: string; readonly actor: string }): Promise<PolicyRevision>;
  /** Puts a proposed revision in force; the one that was is superseded. `wrong-state` unless it is proposed, or when it was proposed against another revision than the one in force now. */
  approvePolicy(rev: number, actor: string): Promise<Settled<PolicyRevision>>;
  policyInForce(): Promise<PolicyRevision | undefined>;
  readPolicy(rev: number): Promise<PolicyRevision | undefined>;
  listPolicies(limit: number): Promise<readonly PolicyRevision[]>;

  /** What a turn loaded and did not, under the lease of its session; the same skill of the same turn again changes nothing unless it is loaded now and was not. `skill.loaded` for each that was. */
  recordEvidence(fence: Fence, evidence: NewEvidence): Promise<Settled<null>>;
  evidenceOfTurn(turnId: string): Promise<{ readonly policyRev: number | null; readonly uses: readonly SkillUseView[] }>;
  /** Rows of evidence beside what is pinned today, newest first. */
  readDrift(query: { readonly plan?: string; readonly limit: number }): Promise<readonly DriftView[]>;
}

export interface NewEvidence {
  readonly sessionKey: string;
  readonly turnId: string;
  /** Null outside of role sessions. */
  readonly plan: string | null;
  readonly role: string | null;
  readonly policyRev: number | null;
  readonly uses: readonly Omit<SkillUseView, 'at'>[];
}
