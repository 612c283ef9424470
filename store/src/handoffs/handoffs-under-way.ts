/** Handoffs somebody has to look after: how far their notice has come, and how their turn ended. */
import type { HandoffStore } from '@guildhall/handoffs';
import type { OutboundStatus, ToolOutcome, TurnStatus } from '@guildhall/sessions';
import type { Kysely } from 'kysely';
import { isOpenHandoff } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';
import { openInOrder, selectHandoffs, toHandoff } from './handoff-rows.ts';
import { isToSumUp } from './summaries.ts';

type Queued = Awaited<ReturnType<HandoffStore['queuedHandoffs']>>;
type Ended = Awaited<ReturnType<HandoffStore['endedHandoffs']>>;
type EndedStatus = Ended[number]['turn']['status'];
interface NoticeState {
  readonly notice: Queued[number]['notice'];
  readonly detail: string;
}

/** Oldest first. */
export async function queuedHandoffs(db: Kysely<Schema>, limit: number): Promise<Queued> {
  const rows = await selectHandoffs(db)
    .leftJoin('turns', 'turns.id', 'handoffs.notice_turn')
    .select(['turns.status as notice_status', 'turns.reason as notice_reason'])
    .where(isOpenHandoff)
    .where('handoffs.status', 'in', ['queued', 'paused'])
    .orderBy(openInOrder)
    .limit(limit)
    .execute();
  const notices = rows.flatMap(({ notice_turn }) => (notice_turn === null ? [] : [notice_turn]));
  const sent = await sentBy(db, notices);
  const byTurn = Map.groupBy(sent, ({ turn_id }) => turn_id);
  return rows.map((row) => ({ handoff: toHandoff(row), ...noticeState(row, byTurn.get(row.notice_turn ?? '') ?? []) }));
}

async function sentBy(db: Kysely<Schema>, turns: readonly string[]) {
  if (turns.length === 0) return [];
  return db
    .selectFrom('entries')
    .innerJoin('outbound', (join) => join.onRef('outbound.session_key', '=', 'entries.session_key').onRef('outbound.seq', '=', 'entries.seq'))
    .select(['entries.turn_id', 'outbound.status', 'outbound.error'])
    .where('entries.turn_id', 'in', turns)
    .execute();
}

/** Where nothing leaves, the transcript is the chat, and a notice that stands there is delivered. */
function noticeState(
  turn: { readonly notice_status: TurnStatus | null; readonly notice_reason: string | null },
  outbound: readonly { readonly status: OutboundStatus; readonly error: string | null }[],
): NoticeState {
  if (turn.notice_status === 'queued' || turn.notice_status === 'running') return { notice: 'waiting', detail: '' };
  if (turn.notice_status !== 'completed') return { notice: 'failed', detail: turn.notice_reason ?? 'its notice was not said' };
  const failed = outbound.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { notice: 'failed', detail: failed.error ?? 'its notice could not be delivered' };
  const unsent = outbound.find(({ status }) => status === 'pending' || status === 'sending');
  if (unsent !== undefined) return { notice: 'sending', detail: unsent.error ?? '' };
  return { notice: 'delivered', detail: '' };
}

/** Of one handoff. What is delivered stays delivered. */
export async function readNotice(db: Kysely<Schema>, turnId: string | null): Promise<NoticeState> {
  const turn = await db
    .selectFrom('turns')
    .select(['status as notice_status', 'reason as notice_reason'])
    .where('id', '=', turnId ?? '')
    .executeTakeFirst();
  return turn === undefined ? { notice: 'failed', detail: 'there is no notice of it' } : noticeState(turn, await sentBy(db, [turnId ?? '']));
}

/** As many as run are few: one place of each target. Those whose turn has asked for more and not yet summed up go on. */
export async function endedHandoffs(db: Kysely<Schema>, limit: number): Promise<Ended> {
  const rows = await selectHandoffs(db)
    .innerJoin('turns', 'turns.id', 'handoffs.turn_id')
    .where(isOpenHandoff)
    .where('handoffs.status', '=', 'running')
    .where('turns.ended_at', 'is not', null)
    .orderBy(openInOrder)
    .execute();
  const ended: Ended[number][] = [];
  for (const row of rows) {
    const turn = await lastTurn(db, row.turn_id ?? '');
    if (turn !== undefined) ended.push({ handoff: toHandoff(row), turn });
    if (ended.length === limit) break;
  }
  return ended;
}

/** The end of a turn or, where it asked for handoffs without waiting for them, of the one that sums them up; undefined while that is to come. */
async function lastTurn(db: Kysely<Schema>, turnId: string): Promise<Ended[number]['turn'] | undefined> {
  const turn = await db.selectFrom('turns').select(['status', 'answer', 'reason', 'fail_code']).where('id', '=', turnId).executeTakeFirst();
  if (turn === undefined || !isEnd(turn.status)) return undefined;
  const unknownCall = turn.status !== 'completed' && (await hasUnknownCall(db, turnId));
  const own = { status: turn.status, answer: turn.answer ?? '', reason: turn.reason ?? '', code: turn.fail_code ?? '', unknownCall };
  const asked = await db.selectFrom('handoffs').select('id').where('source_turn', '=', turnId).where(isToSumUp).limit(1).executeTakeFirst();
  if (asked === undefined) return own;
  const summary = await db.selectFrom('handoff_summaries').select('turn_id').where('source_turn', '=', turnId).executeTakeFirst();
  if (summary === undefined) return undefined;
  if (summary.turn_id === '') return own;
  const summed = await lastTurn(db, summary.turn_id);
  return summed === undefined ? undefined : { ...summed, unknownCall: summed.unknownCall || unknownCall };
}

function isEnd(status: TurnStatus): status is EndedStatus {
  return status !== 'queued' && status !== 'running';
}

/** A call that had started, is not harmless to repeat, and of which nobody knows whether it took effect. */
export async function hasUnknownCall(db: Kysely<Schema>, turnId: string): Promise<boolean> {
  const entries = await db
    .selectFrom('entries')
    .select(['call_id', 'body'])
    .where('turn_id', '=', turnId)
    .where('kind', 'in', ['tool-started', 'tool-result'])
    .execute();
  const outcomes = new Map<string | null, ToolOutcome>();
  const started: (string | null)[] = [];
  for (const { call_id, body: stored } of entries) {
    const body = fromStoredJson(stored);
    if (body.kind === 'tool-result') outcomes.set(call_id, body.outcome);
    if (body.kind === 'tool-started' && !body.idempotent) started.push(call_id);
  }
  return started.some((call) => (outcomes.get(call) ?? 'unknown') === 'unknown');
}
