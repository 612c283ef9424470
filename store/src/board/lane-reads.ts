/** Lanes with what is counted when they are read: live leases, so that nothing dead is counted, and ready tasks up to a bound. */
import type { BoardReads, LaneCounts } from '@guildhall/board';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database.ts';
import type { LaneRow, Schema } from '../schema.ts';
import { readInOrder } from './list-tasks.ts';
import { toLane } from './rows.ts';

type LaneReads = Pick<BoardReads, 'listLanes' | 'readLane' | 'findLanes' | 'lanesWithWork' | 'longestWaits'>;

/** Ready tasks of one lane that are counted. */
const mostReady = 10_000;

export function laneReads(database: Database): LaneReads {
  return {
    listLanes: () =>
      database.read(async (db) => {
        const rows = await counted(db).where('lanes.state', '<>', 'unregistered').orderBy('lanes.name').execute();
        return rows.map(toCounts);
      }),
    readLane: (name) =>
      database.read(async (db) => {
        const row = await counted(db).where('lanes.name', '=', name).executeTakeFirst();
        return row === undefined ? undefined : toCounts(row);
      }),
    findLanes: (names) =>
      database.read(async (db) => {
        if (names.length === 0) return new Map();
        const rows = await db.selectFrom('lanes').selectAll().where('name', 'in', names).where('state', '<>', 'unregistered').execute();
        return new Map(rows.map((row) => [row.name, toLane(row)]));
      }),
    lanesWithWork: (names, limit) =>
      database.read(async (db) => {
        if (names.length === 0) return new Map();
        const rows = await db
          .selectFrom('lanes')
          .select(['name', readyCount(limit).as('ready')])
          .where('name', 'in', names)
          .execute();
        return new Map(rows.flatMap(({ name, ready }) => (ready === 0 ? [] : [[name, ready] as const])));
      }),
    longestWaits: (limit) => database.read((db) => longestWaits(db, limit)),
  };
}

function counted(db: Kysely<Schema>) {
  return db
    .selectFrom('lanes')
    .selectAll('lanes')
    .select([
      sql<number>`(select count(*) from runs join leases on leases.name = 'claim:' || runs.task and leases.epoch = runs.epoch
        where runs.lane = lanes.name and runs.ended_at is null and leases.holder is not null and leases.expires_at > lease_now())`.as('held'),
      readyCount(mostReady).as('ready'),
    ]);
}

function readyCount(most: number) {
  return sql<number>`(select count(*) from (select 1 from tasks where tasks.status = 'ready' and tasks.assignee = lanes.name limit ${sql.lit(most)}) as part)`;
}

function toCounts(row: LaneRow & { readonly held: number; readonly ready: number }): LaneCounts {
  return { lane: toLane(row), held: row.held, ready: row.ready };
}

/**
 * For each assignee (and for nobody) the task that has been ready longest, with how many are ready; then for each lane the claim that lapsed first, with how many have. Steps
 * from one assignee to the next in the index, and so does not read all ready tasks.
 */
async function longestWaits(db: Kysely<Schema>, limit: number): ReturnType<BoardReads['longestWaits']> {
  const { rows: waits } = await sql<{ id: string; waiting: number }>`
    with recursive names (assignee) as (
      select min(assignee) from tasks where status = 'ready' and assignee is not null
      union all select (select min(assignee) from tasks where status = 'ready' and assignee > names.assignee) from names where names.assignee is not null),
    longest (id, waiting) as (
      select (select id from tasks where status = 'ready' and assignee = names.assignee order by ready_at, id limit 1),
        (select count(*) from (select 1 from tasks where status = 'ready' and assignee = names.assignee limit ${sql.lit(mostReady)}) as part)
      from names where names.assignee is not null
      union all select (select id from tasks where status = 'ready' and assignee is null order by ready_at, id limit 1),
        (select count(*) from (select 1 from tasks where status = 'ready' and assignee is null limit ${sql.lit(mostReady)}) as part))
    select longest.id as id, longest.waiting as waiting from longest join tasks on tasks.id = longest.id order by tasks.ready_at, tasks.id limit ${sql.lit(limit)}`.execute(
    db,
  );
  const { rows: lapses } = await sql<{ id: string; waiting: number }>`
    select min(runs.task) as id, count(*) as waiting from runs join leases on leases.name = 'claim:' || runs.task and leases.epoch = runs.epoch
    where runs.ended_at is null and leases.expires_at <= lease_now() group by runs.lane order by min(leases.expires_at) limit ${sql.lit(limit)}`.execute(db);
  const found = [...waits, ...lapses];
  const tasks = await readInOrder(
    db,
    found.map(({ id }) => id),
  );
  const waitingOf = new Map(found.map(({ id, waiting }) => [id, waiting]));
  return tasks.map((task) => ({ assignee: task.assignee, task, waiting: waitingOf.get(task.id) ?? 0 }));
}
