/** Who asks, as the board sees them, and whether they may. The table is `boardPolicy`; here is what `own` means. */
import { isOperator, laneOf } from '@guildhall/authority';
import { boardPolicy, hashClaimToken, laneActor, type BoardVerb, type CallerKind, type ClaimProof, type ClaimVerbs, type Task } from '@guildhall/board';
import type { Provenance } from '@guildhall/protocol';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { BoardCaller } from '../../board-operations.ts';
import type { ClaimCredentials } from './claim-credentials.ts';

export interface Who {
  readonly kind: CallerKind;
  /** As the journal has it. */
  readonly actor: string;
  /** The lane that asks, or whose claim it is. */
  readonly lane?: string;
  /** The task of the claim a holder bears. */
  readonly task?: string;
  readonly tokenHash?: string;
  /** Of the turn in which an agent asks. */
  readonly turn?: { readonly agent: string; readonly provenance: Provenance };
}

export function whoIs(by: BoardCaller, credentials: ClaimCredentials): Who {
  if (by.kind === 'agent') return { kind: 'agent', actor: `agent:${by.agent}`, turn: by };
  const { credential, claimToken } = by;
  const run = credentials.runOf(credential);
  if (run !== undefined) return { kind: 'holder', actor: laneActor(run.lane), lane: run.lane, task: run.task, tokenHash: run.tokenHash };
  const token = claimToken === undefined ? {} : { tokenHash: hashClaimToken(claimToken) };
  if (isOperator(credential)) return { kind: 'operator', actor: 'operator', ...token };
  const lane = laneOf(credential);
  if (lane !== undefined) return { kind: 'lane', actor: laneActor(lane), lane, ...token };
  return { kind: 'reader', actor: `credential:${credential.id}` };
}

/** For what is no task: a board, a lane. `lane` is the one it is about. */
export function mayAsk(who: Who, verb: BoardVerb, lane?: string): Settled<void> {
  const reach = boardPolicy[verb][who.kind];
  if (reach === 'any' || (reach === 'own' && lane !== undefined && who.lane === lane)) return done(undefined);
  return forbidden(who, verb, lane === undefined ? 'this' : `the lane ${lane}`);
}

export function mayAskOf(who: Who, verb: BoardVerb, task: Task): Settled<void> {
  const reach = boardPolicy[verb][who.kind];
  if (reach === 'any' || (reach === 'own' && isOwn(who, task))) return done(undefined);
  return forbidden(who, verb, task.id);
}

export function isOwn(who: Who, task: Task): boolean {
  if (who.kind === 'holder') return who.task === task.id;
  if (who.kind === 'lane') return task.assignee === who.lane || task.lane === who.lane;
  return who.kind === 'agent' && task.createdBy === who.actor;
}

/** The claim a write is made under; undefined where the caller needs none. Whether it lives is judged by the write itself. */
export async function proofFor(
  who: Who,
  verb: 'heartbeat' | 'complete' | 'release' | 'block' | 'comment' | 'attach' | 'annotate',
  task: string,
  claims: Pick<ClaimVerbs, 'findClaim'>,
): Promise<Settled<ClaimProof | undefined>> {
  if (who.kind === 'holder' && who.task !== task) return forbidden(who, verb, task);
  if (who.tokenHash === undefined) return boardPolicy[verb][who.kind] === 'any' ? done(undefined) : withoutToken(who, verb, task);
  if (who.kind === 'reader' || who.kind === 'agent') return forbidden(who, verb, task);
  const run = who.kind === 'lane' ? await claims.findClaim(who.tokenHash) : undefined;
  if (run !== undefined && run.lane !== who.lane) return refuse('not-allowed', `that Claim-Token belongs to the lane ${run.lane}, and you are ${who.lane}`);
  return done({ task, tokenHash: who.tokenHash });
}

function withoutToken(who: Who, verb: BoardVerb, task: string) {
  const way = who.kind === 'operator' ? `Take it from its lane with: guildhall kanban reclaim ${task}` : 'Claim it first, and send the token you were given.';
  return refuse('not-allowed', `${verb} of ${task} needs the token of its claim in the header Claim-Token. ${way}`);
}

function forbidden(who: Who, verb: BoardVerb, what: string) {
  return refuse('not-allowed', `${who.actor} may not ${verb} ${what}.${hints[who.kind]}`, {
    verb,
    caller: who.kind,
    ...(who.lane === undefined ? {} : { lane: who.lane }),
  });
}

const hints: Readonly<Record<CallerKind, string>> = {
  operator: '',
  reader: " The operator's credential may.",
  agent: ' Ask a person, or say so in a comment.',
  lane: ' A lane acts on what is assigned to it, and on what it has claimed.',
  holder: ' A claim is good for its own task alone.',
};
