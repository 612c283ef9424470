/** Rows of schedules as the shapes of `schedules`. */
import type { OccurrenceView } from '@guildhall/protocol';
import type { Schedule } from '@guildhall/schedules';
import type { Kysely } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import type { RoleSchema, ScheduleRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

const newestShown = 20;

export function toSchedule(row: ScheduleRow, occurrences: readonly OccurrenceView[] = []): Schedule {
  return {
    name: row.name,
    when: fromStoredJson(row.spec),
    target: fromStoredJson(row.target),
    prompt: row.prompt,
    deliverTo: row.deliver_to === null ? null : fromStoredJson(row.deliver_to),
    catchUp: row.catch_up,
    jitterMs: row.jitter_ms,
    status: row.status,
    reason: row.reason,
    nextAt: row.next_at,
    failures: row.failures,
    createdAt: row.created_at,
    createdBy: row.created_by,
    occurrences,
  };
}

export function toOccurrence(row: RoleSchema['schedule_occurrences']): OccurrenceView {
  return { dueAt: row.due_at, firedAt: row.fired_at, status: row.status, turnId: row.turn_id, run: row.run, reason: row.reason };
}

/** With its newest occurrences, the newest first. */
export async function withOccurrences(db: Kysely<Schema>, row: ScheduleRow): Promise<Schedule> {
  const rows = await db.selectFrom('schedule_occurrences').selectAll().where('schedule', '=', row.name).orderBy('due_at', 'desc').limit(newestShown).execute();
  return toSchedule(row, rows.map(toOccurrence));
}

/** Held until the transaction ends; whatever changes a schedule or its occurrences holds it first, before any session. */
export function holdSchedule({ db, seam }: WriteTransaction, name: string): Promise<ScheduleRow | undefined> {
  return db.selectFrom('schedules').selectAll().where('name', '=', name).modifyEnd(seam.holdRows).executeTakeFirst();
}
