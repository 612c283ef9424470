/**
 * A finding waits for the Lead and for nobody else. The Lead accepts it (somebody mends it, and the named roles look again), rejects it, defers it, or asks about it. Nothing is mended by itself, and
 * nothing that was accepted is closed before everybody who must look again has passed it.
 */
import type { FindingStatus, Provenance, Severity } from '@guildhall/protocol';

export type FindingVerb = 'accept' | 'reject' | 'defer' | 'ask' | 'answer' | 'remediate' | 'pass' | 'fail';

export const findingTransitions = {
  reported: { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'asked' },
  asked: { answer: 'reported', accept: 'accepted', reject: 'rejected', defer: 'deferred' },
  deferred: { accept: 'accepted', reject: 'rejected', ask: 'asked' },
  accepted: { remediate: 'remediated' },
  remediated: { pass: 'closed', fail: 'accepted' },
  rejected: {},
  closed: {},
} as const satisfies Record<FindingStatus, Partial<Record<FindingVerb, FindingStatus>>>;

export interface NewFinding {
  readonly id: string;
  readonly plan: string;
  readonly title: string;
  readonly severity: Severity;
  readonly description: string;
  readonly evidence: readonly { readonly what: string; readonly ref: string }[];
  /** A canonical role, or `operator`. */
  readonly reportedBy: string;
  readonly run: string | null;
  /** The turn that reported it and the call within it, so that the same call reports once. */
  readonly turnId: string | null;
  readonly callId: string | null;
  readonly provenance: Provenance;
  readonly actor: string;
}

export interface Finding extends Omit<NewFinding, 'actor' | 'callId'> {
  readonly status: FindingStatus;
  readonly reportedAt: number;
  /** How many steps it went: together with its id the name of what the Lead is to be told. */
  readonly step: number;
  readonly history: readonly { readonly at: number; readonly by: string; readonly verb: string; readonly text: string }[];
  /** The role that mends it, once accepted. */
  readonly assignTo: string | null;
  /** Counts the attempts to mend it, from 1. */
  readonly round: number;
  readonly task: string | null;
  readonly revalidation: readonly { readonly role: string; readonly verdict: 'pending' | 'passed' | 'failed'; readonly at: number | null }[];
}
