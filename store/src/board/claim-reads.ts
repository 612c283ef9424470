/** Claims that live now. */
import type { ClaimVerbs } from '@guildhall/board';
import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { isOpenRun } from '../partial-indexes.ts';
import { leaseNow } from '../seam.ts';
import { toRun, toTask } from './rows.ts';

/** Of a lease. */
export const isLiveClaim = sql<boolean>`leases.holder is not null and leases.expires_at > lease_now()`;

export function claimReads(database: Database): Pick<ClaimVerbs, 'findClaim' | 'liveClaims'> {
  return {
    findClaim: (tokenHash) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('runs')
          .innerJoin('leases', (join) => join.on('leases.name', '=', sql`'claim:' || runs.task`).onRef('leases.epoch', '=', 'runs.epoch'))
          .selectAll('runs')
          .where('runs.token_hash', '=', tokenHash)
          .where(isOpenRun)
          .where(isLiveClaim)
          .executeTakeFirst();
        return row === undefined ? undefined : toRun(row);
      }),
    liveClaims: (lanes) =>
      database.read(async (db) => {
        const open = await db
          .selectFrom('runs')
          .innerJoin('leases', (join) => join.on('leases.name', '=', sql`'claim:' || runs.task`).onRef('leases.epoch', '=', 'runs.epoch'))
          .selectAll('runs')
          .select(sql<number>`leases.expires_at - ${leaseNow}`.as('expires_in_ms'))
          .where(isOpenRun)
          .where(isLiveClaim)
          .$if(lanes !== undefined, (query) => query.where('runs.lane', 'in', lanes ?? []))
          .orderBy('runs.lane')
          .orderBy('runs.task')
          .execute();
        if (open.length === 0) return [];
        const tasks = await db
          .selectFrom('tasks')
          .selectAll()
          .where(
            'id',
            'in',
            open.map(({ task }) => task),
          )
          .execute();
        const byRun = new Map(tasks.map((task) => [task.run_id, task]));
        return open.flatMap((run) => {
          const task = byRun.get(run.id);
          return task === undefined ? [] : [{ task: toTask(task), run: toRun(run), expiresInMs: run.expires_in_ms }];
        });
      }),
  };
}
