/**
 * A finding waits for the Lead and for nobody else. The Lead accepts it (somebody mends it, and the named roles look again), rejects it, defers it, or asks about it. Nothing is mended by itself, and
 * nothing that was accepted is closed before everybody who must look again has passed it.
 */
import { done, refuse, type Disposition, type FindingStatus, type Provenance, type Settled, type Severity } from '@guildhall/protocol';

export type FindingVerb = 'accept' | 'reject' | 'defer' | 'ask' | 'answer' | 'remediate' | 'abandon' | 'pass' | 'fail';

export const findingTransitions = {
  reported: { accept: 'accepted', reject: 'rejected', defer: 'deferred', ask: 'asked' },
  asked: { answer: 'reported', accept: 'accepted', reject: 'rejected', defer: 'deferred' },
  deferred: { accept: 'accepted', reject: 'rejected', ask: 'asked' },
  // Its task was done, or put away undone: then it is for the Lead again.
  accepted: { remediate: 'remediated', abandon: 'reported' },
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
  /** The step of its history that brought it where it stands, from 1: together with its id the name of what the Lead is to be told. */
  readonly step: number;
  readonly history: readonly { readonly at: number; readonly by: string; readonly verb: string; readonly text: string }[];
  /** Who accepted it last, and the chain that led to that: on their word it is mended, in every round. */
  readonly accepted: { readonly by: string; readonly provenance: Provenance } | null;
  /** The role that mends it, once accepted. */
  readonly assignTo: string | null;
  /** Counts the attempts to mend it, from 1. */
  readonly round: number;
  readonly task: string | null;
  readonly revalidation: readonly { readonly role: string; readonly verdict: 'pending' | 'passed' | 'failed'; readonly at: number | null }[];
}

/** What is decided about a finding, as it was asked: null and empty where the usual is meant. */
export interface Verdict {
  readonly verb: Disposition;
  /** The reason, or the question. */
  readonly text: string;
  readonly assignTo: string | null;
  readonly revalidateBy: readonly string[];
}

export interface Disposed {
  readonly status: FindingStatus;
  /** Both only when it was accepted: else null, and nobody. */
  readonly assignTo: string | null;
  readonly revalidateBy: readonly string[];
}

/** Where the verb leads from there; undefined where it is not possible. */
export function afterFindingVerb(status: FindingStatus, verb: FindingVerb): FindingStatus | undefined {
  return Object.entries(findingTransitions[status]).find(([possible]) => possible === verb)?.[1];
}

/** `actor` is a role, or `operator`. Who reported it answers what was asked about it; the operator may for anybody. */
export function mayAnswer(actor: string, finding: Pick<Finding, 'reportedBy'>): boolean {
  return actor === 'operator' || actor === finding.reportedBy;
}

/** A role speaks for itself; the operator may speak for any that must look again. */
export function mayRevalidate(actor: string, role: string): boolean {
  return actor === 'operator' || actor === role;
}

/**
 * What a verdict makes of a finding. Without being told otherwise the developer mends it, and who reported it looks again; the validator does where that was a person, or the one who mends.
 * `wrong-state` by the table; `invalid-input` without the reason it needs, or when nobody but the one who mends it would look again.
 */
export function judgeDisposition(finding: Pick<Finding, 'id' | 'status' | 'reportedBy'>, verdict: Verdict): Settled<Disposed> {
  const status = afterFindingVerb(finding.status, verdict.verb);
  if (status === undefined) return wrongFindingState(finding, verdict.verb);
  if (verdict.verb !== 'accept') return verdict.text.trim() === '' ? refuseSilence(finding, verdict.verb) : done({ status, assignTo: null, revalidateBy: [] });
  const assignTo = verdict.assignTo ?? 'developer';
  const revalidateBy = verdict.revalidateBy.length === 0 ? [usualRevalidator(finding.reportedBy, assignTo)] : [...new Set(verdict.revalidateBy)];
  if (revalidateBy.every((role) => role === assignTo))
    return refuse(
      'invalid-input',
      `"${assignTo}" would mend the finding ${finding.id} and be the only one to look at it again; name another role in "revalidateBy"`,
      {
        finding: finding.id,
        assignTo,
      },
    );
  return done({ status, assignTo, revalidateBy });
}

function usualRevalidator(reportedBy: string, assignTo: string): string {
  return reportedBy === 'operator' || reportedBy === assignTo ? 'validator' : reportedBy;
}

function refuseSilence({ id }: Pick<Finding, 'id'>, verb: Disposition): Settled<never> {
  const needed = verb === 'ask' ? 'a question' : 'a reason';
  return refuse('invalid-input', `to ${verb} the finding ${id} needs ${needed}; say it`, { finding: id, verb });
}

export function wrongFindingState({ id, status }: Pick<Finding, 'id' | 'status'>, verb: string): Settled<never> {
  return refuse('wrong-state', `the finding ${id} is ${status}, and "${verb}" is not possible there; ${nextOf[status](id)}`, { finding: id, status, verb });
}

const nextOf: { readonly [status in FindingStatus]: (id: string) => string } = {
  reported: (id) => `the Lead decides first, or you: guildhall findings accept ${id}`,
  asked: (id) => `answer what was asked: guildhall findings answer ${id} "…"`,
  deferred: (id) => `to have it mended after all: guildhall findings accept ${id}`,
  accepted: (id) => `its task comes first; why that takes so long says: guildhall why ${id}`,
  remediated: (id) => `whoever must look again says how it is: guildhall findings revalidate ${id} "how you know" --passed`,
  rejected: (id) => `it is settled; read it with guildhall findings show ${id}, and report what is new as another one`,
  closed: (id) => `it is settled; read it with guildhall findings show ${id}, and report what is new as another one`,
};

/**
 * What the word of one role makes of a remediated finding: closed when everybody who must look again has passed it, accepted anew when one says no, and until then undefined.
 * `not-allowed` for a role that was not asked to look again, `wrong-state` for one that has said what it found.
 */
export function judgeRevalidation(
  finding: Pick<Finding, 'id' | 'status' | 'revalidation'>,
  { role, passed }: { readonly role: string; readonly passed: boolean },
): Settled<FindingStatus | undefined> {
  const status = afterFindingVerb(finding.status, passed ? 'pass' : 'fail');
  if (status === undefined) return wrongFindingState(finding, 'revalidate');
  const own = finding.revalidation.find((each) => each.role === role);
  if (own === undefined)
    return refuse('not-allowed', `the ${role} was not asked to look at the finding ${finding.id} again; ${namesOf(finding)} must`, {
      finding: finding.id,
      role,
    });
  if (own.verdict !== 'pending')
    return refuse('wrong-state', `the ${role} has looked at the finding ${finding.id} again and said "${own.verdict}"`, { finding: finding.id, role });
  const isLast = finding.revalidation.every((each) => each === own || each.verdict === 'passed');
  return done(!passed || isLast ? status : undefined);
}

function namesOf({ revalidation }: Pick<Finding, 'revalidation'>): string {
  return revalidation.map(({ role }) => role).join(', ');
}
