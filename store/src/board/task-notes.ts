/** What is written on a task without moving it: comments, files, metadata. The row is held. */
import type { NewAttachment, NewComment } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type AttachmentView, type CommentView, type JsonObject, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';
import { fromStoredJson, storableText, toStoredJson } from '../stored-text.ts';
import { alterTask } from './landing.ts';
import { mergeMetadata } from './merge-patch.ts';
import { taskRowEvent } from './row-events.ts';

const mostAttachments = 500;
const mostComments = 2_000;

/** What anybody has to say; `limit-reached` on a task that is full of it. */
export async function addComment(tx: WriteTransaction, task: TaskRow, comment: NewComment): Promise<Settled<{ view: CommentView; event: NewEvent }>> {
  const earlier = await tx.db
    .selectFrom('task_comments')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('task', '=', task.id)
    .executeTakeFirstOrThrow();
  if (earlier.count >= mostComments)
    return refuse('limit-reached', `the task ${task.id} has ${earlier.count} comments already; say the rest in a file attached to it, or in another task`, {
      task: task.id,
    });
  return done(await writeComment(tx, task, comment));
}

export async function writeComment(tx: WriteTransaction, task: TaskRow, { id, author, text }: NewComment): Promise<{ view: CommentView; event: NewEvent }> {
  const row = { id, author, text: storableText(text), at: tx.at };
  await tx.db
    .insertInto('task_comments')
    .values({ ...row, task: task.id })
    .execute();
  return { view: row, event: taskRowEvent('task.commented', task, author, { comment: id }) };
}

/** The same bytes are kept once, whatever they are called. */
export async function writeAttachment(
  tx: WriteTransaction,
  task: TaskRow,
  { id, name, mediaType, content, bytes, sha256, author }: NewAttachment,
): Promise<Settled<{ view: AttachmentView; event: NewEvent }>> {
  const earlier = await tx.db
    .selectFrom('attachments')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('task', '=', task.id)
    .executeTakeFirstOrThrow();
  if (earlier.count >= mostAttachments)
    return refuse('limit-reached', `the task ${task.id} has ${mostAttachments} attachments already, which is the most`, { task: task.id });
  await tx.db
    .insertInto('attachment_contents')
    .values({ sha256, content })
    .onConflict((conflict) => conflict.column('sha256').doNothing())
    .execute();
  const row = { id, name: storableText(name), media_type: storableText(mediaType), bytes, sha256, author, at: tx.at };
  await tx.db
    .insertInto('attachments')
    .values({ ...row, task: task.id })
    .execute();
  const view = { id, name: row.name, mediaType: row.media_type, bytes, sha256, author, at: tx.at };
  return done({ view, event: taskRowEvent('task.attached', task, author, { attachment: id, name: row.name, bytes, sha256 }) });
}

export async function writeMetadata(
  tx: WriteTransaction,
  task: TaskRow,
  patch: JsonObject,
  actor: string,
): Promise<Settled<{ row: TaskRow; event: NewEvent }>> {
  const merged = mergeMetadata(task.id, fromStoredJson(task.metadata), patch);
  if (!merged.ok) return merged;
  const row = await alterTask(tx, task, { metadata: toStoredJson(merged.value) });
  return done({ row, event: taskRowEvent('task.annotated', row, actor, { keys: Object.keys(patch) }) });
}
