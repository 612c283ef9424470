/**
 * What became of a piece of work, judged by what is there to be seen: files, calls that did something, findings on record. What the answer claims is no evidence of anything but that there is an
 * answer.
 */
import type { ProofKind, RoleRunOutcome, RunEvidence } from '@guildhall/protocol';

export interface EndedRun {
  readonly proof: ProofKind;
  readonly turn: {
    readonly status: 'completed' | 'failed' | 'cancelled' | 'absorbed';
    readonly reason: string;
    /** Empty where there is none. */
    readonly answer: string;
  };
  /** A skill without which the role must not work could not be loaded, and no model was asked. */
  readonly blocked: boolean;
  /** What the person who did it says of it; null where an agent did. */
  readonly person: 'succeeded' | 'failed' | null;
  /** Calls that do something, as opposed to looking; in order. */
  readonly actions: readonly {
    readonly callId: string;
    readonly tool: string;
    readonly outcome: 'done' | 'failed' | 'refused' | 'timed-out' | 'cancelled' | 'unknown';
  }[];
  /** Files it left behind. Empty ones show nothing. */
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
  /** What was to be there, and which files are. */
  readonly expects: readonly { readonly pattern: string; readonly found: readonly string[] }[];
  readonly findings: readonly string[];
}

export interface Judged {
  readonly outcome: RoleRunOutcome;
  /** Why it did not succeed; empty where it did. */
  readonly reason: string;
  readonly evidence: readonly RunEvidence[];
}

export function judgeOutcome(run: EndedRun): Judged {
  const evidence = evidenceOf(run);
  const judged = (outcome: RoleRunOutcome, reason: string): Judged => ({ outcome, reason, evidence });
  const { turn } = run;
  if (run.blocked) return judged('blocked', turn.reason);
  if (turn.status === 'cancelled') return judged('cancelled', turn.reason);
  if (turn.status === 'absorbed') return judged('cancelled', 'it was taken into another turn of its session');
  if (turn.status === 'failed') return judged('failed', turn.reason);
  if (run.person === 'failed') return judged('failed', 'the person who fills the role says that it failed');
  const missing = run.expects.filter(({ found }) => found.length === 0).map(({ pattern }) => pattern);
  if (missing.length > 0) return judged('unproven', `what was to be there is not: ${missing.join(', ')}.${inVain(run)}`);
  if (run.person === 'succeeded' || run.expects.length > 0) return judged('succeeded', '');
  const lacks = lackOf(run);
  return lacks === undefined ? judged('succeeded', '') : judged('unproven', `${lacks}${inVain(run)}`);
}

/** What the kind of proof asks for and is not there. */
function lackOf({ proof, turn, actions, files }: EndedRun): string | undefined {
  const hasFile = files.some(({ bytes }) => bytes > 0);
  switch (proof) {
    case 'answer':
      return turn.answer.trim() === '' ? 'it gave no answer' : undefined;
    case 'artifact':
      return hasFile ? undefined : 'it answered, and left no file behind.';
    case 'action':
      return hasFile || actions.some(({ outcome }) => outcome === 'done')
        ? undefined
        : 'it answered, and neither left a file nor did anything that is on record.';
    default:
      return proof satisfies never;
  }
}

/** Calls that were to do something and did not, or nobody knows; what the answer says of them counts for nothing. */
function inVain({ actions }: EndedRun): string {
  const vain = actions.filter(({ outcome }) => outcome !== 'done').map(({ tool, outcome }) => `${tool} (${outcome})`);
  return vain.length === 0 ? '' : ` Without effect, or nobody knows: ${[...new Set(vain)].join(', ')}.`;
}

const mostEvidence = 200;

/** What shows something. Calls that were refused or failed are on record in the turn, and are evidence of nothing. */
function evidenceOf({ turn, actions, files, findings }: EndedRun): readonly RunEvidence[] {
  const effective = actions.filter(({ outcome }) => outcome === 'done');
  return [
    ...files.map(({ path, sha256, bytes }): RunEvidence => ({ kind: 'artifact', ref: path, note: `${bytes} bytes, sha256 ${sha256}` })),
    ...findings.map((id): RunEvidence => ({ kind: 'finding', ref: id, note: 'reported' })),
    ...effective.map(({ callId, tool, outcome }): RunEvidence => ({
      kind: tool === 'revalidate_finding' ? 'verdict' : 'tool-call',
      ref: callId,
      note: `${tool}: ${outcome}`,
    })),
    ...(turn.answer === '' ? [] : [{ kind: 'answer', ref: '', note: `${turn.answer.length} characters` } satisfies RunEvidence]),
  ].slice(0, mostEvidence);
}
