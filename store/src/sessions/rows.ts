/** Rows of the session tables as the shapes of `sessions`. */
import type { Entry, Outbound, Session, Turn } from '@guildhall/sessions';
import type { EntryRow, OutboundRow, SessionRow, TurnRow } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

export function toSession(row: SessionRow): Session {
  return {
    key: row.key,
    agent: row.agent,
    platform: row.platform,
    account: row.account,
    chat: row.chat,
    chatType: row.chat_type,
    title: row.title,
    createdAt: row.created_at,
    lastActivityAt: row.last_activity_at,
    entryCount: row.entry_count,
    queuedTurns: row.queued_turns,
    ...(row.running_turn === null ? {} : { runningTurn: row.running_turn }),
    costMicroUsd: row.cost_micro_usd,
  };
}

export function toTurn(row: TurnRow): Turn {
  return {
    id: row.id,
    sessionKey: row.session_key,
    agent: row.agent,
    status: row.status,
    message: fromStoredJson(row.message),
    from: row.sender,
    provenance: fromStoredJson(row.provenance),
    attempts: row.attempts,
    cancelRequested: row.cancel_requested === 1,
    acceptedAt: row.accepted_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.answer === null ? {} : { answer: row.answer }),
    ...(row.absorbed_into === null ? {} : { absorbedInto: row.absorbed_into }),
    steps: row.steps,
    usage: {
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      cachedInputTokens: row.cached_input_tokens,
      costMicroUsd: row.cost_micro_usd,
      unpricedSteps: row.unpriced_steps,
      rehearsal: row.rehearsal === 1,
    },
  };
}

export function toEntry(row: Pick<EntryRow, 'seq' | 'turn_id' | 'at' | 'body'>): Entry {
  return { seq: row.seq, turnId: row.turn_id, at: row.at, body: fromStoredJson(row.body) };
}

export function toOutbound(row: OutboundRow): Outbound {
  return {
    id: row.id,
    platform: row.platform,
    account: row.account,
    chat: row.chat,
    ...(row.thread === null ? {} : { thread: row.thread }),
    text: row.text,
    ...(row.reply_to === null ? {} : { replyTo: row.reply_to }),
    sessionKey: row.session_key,
    turnId: row.turn_id,
    status: row.status,
    attempts: row.attempts,
    provenance: fromStoredJson(row.provenance),
    ...(row.error === null ? {} : { error: row.error }),
  };
}
