/** A board as columns, and how much work there is. No count goes further than it is told to, so none grows with the board. */
import type { BoardReads, Column } from '@guildhall/board';
import { done, taskStatuses, type TaskStatus } from '@guildhall/protocol';
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Schema } from '../schema.ts';
import { noBoard } from './boards.ts';
import { readInOrder } from './list-tasks.ts';
import { toBoard } from './rows.ts';

type Columns = Awaited<ReturnType<BoardReads['readColumns']>>;

/** `ready` in the order in which it is claimed, the others newest first. */
export async function readColumns(db: Kysely<Schema>, name: string, perColumn: number, mostCounted: number): Promise<Columns> {
  const board = await db.selectFrom('boards').selectAll().where('name', '=', name).executeTakeFirst();
  if (board === undefined) return noBoard(name);
  const counts = await countEach(db, [name], mostCounted + 1);
  const cards = await firstCards(db, name, perColumn);
  const columns = taskStatuses.map((status): Column => {
    const count = counts.get(status) ?? 0;
    return { status, count: Math.min(count, mostCounted), more: count > mostCounted, tasks: cards.filter((task) => task.status === status) };
  });
  return done({ board: toBoard(board), columns });
}

export async function countTasks(db: Kysely<Schema>, mostCounted: number): Promise<Readonly<Record<TaskStatus, number>>> {
  const boards = await db.selectFrom('boards').select('name').orderBy('name').execute();
  const counts = await countEach(
    db,
    boards.map(({ name }) => name),
    mostCounted,
  );
  const none: Record<TaskStatus, number> = { triage: 0, todo: 0, scheduled: 0, ready: 0, running: 0, blocked: 0, review: 0, done: 0, archived: 0 };
  for (const [status, count] of counts) none[status] = Math.min(count, mostCounted);
  return none;
}

async function countEach(db: Kysely<Schema>, boards: readonly string[], most: number): Promise<ReadonlyMap<TaskStatus, number>> {
  const parts = boards.flatMap((board) =>
    taskStatuses.map(
      (status) =>
        sql`select ${sql.lit(status)} as status, count(*) as count from (select 1 from tasks where board = ${board} and status = ${sql.lit(status)} limit ${sql.lit(most)}) as part`,
    ),
  );
  const totals = new Map<TaskStatus, number>();
  for (const some of inFives(parts)) {
    const { rows } = await sql<{ status: TaskStatus; count: number }>`${sql.join([...some], sql` union all `)}`.execute(db);
    for (const { status, count } of rows) totals.set(status, (totals.get(status) ?? 0) + count);
  }
  return totals;
}

/** SQLite takes at most 500 selects in one; five boards' worth is far below. */
function inFives<T>(all: readonly T[]): readonly (readonly T[])[] {
  const size = 5 * taskStatuses.length;
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

async function firstCards(db: Kysely<Schema>, board: string, limit: number) {
  const parts = taskStatuses.map((status): RawBuilder<unknown> => {
    const order = status === 'ready' ? sql`priority desc, ready_at, id` : sql`id desc`;
    return sql`select id from (select id from tasks where board = ${board} and status = ${sql.lit(status)} order by ${order} limit ${sql.lit(limit)}) as part`;
  });
  const { rows } = await sql<{ id: string }>`${sql.join(parts, sql` union all `)}`.execute(db);
  return readInOrder(
    db,
    rows.map(({ id }) => id),
  );
}
