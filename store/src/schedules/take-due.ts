/** The one winner of a due time: whoever writes its row, in the transaction that moves the schedule on. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { scheduleTransitions } from '@guildhall/schedules';
import type { NewEvent } from '@guildhall/kernel';
import type { WriteTransaction } from '../database.ts';
import type { RoleSchema, ScheduleRow } from '../role-schema.ts';
import { noSchedule, scheduleEvent } from './schedule-events.ts';
import { holdSchedule } from './schedule-rows.ts';

export interface DueTime {
  readonly dueAt: number;
  readonly nextAt: number | null;
  readonly askedBy: string | null;
}

const mostKept = 1000;

type NewOccurrence = Pick<RoleSchema['schedule_occurrences'], 'status' | 'turn_id' | 'run' | 'reason'>;

/** The schedule, held and due then; `already-exists` where another daemon was first or it is no longer due. */
export async function holdDue(
  tx: WriteTransaction,
  name: string,
  due: { readonly from: number; readonly askedBy: string | null },
): Promise<Settled<ScheduleRow>> {
  const held = await holdSchedule(tx, name);
  if (held === undefined) return noSchedule(name);
  const isDue = held.status === 'active' && held.next_at === due.from;
  return isDue === (due.askedBy === null) ? done(held) : takenAlready(name, due.from);
}

export async function insertOccurrence(tx: WriteTransaction, name: string, dueAt: number, occurrence: NewOccurrence): Promise<Settled<null>> {
  const row = await tx.db
    .insertInto('schedule_occurrences')
    .values({ schedule: name, due_at: dueAt, fired_at: tx.at, ...occurrence })
    .onConflict((conflict) => conflict.columns(['schedule', 'due_at']).doNothing())
    .returning('due_at')
    .executeTakeFirst();
  if (row === undefined) return takenAlready(name, dueAt);
  await forgetOldest(tx, name);
  return done(null);
}

/** A schedule that fires every few seconds for years keeps its newest occurrences; the journal tells of the others. They are not due again: what a schedule is due next only goes forward. */
async function forgetOldest({ db }: WriteTransaction, name: string): Promise<void> {
  await db
    .deleteFrom('schedule_occurrences')
    .where('schedule', '=', name)
    .where('status', '<>', 'fired')
    .where('due_at', '<=', (eb) =>
      eb.selectFrom('schedule_occurrences').select('due_at').where('schedule', '=', name).orderBy('due_at', 'desc').offset(mostKept).limit(1),
    )
    .execute();
}

/** What the schedule is due next, or its end; nothing where a person asked for this one. */
export async function moveOn(tx: WriteTransaction, name: string, { nextAt, askedBy }: Pick<DueTime, 'nextAt' | 'askedBy'>): Promise<readonly NewEvent[]> {
  if (askedBy !== null) return [];
  const reason = 'nothing is due any more';
  const ended = nextAt === null ? { status: scheduleTransitions.active.end, reason } : {};
  await tx.db
    .updateTable('schedules')
    .set({ next_at: nextAt, ...ended })
    .where('name', '=', name)
    .execute();
  return nextAt === null ? [scheduleEvent('schedule.ended', name, 'daemon', { reason })] : [];
}

function takenAlready(name: string, dueAt: number): Settled<never> {
  return refuse('already-exists', `what the schedule ${name} was due at ${new Date(dueAt).toISOString()} was taken care of already`, { name, dueAt });
}
