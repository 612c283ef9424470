/** The state of a lane as failures and successes of its runs move it. */
import { isParked, laneBreaker } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import type { WriteTransaction } from '../database.ts';
import { laneEvent } from './row-events.ts';
import { toLane } from './rows.ts';

/** A run of the lane failed: one more in a row. Parks it when that is too many; after the pause one more failure parks it again. */
export async function countFailure({ db, at }: WriteTransaction, name: string): Promise<readonly NewEvent[]> {
  const row = await db
    .updateTable('lanes')
    .set((eb) => ({ failure_streak: eb('failure_streak', '+', 1) }))
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined || row.state === 'unregistered' || row.failure_streak < laneBreaker.failures || isParked(toLane(row), at)) return [];
  const reason = `${row.failure_streak} runs in a row failed`;
  const until = at + laneBreaker.parkMs;
  await db.updateTable('lanes').set({ parked_reason: reason, parked_until: until }).where('name', '=', name).execute();
  return [laneEvent('lane.parked', row, 'daemon', { reason, until })];
}

/** A run of the lane completed. */
export async function forgetFailures({ db }: WriteTransaction, name: string): Promise<void> {
  await db.updateTable('lanes').set({ failure_streak: 0 }).where('name', '=', name).where('failure_streak', '>', 0).execute();
}
