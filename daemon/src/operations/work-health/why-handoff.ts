/** Why a handoff does not get on: an approval, its notice, a place at its target, its turn, or what it handed on itself. */
import { innermostHandoff } from '@guildhall/authority';
import { span } from '@guildhall/board';
import type { Handoff } from '@guildhall/handoffs';
import type { FindingView, Guardrail, HandoffOutcome, HandoffStatus, Provenance } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';
import { bad, brief, isHindrance, ok, warn } from '../finding-words.ts';
import { missedMs, type Asking, type WorkHealthDeps } from './situation.ts';

type Explain = (deps: WorkHealthDeps, handoff: Handoff, asking: Asking) => Promise<readonly FindingView[]>;

/** Handoffs of one turn, or at one target, that are looked at. */
const mostRead = 100;
const mostQueued = 1_000;

export const whyHandoff: Explain = (deps, handoff, asking) => explanations[handoff.status](deps, handoff, asking);

/** What a turn handed on and has not come back. */
export async function whyHandedOn(deps: WorkHealthDeps, turn: Turn, asking: Asking): Promise<readonly FindingView[]> {
  const open = await deps.handoffs.store.listHandoffs({ sourceTurn: turn.id, open: true, limit: mostRead });
  const behind = await Promise.all(open.map((handoff) => whyHandoff(deps, handoff, asking)));
  const waits = open.map((handoff) => {
    const what = handoff.awaited ? 'it waits for' : 'what came of it is summed up after';
    return warn('handoff', `${what} ${nameOf(handoff)}, which is ${handoff.status}`, `guildhall why ${handoff.id}`);
  });
  return [...behind.flat().filter(isHindrance), ...waits];
}

/** Within whose work a turn or task stands; nothing when in nobody's. */
export async function ofChain(deps: WorkHealthDeps, provenance: Provenance): Promise<readonly FindingView[]> {
  const id = innermostHandoff(provenance);
  const handoff = id === null ? undefined : await deps.handoffs.store.readHandoff(id);
  if (handoff === undefined) return [];
  if (handoff.calledOffAt !== null)
    return [
      warn('handoff', `${nameOf(handoff)}, for which this is done, was called off; nothing of it begins any more`, `guildhall handoffs show ${handoff.id}`),
    ];
  return [ok('handoff', `this is done for ${nameOf(handoff)}, which is ${handoff.status}`)];
}

export function nameOf({ id, source, target }: Pick<Handoff, 'id' | 'source' | 'target'>): string {
  return `${id} (${source.name} → ${target.name})`;
}

/** The command that shows more than the sentence. */
const remedies: Partial<Record<Guardrail, string>> = {
  'target-concurrency': 'guildhall handoffs list --open',
  'source-concurrency': 'guildhall handoffs list --open',
  budget: 'guildhall budget show',
  breaker: 'guildhall handoffs edges',
};

const explainRefused: Explain = async (_deps, handoff) => {
  const { id, reason, decision } = handoff;
  const explain = `guildhall handoffs explain ${id}`;
  if (decision.verdict !== 'deny' || decision.decidedBy === null) return [bad('handoff', `${nameOf(handoff)} was refused: ${reason}`, explain)];
  return [bad(decision.decidedBy, `${nameOf(handoff)} was refused by ${decision.decidedBy}: ${decision.rule}`, remedies[decision.decidedBy] ?? explain)];
};

const explainAwaiting: Explain = async ({ handoffs, clock }, handoff) => {
  const approval = handoff.approvalId === null ? undefined : await handoffs.approvals.readApproval(handoff.approvalId);
  if (approval === undefined) return [bad('approval', `${nameOf(handoff)} waits for an approval there is none of`, 'guildhall db verify')];
  if (approval.status === 'pending' && approval.expiresAt + missedMs > clock.now()) {
    const waited = span(clock.now() - approval.askedAt);
    return [
      warn('approval', `${nameOf(handoff)} has waited ${waited} for your yes or no: ${handoff.decision.rule}`, `guildhall approvals show ${approval.id}`),
    ];
  }
  const since = clock.now() - (approval.answeredAt ?? approval.expiresAt);
  if (since > missedMs) return [bad('approval', `${approval.id} is over for ${span(since)}, and ${nameOf(handoff)} has not gone on`, 'guildhall doctor')];
  return [ok('approval', `${approval.id} is ${approval.status}; ${nameOf(handoff)} is about to go on`)];
};

const explainQueued: Explain = async (deps, handoff, asking) => {
  const gone = goneAgent(deps, handoff);
  if (gone !== undefined) return [gone];
  const queue = await deps.handoffs.store.queuedHandoffs(mostQueued);
  const own = queue.find((one) => one.handoff.id === handoff.id);
  const name = nameOf(handoff);
  if (own === undefined) return [ok('handoff', `${name} is about to go on`)];
  const { targetChat, target, noticeTurn } = handoff;
  const detail = own.detail === '' ? '' : `: ${own.detail}`;
  if (own.notice === 'failed')
    return [bad('notice', `the notice of ${name} could not be delivered to ${targetChat}${detail}`, `guildhall why ${noticeTurn ?? ''}`)];
  if (own.notice === 'sending') return [warn('notice', `the notice of ${name} has not been delivered to ${targetChat} yet${detail}`, 'guildhall doctor')];
  const full = await explainFullTarget(deps, handoff, asking);
  if (full !== undefined) return full;
  if (own.notice === 'delivered' || noticeTurn === null) return [await explainLateStart(deps, handoff)];
  const behind = await asking.whyTurn(noticeTurn);
  return [...behind.filter(isHindrance), warn('notice', `${name} waits for its notice to be said in ${target.sessionKey}`, `guildhall why ${noticeTurn}`)];
};

/** It waits for those who run at its target, and what keeps them comes first. */
async function explainFullTarget(deps: WorkHealthDeps, handoff: Handoff, asking: Asking): Promise<readonly FindingView[] | undefined> {
  const { target } = handoff;
  const places = deps.handoffs.triggers().targets.get(target.agent)?.maxConcurrent ?? 1;
  const running = await deps.handoffs.store.listHandoffs({ target: target.name, status: 'running', limit: mostRead });
  const [first] = running;
  if (first === undefined || running.length < places) return undefined;
  const behind = (await Promise.all(running.map((one) => whyHandoff(deps, one, asking)))).flat();
  const held = running.map(nameOf).join(', ');
  const message = `${nameOf(handoff)} waits for a place at ${target.name}, where ${places} may run at once; it is held by ${held}`;
  return [...behind.filter(isHindrance), warn('place', message, `guildhall why ${first.id}`)];
}

/** Its notice was seen and there is a place. */
async function explainLateStart(deps: WorkHealthDeps, handoff: Handoff): Promise<FindingView> {
  const notice = handoff.noticeTurn === null ? undefined : await deps.readTurn(handoff.noticeTurn);
  const since = deps.clock.now() - (notice?.endedAt ?? deps.clock.now());
  if (since <= missedMs) return ok('handoff', `${nameOf(handoff)} is about to start`);
  return bad('handoff', `nothing has kept ${nameOf(handoff)} from starting since its notice was said ${span(since)} ago, and it has not`, 'guildhall doctor');
}

const explainRunning: Explain = async (deps, handoff, asking) => {
  const { turnId, progress } = handoff;
  const name = nameOf(handoff);
  const turn = turnId === null ? undefined : await deps.readTurn(turnId);
  if (turn === undefined) return [bad('handoff', `${name} is running, and no turn works on it`, 'guildhall db verify')];
  const behind = await asking.whyTurn(turn.id);
  const state = ok('handoff', `${name} is running${progress === null || progress === '' ? '' : `: ${brief(progress)}`}`);
  if (turn.endedAt === undefined) return [...behind.filter(isHindrance), state, ...behind.filter((finding) => !isHindrance(finding))];
  const handedOn = await deps.handoffs.store.listHandoffs({ sourceTurn: turn.id, limit: mostRead });
  const summed = handedOn.filter(({ awaited, status }) => !awaited && status !== 'refused');
  if (summed.length > 0) {
    const parts = summed.map(({ id }) => id).join(', ');
    return [
      ...behind.filter(isHindrance),
      warn('handoff', `${name} ends when it has summed up what came of ${parts}`, `guildhall why ${handoff.target.sessionKey}`),
    ];
  }
  const since = deps.clock.now() - turn.endedAt;
  if (since > missedMs) return [bad('handoff', `the turn of ${name} ended ${span(since)} ago, and nobody has judged what came of it`, 'guildhall doctor')];
  return [ok('handoff', `the turn of ${name} has ended; what came of it is about to be told`)];
};

const wentWrong: Readonly<Record<Exclude<HandoffOutcome, 'succeeded'>, string>> = { failed: 'failed', 'gave-up': 'was given up' };

const explainFinished: Explain = async (_deps, handoff) => {
  const { outcome, reason, id } = handoff;
  if (outcome === 'succeeded' || outcome === null) return [ok('handoff', `${nameOf(handoff)} succeeded`)];
  return [bad('handoff', `${nameOf(handoff)} ${wentWrong[outcome]}${reason === '' ? '' : `: ${reason}`}`, `guildhall handoffs show ${id}`)];
};

const explanations: Readonly<Record<HandoffStatus, Explain>> = {
  refused: explainRefused,
  'awaiting-approval': explainAwaiting,
  queued: explainQueued,
  paused: async (_deps, handoff) => [warn('notice', `${nameOf(handoff)} is paused: ${handoff.reason}`, `guildhall handoffs resume ${handoff.id}`)],
  running: explainRunning,
  finished: explainFinished,
  cancelled: async (_deps, handoff) => [ok('handoff', `${nameOf(handoff)} is cancelled${handoff.reason === '' ? '' : `: ${handoff.reason}`}`)],
  uncertain: async (_deps, handoff) => [
    bad('handoff', `${nameOf(handoff)} ended, and nobody knows whether it took effect: ${handoff.reason}`, `guildhall handoffs show ${handoff.id}`),
  ],
};

function goneAgent(deps: WorkHealthDeps, handoff: Handoff): FindingView | undefined {
  const { agent } = handoff.target;
  return deps.hasAgent(agent) ? undefined : bad('agent', `${nameOf(handoff)} is for the agent ${agent}, which is not configured`, 'guildhall agents list');
}
