/** A due time becomes a message, once: its row, the message with its turn, and the next due time are one transaction. */
import type { NewEvent } from '@guildhall/kernel';
import { done, type OccurrenceView, type Settled } from '@guildhall/protocol';
import type { NewRoleRun } from '@guildhall/roles';
import type { ScheduledMessage, ScheduleStore } from '@guildhall/schedules';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { invokeInTransaction } from '../roles/invoke-role.ts';
import { acceptInTransaction } from '../sessions/accept.ts';
import { recordFailure } from './occurrence-end.ts';
import { scheduleEvent } from './schedule-events.ts';
import { toOccurrence } from './schedule-rows.ts';
import { holdDue, insertOccurrence, moveOn } from './take-due.ts';

type Occurrence = Parameters<ScheduleStore<NewRoleRun>['fireOccurrence']>[1];

export async function fireOccurrence(database: Database, name: string, occurrence: Occurrence): Promise<Settled<OccurrenceView>> {
  let unaccepted = occurrence.message.failed;
  if (unaccepted === undefined) {
    const fired = await settle(database, async (tx) => {
      unaccepted = undefined;
      const held = await holdDue(tx, name, { from: occurrence.dueAt, askedBy: occurrence.askedBy });
      if (!held.ok) return held;
      const begun = await beginWork(tx, name, occurrence);
      if (!begun.ok) unaccepted = begun.refusal.message;
      return begun.ok ? recordFired(tx, name, occurrence, begun.value) : begun;
    });
    if (unaccepted === undefined) return fired;
  }
  // What was begun of a message that is refused must not stay, so the failure is a transaction of its own; until it commits the time is due as before.
  const reason = unaccepted;
  return settle(database, (tx) => recordUnaccepted(tx, name, occurrence, reason));
}

interface Begun {
  readonly turnId: string | null;
  readonly run: string | null;
  readonly events: readonly NewEvent[];
}

async function beginWork(tx: WriteTransaction, name: string, { dueAt, message }: Occurrence): Promise<Settled<Begun>> {
  if (message.run !== null) {
    const invoked = await invokeInTransaction(tx, message.run);
    if (!invoked.ok) return invoked;
    const { run, events } = invoked.value;
    return done({ turnId: run.turnId, run: run.id, events });
  }
  const accepted = await acceptInTransaction(tx, scheduledRequest(name, dueAt, message));
  if (!accepted.ok) return accepted;
  return done({ turnId: message.turnId, run: null, events: accepted.value.events });
}

function scheduledRequest(name: string, dueAt: number, message: ScheduledMessage<NewRoleRun>) {
  const { sessionKey, agent, turnId, text, provenance, maxQueued } = message;
  return {
    message: { platform: 'schedule', account: 'default', chat: name, chatType: 'thread' as const, messageId: turnId, text },
    from: `schedule:${name}`,
    sessionKey,
    agent,
    turnId,
    provenance,
    busy: 'queue' as const,
    maxQueued,
    route: { rule: `the schedule ${name} was due at ${new Date(dueAt).toISOString()}` },
  };
}

async function recordFired(tx: WriteTransaction, name: string, occurrence: Occurrence, begun: Begun): Promise<Settled<OccurrenceView>> {
  const { dueAt, askedBy } = occurrence;
  const { turnId, run } = begun;
  const row = { status: 'fired', turn_id: turnId, run, reason: '' } as const;
  const inserted = await insertOccurrence(tx, name, dueAt, row);
  if (!inserted.ok) return inserted;
  const ended = await moveOn(tx, name, occurrence);
  const fired = scheduleEvent('schedule.fired', name, askedBy ?? 'daemon', { dueAt, turnId, run });
  await appendInTransaction(tx, [...begun.events, fired, ...ended]);
  return done(toOccurrence({ schedule: name, due_at: dueAt, fired_at: tx.at, ...row }));
}

async function recordUnaccepted(tx: WriteTransaction, name: string, occurrence: Occurrence, reason: string): Promise<Settled<OccurrenceView>> {
  const { dueAt, askedBy, message, pauseAfter } = occurrence;
  const held = await holdDue(tx, name, { from: dueAt, askedBy });
  if (!held.ok) return held;
  const row = { status: 'failed', turn_id: null, run: null, reason } as const;
  const inserted = await insertOccurrence(tx, name, dueAt, row);
  if (!inserted.ok) return inserted;
  const ended = await moveOn(tx, name, occurrence);
  const told = await recordFailure(tx, held.value, { dueAt, reason, pauseAfter, ends: ended.length > 0, news: message });
  await appendInTransaction(tx, [...told, ...ended]);
  return done(toOccurrence({ schedule: name, due_at: dueAt, fired_at: tx.at, ...row }));
}
