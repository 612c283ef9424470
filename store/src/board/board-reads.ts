/** Reading the board. Nothing here grows with the number of tasks that are done, and pages do not grow at all. */
import type { BoardReads } from '@guildhall/board';
import type { Database } from '../database.ts';
import { countTasks, readColumns } from './columns.ts';
import { deadTasks } from './dead-tasks.ts';
import { findImported } from './import-tasks.ts';
import { laneReads } from './lane-reads.ts';
import { listTasks } from './list-tasks.ts';
import { toTask } from './rows.ts';
import { readTaskDetail } from './task-detail.ts';

export function boardReads(database: Database): BoardReads {
  return {
    readTask: (id) =>
      database.read(async (db) => {
        const row = await db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? undefined : toTask(row);
      }),
    readTaskDetail: (id) => database.read((db) => readTaskDetail(db, id)),
    listTasks: (query) => database.read((db) => listTasks(db, query)),
    readColumns: (board, perColumn, mostCounted) => database.read((db) => readColumns(db, board, perColumn, mostCounted)),
    findImported: (board, format, keys) =>
      database.read(async (db) => {
        const known = await findImported(db, board, format, keys);
        return new Set(known.keys());
      }),
    readAttachment: (task, id) =>
      database.read((db) =>
        db
          .selectFrom('attachments')
          .innerJoin('attachment_contents', 'attachment_contents.sha256', 'attachments.sha256')
          .select(['attachments.name', 'attachments.media_type as mediaType', 'attachment_contents.content'])
          .where('attachments.id', '=', id)
          .where('attachments.task', '=', task)
          .executeTakeFirst(),
      ),
    ...laneReads(database),
    deadTasks: (limit) => deadTasks(database, limit),
    countTasks: (mostCounted) => database.read((db) => countTasks(db, mostCounted)),
  };
}
