/** The verbs people, agents and the daemon have over tasks. What a lane does under its claim is in `claims.ts`. */
import type { NewBlock, Task, TaskVerbs } from '@guildhall/board';
import type { Clock, Ids, NewEvent } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { TaskRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { archiveOldTasks, archiveTask } from './archive.ts';
import { blockHeldTask, prepareBlock } from './blocking.ts';
import { changeTask } from './change-task.ts';
import { createTask } from './create-task.ts';
import { dropClaim, takeBack } from './end-run.ts';
import { holdTask, holdTasks, noTask } from './hold-tasks.ts';
import { importTasks } from './import-tasks.ts';
import { linkTasks, unlinkTasks } from './link-tasks.ts';
import { moveTask, wrongState, type Moved } from './landing.ts';
import { promoteChildren } from './promote.ts';
import { toTask } from './rows.ts';
import { addComment, writeAttachment, writeComment, writeMetadata } from './task-notes.ts';
import { wakeDueTasks } from './wake.ts';

export function taskVerbs(database: Database, { clock, ids }: { readonly clock: Clock; readonly ids: Ids }): TaskVerbs {
  return {
    createTask: (task) => settle(database, (tx) => createTask(tx, task)),
    changeTask: (id, changes, actor) => settle(database, (tx) => changeTask(tx, id, changes, actor)),
    specifyTask: (id, actor) => settle(database, (tx) => withTask(tx, id, (task) => moveTask(tx, task, { verb: 'specify', actor }))),
    linkTasks: (parent, child, actor) => settle(database, (tx) => linkTasks(tx, parent, child, actor)),
    unlinkTasks: (parent, child, actor) => settle(database, (tx) => unlinkTasks(tx, parent, child, actor)),
    blockTask: (id, block, actor) => settle(database, (tx) => blockTask(tx, id, block, actor)),
    unblockTask: (id, reason, actor) =>
      settle(database, (tx) =>
        withTask(tx, id, (task) =>
          moveTask(tx, task, { verb: 'unblock', actor, set: { attempts: 0, blocked_count: 0 }, more: { reason: storableText(reason) } }),
        ),
      ),
    reviewTask: (id, verdict, reason, actor) => {
      const comment = { id: ids.next('comment'), author: actor, text: reason };
      return settle(database, (tx) => withTask(tx, id, (task) => (verdict === 'accept' ? acceptTask(tx, task, reason, actor) : returnTask(tx, task, comment))));
    },
    reclaimTask: (id, reason, actor) =>
      settle(database, async (tx) => {
        await dropClaim(tx, id);
        return withTask(tx, id, (task) => takeBack(tx, task, reason, actor));
      }),
    archiveTask: (id, actor) => settle(database, (tx) => archiveTask(tx, id, actor)),
    commentTask: (id, comment) => settle(database, (tx) => noteOn(tx, id, (task) => addComment(tx, task, comment))),
    attachToTask: (id, file) => settle(database, (tx) => noteOn(tx, id, (task) => writeAttachment(tx, task, file))),
    annotateTask: (id, metadata, actor) =>
      settle(database, (tx) =>
        noteOn(tx, id, async (task) => {
          const written = await writeMetadata(tx, task, metadata, actor);
          return written.ok ? done({ view: toTask(written.value.row), event: written.value.event }) : written;
        }),
      ),
    wakeDueTasks: (limit) => wakeDueTasks(database, () => clock.now(), limit),
    archiveOldTasks: (limit) => archiveOldTasks(database, limit),
    importTasks: (board, imported, actor) => settle(database, (tx) => importTasks(tx, board, imported, actor)),
  };
}

async function withTask(tx: WriteTransaction, id: string, move: (task: TaskRow) => Promise<Settled<Moved>>): Promise<Settled<Task>> {
  const task = await holdTask(tx, id);
  if (task === undefined) return noTask(id);
  const moved = await move(task);
  if (!moved.ok) return moved;
  await appendInTransaction(tx, moved.value.events);
  return done(toTask(moved.value.row));
}

async function noteOn<T>(tx: WriteTransaction, id: string, write: (task: TaskRow) => Promise<Settled<{ view: T; event: NewEvent }>>): Promise<Settled<T>> {
  const task = await holdTask(tx, id);
  if (task === undefined) return noTask(id);
  const written = await write(task);
  if (!written.ok) return written;
  await appendInTransaction(tx, [written.value.event]);
  return done(written.value.view);
}

async function blockTask(tx: WriteTransaction, id: string, block: NewBlock, actor: string): Promise<Settled<Task>> {
  await prepareBlock(tx, block);
  await holdTasks(tx, [id, ...block.dependsOn]);
  return withTask(tx, id, (task) =>
    task.status === 'running' ? Promise.resolve(wrongState(task, 'block by another than who holds it')) : blockHeldTask(tx, task, block, { actor }),
  );
}

async function acceptTask(tx: WriteTransaction, task: TaskRow, reason: string, actor: string): Promise<Settled<Moved>> {
  const moved = await moveTask(tx, task, { verb: 'accept', actor, more: { verdict: 'accept', reason: storableText(reason) } });
  if (!moved.ok) return moved;
  const { row, events } = moved.value;
  return done({ row, events: [...events, ...(await promoteChildren(tx, row))] });
}

/** What is missing stands on the task as a comment, for whoever takes it next. */
async function returnTask(tx: WriteTransaction, task: TaskRow, comment: { id: string; author: string; text: string }): Promise<Settled<Moved>> {
  const moved = await moveTask(tx, task, { verb: 'return', actor: comment.author, more: { verdict: 'return', reason: storableText(comment.text) } });
  if (!moved.ok || comment.text === '') return moved;
  const { event } = await writeComment(tx, moved.value.row, comment);
  return done({ row: moved.value.row, events: [event, ...moved.value.events] });
}
