/** Asking for a handoff: once, judged, and with what it begins, or nothing. */
import { handoffDepth } from '@guildhall/authority';
import { decideHandoff, taskDigest, type Handoff, type HandoffDecision, type HandoffQuestion, type NewHandoff } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, type HandoffStatus, type Settled } from '@guildhall/protocol';
import { RunAgain, type WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { appendInTransaction } from '../journal-append.ts';
import { leaseNow } from '../seam.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { answer } from './change-handoff.ts';
import { findEarlier } from './find-earlier.ts';
import { guardHandoff } from './guard-chain.ts';
import { handoffEvent } from './handoff-events.ts';
import type { DecidedRow } from './handoff-rows.ts';
import { holdEdge, holdTarget } from './hold-edge.ts';
import { countFacts, judge, keepDecision, type Judgement } from './judge-handoff.ts';
import { announce, askPerson } from './land-handoff.ts';
import { forbidding } from './narrow.ts';

type Requested = Settled<{ readonly handoff: Handoff; readonly duplicate: boolean }>;

const firstStatus = { allow: 'queued', ask: 'awaiting-approval', deny: 'refused' } as const satisfies Record<HandoffDecision['verdict'], HandoffStatus>;

export async function requestHandoff(tx: WriteTransaction, handoff: NewHandoff, asked: HandoffQuestion): Promise<Requested> {
  const question = await holdTarget(tx, asked);
  await holdEdge(tx, { source: handoff.source.name, target: handoff.target.name });
  const going = await guardHandoff(tx, handoff.parent);
  if (!going.ok) return going;
  const earlier = await findEarlier(tx, handoff, question.rules.duplicateWindowMs);
  if (earlier !== undefined) return answerAgain(tx, question, earlier);
  const judged = { id: handoff.id, reservation: null, earlier: null };
  const judgement = await judge(tx, question, judged, await countFacts(tx, question, judged));
  const row = await writeHandoff(tx, handoff, judgement);
  await keepDecision(tx, row.id, judgement.decision);
  const landed = await land(tx, row, handoff, { question, decision: judgement.decision });
  if (!landed.ok) return landed;
  await appendInTransaction(tx, [requested(row, judgement.decision), ...landed.value]);
  const made = await answer(tx, row.id);
  return made.ok ? done({ handoff: made.value, duplicate: false }) : made;
}

/** It is the handoff that is there; that somebody asked again is kept with it. */
async function answerAgain(tx: WriteTransaction, question: HandoffQuestion, earlier: DecidedRow): Promise<Requested> {
  const judged = { id: earlier.id, reservation: earlier.reservation, earlier: { id: earlier.id, status: earlier.status } };
  const again: HandoffQuestion = { ...question, moment: 'asked-again' };
  await keepDecision(tx, earlier.id, decideHandoff(again, await countFacts(tx, again, judged)));
  const there = await answer(tx, earlier.id);
  return there.ok ? done({ handoff: there.value, duplicate: true }) : there;
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
