/** Claims that live now. */
import type { ClaimVerbs } from '@guildhall/board';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database.ts';
import { isOpenRun } from '../partial-indexes.ts';
import type { Schema } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import { readInOrder } from './list-tasks.ts';
import { toRun } from './rows.ts';

/** Of a lease. */
export const isLiveClaim = sql<boolean>`leases.holder is not null and leases.expires_at > lease_now()`;

/** Open runs whose claim lives. */
export function liveRuns(db: Kysely<Schema>) {
  return db
    .selectFrom('runs')
    .innerJoin('leases', (join) => join.on('leases.name', '=', sql`'claim:' || runs.task`).onRef('leases.epoch', '=', 'runs.epoch'))
    .where(isOpenRun)
    .where(isLiveClaim);
}

export function claimReads(database: Database): Pick<ClaimVerbs, 'findClaim' | 'liveClaims'> {
  return {
    findClaim: (tokenHash) =>
      database.read(async (db) => {
        const row = await liveRuns(db).selectAll('runs').where('runs.token_hash', '=', tokenHash).executeTakeFirst();
        return row === undefined ? undefined : toRun(row);
      }),
    liveClaims: (lanes) =>
      database.read(async (db) => {
        const live = await liveRuns(db)
          .selectAll('runs')
          .select(sql<number>`leases.expires_at - ${leaseNow}`.as('expires_in_ms'))
          .$if(lanes !== undefined, (query) => query.where('runs.lane', 'in', lanes ?? []))
          .orderBy('runs.lane')
          .orderBy('runs.task')
          .execute();
        const tasks = await readInOrder(
          db,
          live.map(({ task }) => task),
        );
        const byRun = new Map(tasks.map((task) => [task.runId, task]));
        return live.flatMap((run) => {
          const task = byRun.get(run.id);
          return task === undefined ? [] : [{ task, run: toRun(run), expiresInMs: run.expires_in_ms }];
        });
      }),
  };
}
