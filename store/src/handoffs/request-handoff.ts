/** Asking for a handoff: once, judged, and with what it begins, or nothing. */
import { handoffDepth } from '@guildhall/authority';
import { decideHandoff, taskDigest, type Handoff, type HandoffDecision, type HandoffQuestion, type NewHandoff } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type HandoffStatus, type Settled } from '@guildhall/protocol';
import { sql } from 'kysely';
import { RunAgain, type WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { appendInTransaction } from '../journal-append.ts';
import { leaseNow } from '../seam.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { answer } from './change-handoff.ts';
import { findEarlier, wasLetThrough } from './find-earlier.ts';
import { guardHandoff } from './guard-chain.ts';
import { handoffEvent } from './handoff-events.ts';
import type { DecidedRow } from './handoff-rows.ts';
import { holdEdge, holdTarget } from './hold-edge.ts';
import { countFacts, hourMs, judge, keepDecision, type Judgement } from './judge-handoff.ts';
import { announce, askPerson } from './land-handoff.ts';
import { forbidding } from './narrow.ts';

type Requested = Settled<{ readonly handoff: Handoff; readonly duplicate: boolean }>;

/** Nobody fills the disk by asking for what is refused, or for the same once more. */
const mostRefusedPerHour = 250;
const mostDecisions = 250;

const firstStatus = { allow: 'queued', ask: 'awaiting-approval', deny: 'refused' } as const satisfies Record<HandoffDecision['verdict'], HandoffStatus>;

export async function requestHandoff(tx: WriteTransaction, handoff: NewHandoff, asked: HandoffQuestion): Promise<Requested> {
  const question = await holdTarget(tx, asked);
  await holdEdge(tx, { source: handoff.source.name, target: handoff.target.name });
  const going = await guardHandoff(tx, handoff.parent);
  if (!going.ok) return going;
  const earlier = await findEarlier(tx, handoff, question.rules.duplicateWindowMs);
  if (earlier !== undefined) return answerAgain(tx, { handoff, question, earlier });
  const judged = { id: handoff.id, reservation: null, earlier: null };
  const judgement = await judge(tx, question, judged, await countFacts(tx, question, judged));
  if (judgement.decision.verdict === 'deny' && (await refusedLastHour(tx, handoff.source.name)) >= mostRefusedPerHour)
    return refuseTooOften(handoff.source.name, judgement.decision.rule);
  const row = await writeHandoff(tx, handoff, judgement);
  await keepDecision(tx, row.id, judgement.decision);
  const landed = await land(tx, row, handoff, { question, decision: judgement.decision });
  if (!landed.ok) return landed;
  await appendInTransaction(tx, [requested(row, judgement.decision), ...landed.value]);
  const made = await answer(tx, row.id);
  return made.ok ? done({ handoff: made.value, duplicate: false }) : made;
}

interface Again {
  readonly handoff: NewHandoff;
  readonly question: HandoffQuestion;
  readonly earlier: DecidedRow;
}

/** It is the handoff that is there; that somebody asked again is kept with it, as long as it is not asked without end. */
async function answerAgain(tx: WriteTransaction, { handoff, question, earlier }: Again): Promise<Requested> {
  const judged = { id: earlier.id, reservation: earlier.reservation, earlier: { id: earlier.id, status: earlier.status } };
  const again: HandoffQuestion = { ...question, moment: 'asked-again' };
  const decision = decideHandoff(again, await countFacts(tx, again, judged));
  const isKept = await keepDecision(tx, earlier.id, decision, mostDecisions);
  if (isKept && !isSameCall(handoff, earlier)) await appendInTransaction(tx, [askedAgain(handoff, earlier, decision)]);
  const there = await answer(tx, earlier.id);
  return there.ok ? done({ handoff: there.value, duplicate: true }) : there;
}

/** A call that is made once more because nobody heard its answer asks for nothing again. */
function isSameCall({ sourceTurn, sourceCall }: NewHandoff, earlier: DecidedRow): boolean {
  return sourceTurn !== null && sourceTurn === earlier.source_turn && sourceCall === earlier.source_call;
}

function askedAgain({ source, requestedBy }: NewHandoff, earlier: DecidedRow, { verdict, decidedBy, rule, digest }: HandoffDecision): NewEvent {
  return handoffEvent('handoff.asked-again', earlier, requestedBy, { sourceSession: source.sessionKey, verdict, decidedBy, rule, digest });
}

/** Policy refused so many of its requests, and each is kept. */
async function refusedLastHour({ db }: WriteTransaction, source: string): Promise<number> {
  const { n } = await db
    .selectFrom('handoffs')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('source', '=', source)
    .where('requested_lease', '>', sql<number>`lease_now() - ${sql.lit(hourMs)}`)
    .where(sql<boolean>`not ${wasLetThrough}`)
    .executeTakeFirstOrThrow();
  return n;
}

function refuseTooOften(source: string, rule: string): Settled<never> {
  return refuse('limit-reached', `${rule}; ${source} was refused ${mostRefusedPerHour} times within an hour, so this one is not kept`, { source });
}

async function land(
  tx: WriteTransaction,
  row: HandoffRow,
  handoff: NewHandoff,
  { question, decision }: { readonly question: HandoffQuestion; readonly decision: HandoffDecision },
): Promise<Settled<readonly NewEvent[]>> {
  if (decision.verdict === 'allow') return announce(tx, row, handoff.notice);
  if (decision.verdict === 'ask') return done(await askPerson(tx, row, { question, decision, approval: handoff.approval }));
  return done([handoffEvent('handoff.refused', row, 'daemon', { reason: decision.rule, guardrail: decision.decidedBy })]);
}

function requested(row: HandoffRow, { verdict, decidedBy, rule, digest }: HandoffDecision): NewEvent {
  return handoffEvent('handoff.requested', row, row.requested_by, {
    sourceSession: row.source_session,
    targetSession: row.target_session,
    targetChat: row.target_chat,
    task: row.task,
    risk: row.risk,
    riskLevel: row.risk_level,
    parent: row.parent,
    depth: row.depth,
    verdict,
    decidedBy,
    rule,
    digest,
  });
}

async function writeHandoff(tx: WriteTransaction, handoff: NewHandoff, { decision, reservation }: Judgement): Promise<HandoffRow> {
  const { source, target } = handoff;
  const made = await tx.db
    .insertInto('handoffs')
    .values({
      id: handoff.id,
      source: source.name,
      source_agent: source.agent,
      source_session: source.sessionKey,
      source_turn: handoff.sourceTurn,
      source_call: handoff.sourceCall,
      requested_by: storableText(handoff.requestedBy),
      target: target.name,
      target_agent: target.agent,
      target_session: target.sessionKey,
      target_chat: handoff.targetChat,
      task: storableText(handoff.task),
      task_digest: taskDigest(handoff.task),
      dedup_key: handoff.dedupKey === null ? null : storableText(handoff.dedupKey),
      risk: storableText(handoff.risk),
      risk_level: decision.riskLevel,
      forbidden: toStoredJson(decision.forbidden),
      must_ask: handoff.mustAsk ? 1 : 0,
      parent: handoff.parent,
      depth: handoffDepth(handoff.provenance),
      provenance: toStoredJson(forbidding(handoff.provenance, decision.forbidden)),
      status: firstStatus[decision.verdict],
      outcome: null,
      reason: decision.verdict === 'deny' ? storableText(decision.rule) : '',
      result: null,
      digest: decision.digest,
      approved_digest: null,
      approval_id: null,
      asked: 0,
      notice_turn: null,
      turn_id: null,
      progress: null,
      allowance: toStoredJson(handoff.allowance),
      reservation,
      awaited: handoff.awaited ? 1 : 0,
      needed: handoff.needed,
      called_off_at: null,
      requested_at: tx.at,
      requested_lease: leaseNow,
      started_at: null,
      ended_at: decision.verdict === 'deny' ? tx.at : null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (made === undefined) throw new RunAgain(`the handoff ${handoff.id}`);
  return made;
}
