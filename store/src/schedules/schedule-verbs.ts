/** Schedules are made, stopped for a while, and removed. */
import { done, refuse, type ScheduleStatus, type Settled } from '@guildhall/protocol';
import { scheduleTransitions, type NewSchedule, type Schedule } from '@guildhall/schedules';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { ScheduleRow } from '../role-schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { noSchedule, scheduleEvent } from './schedule-events.ts';
import { holdSchedule, toSchedule, withOccurrences } from './schedule-rows.ts';

const mostSchedules = 1000;

export async function createSchedule(tx: WriteTransaction, schedule: NewSchedule): Promise<Settled<Schedule>> {
  const { name, when, target, nextAt, createdBy, catchUp, jitterMs } = schedule;
  const { there } = await tx.db
    .selectFrom('schedules')
    .select((eb) => eb.fn.countAll<number>().as('there'))
    .executeTakeFirstOrThrow();
  if (there >= mostSchedules)
    return refuse(
      'limit-reached',
      `there are ${there} schedules, and no more than ${mostSchedules} can be; remove those that have ended with: guildhall schedules remove`,
    );
  const row = await tx.db
    .insertInto('schedules')
    .values({
      name,
      spec: toStoredJson(when),
      target: toStoredJson(target),
      prompt: storableText(schedule.prompt),
      deliver_to: schedule.deliverTo === null ? null : toStoredJson(schedule.deliverTo),
      catch_up: catchUp,
      jitter_ms: jitterMs,
      status: 'active',
      reason: '',
      next_at: nextAt,
      failures: 0,
      created_by: createdBy,
      created_at: tx.at,
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined)
    return refuse('already-exists', `there is a schedule "${name}" already; choose another name, or remove it first with: guildhall schedules remove ${name}`, {
      name,
    });
  await appendInTransaction(tx, [scheduleEvent('schedule.created', name, createdBy, { kind: when.kind, target, nextAt, catchUp, jitterMs })]);
  return done(toSchedule(row));
}

export async function pauseSchedule(tx: WriteTransaction, name: string, reason: string, actor: string): Promise<Settled<Schedule>> {
  const held = await holdIn(tx, name, 'active', 'paused');
  if (!held.ok) return held;
  const row = await change(tx, name, { status: scheduleTransitions.active.pause, reason: storableText(reason) });
  await appendInTransaction(tx, [scheduleEvent('schedule.paused', name, actor, { reason })]);
  return done(await withOccurrences(tx.db, row));
}

export async function resumeSchedule(tx: WriteTransaction, name: string, nextAt: number | null, actor: string): Promise<Settled<Schedule>> {
  const held = await holdIn(tx, name, 'paused', 'resumed');
  if (!held.ok) return held;
  const row = await change(tx, name, {
    status: nextAt === null ? scheduleTransitions.paused.end : scheduleTransitions.paused.resume,
    reason: nextAt === null ? 'nothing was due any more when it was resumed' : '',
    next_at: nextAt,
    failures: 0,
  });
  const resumed = scheduleEvent('schedule.resumed', name, actor, { nextAt });
  await appendInTransaction(tx, nextAt === null ? [resumed, scheduleEvent('schedule.ended', name, actor, { reason: row.reason })] : [resumed]);
  return done(await withOccurrences(tx.db, row));
}

/** The journal keeps what it did. A turn that it began goes on. */
export async function removeSchedule(tx: WriteTransaction, name: string, actor: string): Promise<Settled<Schedule>> {
  const held = await holdSchedule(tx, name);
  if (held === undefined) return noSchedule(name);
  const removed = await withOccurrences(tx.db, held);
  await tx.db.deleteFrom('schedule_occurrences').where('schedule', '=', name).execute();
  await tx.db.deleteFrom('schedules').where('name', '=', name).execute();
  await appendInTransaction(tx, [scheduleEvent('schedule.removed', name, actor, { status: held.status, nextAt: held.next_at })]);
  return done(removed);
}

function change({ db }: WriteTransaction, name: string, changes: Partial<ScheduleRow>): Promise<ScheduleRow> {
  return db.updateTable('schedules').set(changes).where('name', '=', name).returningAll().executeTakeFirstOrThrow();
}

async function holdIn(tx: WriteTransaction, name: string, status: ScheduleStatus, become: string): Promise<Settled<ScheduleRow>> {
  const held = await holdSchedule(tx, name);
  if (held === undefined) return noSchedule(name);
  if (held.status === status) return done(held);
  const because = held.reason === '' ? '' : ` (${held.reason})`;
  return refuse('wrong-state', `the schedule ${name} is ${held.status}${because}, so it cannot be ${become}`, { name, status: held.status });
}
