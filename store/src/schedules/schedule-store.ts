/** What schedules ask of a store, put together. */
import { done, type Settled } from '@guildhall/protocol';
import type { NewRoleRun } from '@guildhall/roles';
import type { Schedule, ScheduleStore } from '@guildhall/schedules';
import type { Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { hasDueTime, isFiredOccurrence } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { fireOccurrence } from './fire-occurrence.ts';
import { settleOccurrence } from './occurrence-end.ts';
import { scheduleEvent } from './schedule-events.ts';
import { toSchedule, withOccurrences } from './schedule-rows.ts';
import { createSchedule, pauseSchedule, removeSchedule, resumeSchedule } from './schedule-verbs.ts';
import { holdDue, insertOccurrence, moveOn } from './take-due.ts';

type Verbs = ScheduleStore<NewRoleRun>;

const mostListed = 2000;

export function scheduleStore(database: Database): Verbs {
  return {
    createSchedule: (schedule) => settle(database, (tx) => createSchedule(tx, schedule)),
    pauseSchedule: (name, reason, actor) => settle(database, (tx) => pauseSchedule(tx, name, reason, actor)),
    resumeSchedule: (name, nextAt, actor) => settle(database, (tx) => resumeSchedule(tx, name, nextAt, actor)),
    removeSchedule: (name, actor) => settle(database, (tx) => removeSchedule(tx, name, actor)),
    readSchedule: (name) =>
      database.read(async (db) => {
        const row = await db.selectFrom('schedules').selectAll().where('name', '=', name).executeTakeFirst();
        return row === undefined ? undefined : withOccurrences(db, row);
      }),
    listSchedules: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('schedules').selectAll().orderBy('name').limit(mostListed).execute();
        return Promise.all(rows.map((row) => withOccurrences(db, row)));
      }),
    dueSchedules: (now, limit) =>
      database.read(async (db) => {
        const rows = await db.selectFrom('schedules').selectAll().where(hasDueTime).where('next_at', '<=', now).orderBy('next_at').limit(limit).execute();
        return rows.map((row) => toSchedule(row));
      }),
    fireOccurrence: (name, occurrence) => fireOccurrence(database, name, occurrence),
    skipOccurrences: (name, skipped) => settle(database, (tx) => skipOccurrences(tx, name, skipped)),
    unsettledOccurrences: (limit) => database.read((db) => findUnsettled(db, limit)),
    settleOccurrence: (name, dueAt, end) => settle(database, (tx) => settleOccurrence(tx, name, dueAt, end)),
  };
}

async function skipOccurrences(tx: WriteTransaction, name: string, skipped: Parameters<Verbs['skipOccurrences']>[1]): Promise<Settled<Schedule>> {
  const { from, dueAt, count, nextAt, reason } = skipped;
  const held = await holdDue(tx, name, { from, askedBy: null });
  if (!held.ok) return held;
  const said = count === 1 ? reason : `${count} due times from ${new Date(from).toISOString()} on were passed over: ${reason}`;
  const inserted = await insertOccurrence(tx, name, dueAt, { status: 'skipped', turn_id: null, run: null, reason: said });
  if (!inserted.ok) return inserted;
  const ended = await moveOn(tx, name, { nextAt, askedBy: null });
  await appendInTransaction(tx, [scheduleEvent('schedule.skipped', name, 'daemon', { from, dueAt, count, reason }), ...ended]);
  const row = await tx.db.selectFrom('schedules').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
  return done(await withOccurrences(tx.db, row));
}

/** A run has ended when its outcome is judged, any other occurrence when its turn has ended. */
async function findUnsettled(db: Kysely<Schema>, limit: number): ReturnType<Verbs['unsettledOccurrences']> {
  const rows = await db
    .selectFrom('schedule_occurrences')
    .innerJoin('schedules', 'schedules.name', 'schedule_occurrences.schedule')
    .leftJoin('turns', 'turns.id', 'schedule_occurrences.turn_id')
    .leftJoin('role_runs', 'role_runs.id', 'schedule_occurrences.run')
    .selectAll('schedules')
    .select(['schedule_occurrences.due_at', 'schedule_occurrences.run', 'role_runs.turn_id as run_turn', 'turns.id as turn'])
    .where(isFiredOccurrence)
    .where((eb) =>
      eb.or([
        eb('role_runs.status', '=', 'finished'),
        eb.and([eb('schedule_occurrences.run', 'is', null), eb('turns.status', 'not in', ['queued', 'running'])]),
      ]),
    )
    .orderBy('schedule_occurrences.fired_at')
    .limit(limit)
    .execute();
  return rows.map(({ due_at: dueAt, run, run_turn, turn, ...row }) => ({ schedule: toSchedule(row), dueAt, turnId: turn ?? run_turn, run }));
}
