/** How an occurrence ends: what it counts for, and the words that leave for whoever wants to hear of it. */
import type { NewEvent } from '@guildhall/kernel';
import { done, formatSessionKey, refuse, type Settled } from '@guildhall/protocol';
import type { NewRoleRun } from '@guildhall/roles';
import { scheduleTransitions, type Schedule, type ScheduledMessage, type ScheduleStore } from '@guildhall/schedules';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { ScheduleRow } from '../role-schema.ts';
import type { TurnRow } from '../schema.ts';
import { acceptInTransaction } from '../sessions/accept.ts';
import { cancelTurns } from '../sessions/cancel-turns.ts';
import { queueOutbound } from '../sessions/outbound.ts';
import { insertEntries } from '../sessions/write-entries.ts';
import { fromStoredJson, storableText } from '../stored-text.ts';
import { noSchedule, scheduleEvent } from './schedule-events.ts';
import { holdSchedule, withOccurrences } from './schedule-rows.ts';

type End = Parameters<ScheduleStore<NewRoleRun>['settleOccurrence']>[2];

export async function settleOccurrence(tx: WriteTransaction, name: string, dueAt: number, end: End): Promise<Settled<Schedule>> {
  const held = await holdSchedule(tx, name);
  if (held === undefined) return noSchedule(name);
  const { status, reason } = end;
  const settled = await tx.db
    .updateTable('schedule_occurrences')
    .set({ status, reason: storableText(reason) })
    .where('schedule', '=', name)
    .where('due_at', '=', dueAt)
    .where('status', '=', 'fired')
    .returning(['turn_id', 'run'])
    .executeTakeFirst();
  if (settled === undefined)
    return refuse('wrong-state', `the schedule ${name} has nothing open that was due at ${new Date(dueAt).toISOString()}`, { name, dueAt });
  const turnId = settled.turn_id ?? (await turnOfRun(tx, settled.run));
  const ended =
    status === 'succeeded'
      ? await countSuccess(tx, name, dueAt, turnId)
      : await countFailure(tx, held, { dueAt, reason, turnId, pauseAfter: end.pauseAfter, ends: false });
  const news = end.deliver === null ? [] : await deliverTurn(tx, held, turnId, end.deliver);
  await appendInTransaction(tx, [...ended, ...news]);
  const changed = await tx.db.selectFrom('schedules').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
  return done(await withOccurrences(tx.db, changed));
}

/** Of a run that waited for a person, the turn their words became. */
async function turnOfRun({ db }: WriteTransaction, run: string | null): Promise<string | null> {
  if (run === null) return null;
  const found = await db.selectFrom('role_runs').select('turn_id').where('id', '=', run).executeTakeFirst();
  return found?.turn_id ?? null;
}

interface Failure {
  readonly dueAt: number;
  readonly reason: string;
  readonly pauseAfter: number;
  /** It was the last one, so there is nothing to pause. */
  readonly ends: boolean;
}

/** An occurrence that never became a turn. Who wants to hear of the schedule hears of that as well. */
export async function recordFailure(
  tx: WriteTransaction,
  schedule: ScheduleRow,
  { news, ...failure }: Failure & { readonly news: ScheduledMessage<NewRoleRun> },
): Promise<readonly NewEvent[]> {
  const counted = await countFailure(tx, schedule, { ...failure, turnId: null });
  const told = schedule.deliver_to === null ? [] : await deliverNews(tx, schedule, failure.reason, news);
  return [...counted, ...told];
}

async function countSuccess({ db }: WriteTransaction, name: string, dueAt: number, turnId: string | null): Promise<readonly NewEvent[]> {
  await db.updateTable('schedules').set({ failures: 0 }).where('name', '=', name).execute();
  return [scheduleEvent('schedule.succeeded', name, 'daemon', { dueAt, turnId })];
}

async function countFailure(
  { db }: WriteTransaction,
  schedule: ScheduleRow,
  { dueAt, reason, turnId, pauseAfter, ends }: Failure & { readonly turnId: string | null },
): Promise<readonly NewEvent[]> {
  const { name } = schedule;
  const failures = schedule.failures + 1;
  const pauses = failures >= pauseAfter && schedule.status === 'active' && !ends;
  const why = storableText(`it failed ${failures} times in a row, the last time because ${reason}`);
  await db
    .updateTable('schedules')
    .set({ failures, ...(pauses ? { status: scheduleTransitions.active.pause, reason: why } : {}) })
    .where('name', '=', name)
    .execute();
  const failed = scheduleEvent('schedule.failed', name, 'daemon', { dueAt, turnId, reason, failures });
  return pauses ? [failed, scheduleEvent('schedule.paused', name, 'daemon', { reason: why })] : [failed];
}

/** The answer of a turn leaves behind its last entry; of one that never began, as news. */
async function deliverTurn(tx: WriteTransaction, schedule: ScheduleRow, turnId: string | null, text: string): Promise<readonly NewEvent[]> {
  if (turnId === null || schedule.deliver_to === null) return [];
  const turn = await tx.db.selectFrom('turns').selectAll().where('id', '=', turnId).executeTakeFirstOrThrow();
  const last = await tx.db.selectFrom('entries').select('seq').where('turn_id', '=', turnId).orderBy('seq', 'desc').limit(1).executeTakeFirst();
  if (last !== undefined) {
    await queueWords(tx, schedule, turn, last.seq, text);
    return [];
  }
  const { agent } = turn;
  return deliverNews(tx, schedule, text, { agent, turnId: `${turnId}_news`, provenance: fromStoredJson(turn.provenance) });
}

/** Words that no turn said need an entry to leave by: a turn that ends where it begins, in a session of the schedule that nothing else runs in. */
async function deliverNews(
  tx: WriteTransaction,
  schedule: ScheduleRow,
  text: string,
  { agent, turnId, provenance }: Pick<ScheduledMessage<NewRoleRun>, 'agent' | 'turnId' | 'provenance'>,
): Promise<readonly NewEvent[]> {
  const { name } = schedule;
  const sessionKey = formatSessionKey({ kind: 'agent-chat', agent, platform: 'schedule', chatType: 'thread', chat: name, thread: 'news' });
  const by = `schedule:${name}`;
  const accepted = await acceptInTransaction(tx, {
    message: { platform: 'schedule', account: 'default', chat: name, chatType: 'thread', thread: 'news', messageId: turnId, text },
    from: by,
    sessionKey,
    agent,
    turnId,
    provenance,
    busy: 'queue',
    maxQueued: 1,
    route: { rule: `the schedule ${name} could not begin` },
  });
  if (!accepted.ok) return [];
  const { turns, events } = await cancelTurns(tx, { sessionKey, by, turnId });
  const [turn] = turns;
  if (turn === undefined) return accepted.value.events;
  const { entry_count: seq } = await tx.db
    .updateTable('sessions')
    .set((eb) => ({ entry_count: eb('entry_count', '+', 1) }))
    .where('key', '=', sessionKey)
    .returning('entry_count')
    .executeTakeFirstOrThrow();
  await insertEntries(tx, turn, seq - 1, [{ kind: 'note', code: 'turn-failed', text }]);
  await queueWords(tx, schedule, turn, seq, text);
  return [...accepted.value.events, ...events];
}

async function queueWords(tx: WriteTransaction, schedule: ScheduleRow, turn: TurnRow, seq: number, text: string): Promise<void> {
  if (schedule.deliver_to === null) return;
  const { platform, account = 'default', chat, thread } = fromStoredJson(schedule.deliver_to);
  await queueOutbound(tx, turn, seq, { id: `out_${turn.id}`, platform, account, chat, ...(thread === undefined ? {} : { thread }), text });
}
