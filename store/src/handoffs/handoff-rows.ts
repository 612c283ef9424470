/** Rows of handoffs as the shape of `handoffs`, each with the newest decision about it. */
import type { Handoff, HandoffDecision } from '@guildhall/handoffs';
import { refuse, type Settled } from '@guildhall/protocol';
import { sql, type Kysely } from 'kysely';
import type { HandoffRow } from '../handoff-schema.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson, type StoredJson } from '../stored-text.ts';

/** A row with the newest decision; that somebody asked for it again decided nothing about it. */
export type DecidedRow = HandoffRow & { readonly decision: StoredJson<HandoffDecision>; readonly decided_at: number };

export function selectHandoffs(db: Kysely<Schema>) {
  return db
    .selectFrom('handoffs')
    .innerJoin('handoff_decisions', (join) =>
      join
        .onRef('handoff_decisions.handoff', '=', 'handoffs.id')
        .on(
          sql<boolean>`handoff_decisions.ordinal = (select max(newest.ordinal) from handoff_decisions as newest where newest.handoff = handoffs.id and newest.moment <> 'asked-again')`,
        ),
    )
    .selectAll('handoffs')
    .select(['handoff_decisions.decision', 'handoff_decisions.at as decided_at']);
}

/** By time, as their ids go. Of the open ones: SQLite would go by the key through all there ever were, rather than by the index of the few. */
export const openInOrder = sql<string>`handoffs.id || ''`;

export async function readHandoff(db: Kysely<Schema>, id: string): Promise<Handoff | undefined> {
  const row = await selectHandoffs(db).where('handoffs.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toHandoff(row);
}

export function noHandoff(id: string): Settled<never> {
  return refuse('not-found', `there is no handoff "${id.slice(0, 80)}"; list them with: guildhall handoffs list`, { handoff: id });
}

export function toHandoff(row: DecidedRow): Handoff {
  return {
    id: row.id,
    source: { name: row.source, agent: row.source_agent, sessionKey: row.source_session },
    sourceTurn: row.source_turn,
    sourceCall: row.source_call,
    requestedBy: row.requested_by,
    target: { name: row.target, agent: row.target_agent, sessionKey: row.target_session },
    targetChat: row.target_chat,
    task: row.task,
    dedupKey: row.dedup_key,
    risk: row.risk,
    riskLevel: row.risk_level,
    forbidden: fromStoredJson(row.forbidden),
    mustAsk: row.must_ask === 1,
    parent: row.parent,
    depth: row.depth,
    provenance: fromStoredJson(row.provenance),
    status: row.status,
    outcome: row.outcome,
    reason: row.reason,
    result: row.result,
    decision: { ...fromStoredJson(row.decision), at: row.decided_at },
    approvalId: row.approval_id,
    asked: row.asked,
    noticeTurn: row.notice_turn,
    turnId: row.turn_id,
    progress: row.progress,
    allowance: fromStoredJson(row.allowance),
    awaited: row.awaited === 1,
    needed: row.needed,
    calledOffAt: row.called_off_at,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}
