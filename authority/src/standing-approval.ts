/**
 * Approvals for always: a person allows an agent exactly one action from now on, bound to everything that can be told of what would run. It stands until a person revokes it.
 */
import { digestOf } from '@guildhall/kernel';
import type { JsonObject, Settled } from '@guildhall/protocol';

/** The action of an agent and what it is bound to: other words, another folder or another content of a file is another digest. */
export function standingDigest(action: { readonly agent: string; readonly tool: string; readonly bound: JsonObject }): string {
  return digestOf({ agent: action.agent, tool: action.tool, bound: action.bound });
}

export interface StandingApproval {
  readonly id: string;
  readonly agent: string;
  readonly tool: string;
  readonly digest: string;
  readonly bound: JsonObject;
  readonly grantedBy: string;
  readonly grantedAt: number;
  /** Absent while it is in force. */
  readonly revokedAt?: number;
  readonly uses: number;
}

/** One is made by answering an approval with `always`. */
export interface StandingApprovalStore {
  /** The one in force for exactly this digest, counted as used. */
  useStandingApproval(digest: string): Promise<StandingApproval | undefined>;
  /** Newest first, those in force before those revoked. */
  listStandingApprovals(): Promise<readonly StandingApproval[]>;
  /** Revokes it; once more changes nothing. `not-found` otherwise. Records `approval.forgotten`. */
  forgetStandingApproval(id: string, by: string): Promise<Settled<StandingApproval>>;
}
