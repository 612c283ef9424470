/**
 * Approvals. A person says yes or no to exactly one action: the approval is bound to the digest of the canonical action, is used once, and runs out.
 * No answer is no.
 */
import type { JsonObject, Provenance, Settled } from '@guildhall/protocol';

/** pending → approved | denied | expired; approved → used. Nothing leaves the other three. */
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'used';

export const approvalTransitions = {
  pending: { approve: 'approved', deny: 'denied', expire: 'expired' },
  approved: { use: 'used', expire: 'expired' },
  denied: {},
  expired: {},
  used: {},
} as const satisfies Record<ApprovalStatus, Partial<Record<'approve' | 'deny' | 'expire' | 'use', ApprovalStatus>>>;

/** `always`: yes, and from now on without asking; only where the approval has a `standingDigest`. */
export type ApprovalAnswer = 'approve' | 'always' | 'deny';

/** What is to be done, in canonical form: what was judged is what runs. */
export interface CanonicalAction {
  readonly agent: string;
  readonly session: string;
  readonly tool: string;
  readonly args: JsonObject;
}

export interface Approval {
  readonly id: string;
  /** `digestOf(CanonicalAction)`. */
  readonly digest: string;
  readonly action: CanonicalAction;
  /** Why it asks, in one sentence written by us, never by the agent. */
  readonly reason: string;
  readonly sessionKey: string;
  readonly turnId: string;
  readonly callId: string;
  /** What it is bound to beside the arguments: the words and the content of the files they name. Absent where that cannot be told. */
  readonly bound?: JsonObject;
  /** What a yes for always would be good for; absent where there can be none. */
  readonly standingDigest?: string;
  readonly status: ApprovalStatus;
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly answeredBy?: string;
  readonly answeredAt?: number;
  readonly answerReason?: string;
}

export interface NewApproval {
  readonly id: string;
  readonly digest: string;
  readonly action: CanonicalAction;
  readonly reason: string;
  readonly sessionKey: string;
  readonly turnId: string;
  readonly callId: string;
  readonly bound?: JsonObject;
  readonly standingDigest?: string;
  readonly expiresInMs: number;
  readonly provenance: Provenance;
}

export interface ApprovalStore {
  /** Asks once per `(turnId, callId)`: asking again returns what is there. Records `approval.asked` in the session's stream. */
  askApproval(approval: NewApproval): Promise<Approval>;
  readApproval(id: string): Promise<Approval | undefined>;
  /** Newest first; with `sessionKeys`, those asked for in these sessions. */
  listApprovals(query: { readonly status?: ApprovalStatus; readonly sessionKeys?: readonly string[]; readonly limit: number }): Promise<readonly Approval[]>;
  /**
   * `not-found`; `wrong-state` when it was answered or has expired; `not-allowed` for always where that is not offered, and then it stays pending. Records `approval.given` or
   * `approval.denied`, with always also `approval.remembered`.
   */
  answerApproval(id: string, answer: ApprovalAnswer, by: string, reason?: string): Promise<Settled<Approval>>;
  /** Uses an approved, unexpired approval whose digest is `digest`, in one statement. `approval-expired`, `approval-denied` or `wrong-state` otherwise. */
  useApproval(id: string, digest: string): Promise<Settled<Approval>>;
  /** Expires what ran out; returns it. Records `approval.expired`. */
  expireApprovals(): Promise<readonly Approval[]>;
}
