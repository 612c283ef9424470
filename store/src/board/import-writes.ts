/** Writes an import, in statements small enough for either database. */
import type { ImportedTask, NewAttachment } from '@guildhall/board';
import type { WriteTransaction } from '../database.ts';
import type { RunRow, TaskRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import type { Link } from './import-links.ts';
import { termsOf } from './task-terms.ts';

const rowsPerStatement = 200;

export interface ImportWrites {
  readonly board: string;
  readonly format: string;
  readonly tasks: readonly ImportedTask[];
  readonly rows: ReadonlyMap<string, TaskRow>;
  readonly links: readonly Link[];
  readonly runs: readonly RunRow[];
}

export async function writeImported(tx: WriteTransaction, { board, format, tasks, rows, links, runs }: ImportWrites): Promise<void> {
  const { db } = tx;
  for (const part of inParts([...rows.values()])) await db.insertInto('tasks').values(part).execute();
  for (const part of inParts([...rows.values()].flatMap(termsOf))) await db.insertInto('task_terms').values(part).execute();
  for (const part of inParts(tasks))
    await db
      .insertInto('imported_tasks')
      .values(part.map(({ key, id }) => ({ board, format, key, task: id })))
      .execute();
  for (const part of inParts(links)) await db.insertInto('task_links').values(part).execute();
  await countAtParents(tx, links, rows);
  for (const part of inParts(runs)) await db.insertInto('runs').values(part).execute();
  const comments = tasks.flatMap((task) => task.comments.map(({ id, author, text, at }) => ({ id, task: task.id, author, text: storableText(text), at })));
  for (const part of inParts(comments)) await db.insertInto('task_comments').values(part).execute();
  for (const task of tasks) for (const file of task.attachments) await writeFile(tx, task, file);
}

export function inParts<T>(all: readonly T[]): readonly T[][] {
  return Array.from({ length: Math.ceil(all.length / rowsPerStatement) }, (_, index) => all.slice(index * rowsPerStatement, (index + 1) * rowsPerStatement));
}

/** Parents that were there before; those that came along have their count already. */
async function countAtParents({ db }: WriteTransaction, links: readonly Link[], rows: ReadonlyMap<string, TaskRow>): Promise<void> {
  const before = Map.groupBy(
    links.filter(({ parent }) => !rows.has(parent)),
    ({ parent }) => parent,
  );
  for (const [parent, added] of before)
    await db
      .updateTable('tasks')
      .set((eb) => ({ child_count: eb('child_count', '+', added.length) }))
      .where('id', '=', parent)
      .execute();
}

async function writeFile({ db }: WriteTransaction, task: ImportedTask, { id, name, mediaType, content, bytes, sha256, author }: NewAttachment): Promise<void> {
  await db
    .insertInto('attachment_contents')
    .values({ sha256, content })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute();
  await db
    .insertInto('attachments')
    .values({ id, task: task.id, name: storableText(name), media_type: storableText(mediaType), bytes, sha256, author, at: task.createdAt })
    .execute();
}
