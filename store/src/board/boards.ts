/** Boards: made once, never removed. */
import type { BoardVerbs } from '@guildhall/board';
import { boardStream, done, eventData, refuse, type Settled } from '@guildhall/protocol';
import { settle, type Database } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText } from '../stored-text.ts';
import { toBoard } from './rows.ts';

export function boardVerbs(database: Database): BoardVerbs {
  return {
    createBoard: ({ name, title, archiveDoneAfterDays }, actor) =>
      settle(database, async (tx) => {
        const made = await tx.db
          .insertInto('boards')
          .values({ name, title: storableText(title), created_at: tx.at, archive_done_after_days: archiveDoneAfterDays })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .returningAll()
          .executeTakeFirst();
        if (made === undefined) return refuse('already-exists', `there is a board "${name}" already; choose another name`, { board: name });
        const data = eventData({ board: name, title: made.title, archiveDoneAfterDays });
        await appendInTransaction(tx, [{ stream: boardStream(name), type: 'board.created', actor, provenance: null, data }]);
        return done(toBoard(made));
      }),
    listBoards: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('boards').selectAll().orderBy('name').execute();
        return rows.map(toBoard);
      }),
  };
}

export function noBoard(name: string): Settled<never> {
  return refuse('not-found', `there is no board "${name}"; list them with: guildhall kanban boards list`, { board: name });
}
