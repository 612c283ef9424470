import type { Task, TaskChanges } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { TaskRow } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { holdTask, noTask } from './hold-tasks.ts';
import { alterTask, landTask, moveTask, wrongState, type Moved } from './landing.ts';
import { taskRowEvent } from './row-events.ts';
import { toTask } from './rows.ts';
import { rewriteTerms } from './task-terms.ts';

/** What the one who holds a task relies on. */
const fixedWhileRunning = ['title', 'body', 'assignee', 'startAt'] as const satisfies readonly (keyof TaskChanges)[];

export async function changeTask(tx: WriteTransaction, id: string, changes: TaskChanges, actor: string): Promise<Settled<Task>> {
  const task = await holdTask(tx, id);
  if (task === undefined) return noTask(id);
  const refusal = refuseChange(task, changes);
  if (refusal !== undefined) return refusal;
  const set = changedColumns(changes);
  const names = Object.keys(changes);
  if (names.length === 0) return done(toTask(task));
  const moved = await settleAnew(tx, task, set, actor, names);
  if (!moved.ok) return moved;
  const { row, events } = moved.value;
  if (set.title !== undefined || set.labels !== undefined) await rewriteTerms(tx, row);
  await appendInTransaction(tx, events);
  return done(toTask(row));
}

function refuseChange(task: TaskRow, changes: TaskChanges): Settled<never> | undefined {
  if (task.status === 'done' || task.status === 'archived') return wrongState(task, 'change');
  const fixed = task.status === 'running' ? fixedWhileRunning.filter((name) => changes[name] !== undefined) : [];
  if (fixed.length === 0) return undefined;
  return refuse('wrong-state', `the task ${task.id} is running (held by ${task.lane ?? 'somebody'}); ${fixed.join(', ')} can change when it is not`, {
    task: task.id,
    status: task.status,
    fields: fixed,
  });
}

/** The event tells where the task stands after the change; where it lands because of a new start has an event of its own. */
async function settleAnew(tx: WriteTransaction, task: TaskRow, set: Partial<TaskRow>, actor: string, changed: readonly string[]): Promise<Settled<Moved>> {
  const more = { changed: [...changed] };
  const isAhead = set.start_at !== undefined && set.start_at !== null && set.start_at > tx.at;
  if (set.start_at !== undefined && task.status === 'scheduled' && !isAhead) return moveTask(tx, task, { verb: 'due', actor, set, more });
  const moved = await moveByStart(tx, task, set, isAhead);
  if (!moved.ok) return moved;
  const { row, events } = moved.value;
  return done({ row, events: [taskRowEvent('task.changed', { ...row, status: task.status }, actor, more), ...events] });
}

async function moveByStart(tx: WriteTransaction, task: TaskRow, set: Partial<TaskRow>, isAhead: boolean): Promise<Settled<Moved>> {
  if (set.start_at !== undefined && task.status === 'todo') return landTask(tx, task, set);
  if (isAhead && (task.status === 'ready' || task.status === 'scheduled'))
    return moveTask(tx, task, { verb: 'schedule', actor: 'daemon', set, more: { startAt: set.start_at } });
  return done({ row: await alterTask(tx, task, set), events: [] });
}

function changedColumns(changes: TaskChanges): Partial<TaskRow> {
  const { title, body, assignee, priority, labels, startAt, acceptance, review, reviewer, evidenceRequired, maxAttempts, maxRuntimeMs, metadata } = changes;
  return {
    ...(title === undefined ? {} : { title: storableText(title) }),
    ...(body === undefined ? {} : { body: storableText(body) }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(priority === undefined ? {} : { priority }),
    ...(labels === undefined ? {} : { labels: toStoredJson(labels) }),
    ...(startAt === undefined ? {} : { start_at: startAt }),
    ...(acceptance === undefined ? {} : { acceptance: toStoredJson(acceptance) }),
    ...(review === undefined ? {} : { review }),
    ...(reviewer === undefined ? {} : { reviewer }),
    ...(evidenceRequired === undefined ? {} : { evidence_required: evidenceRequired ? 1 : 0 }),
    ...(maxAttempts === undefined ? {} : { max_attempts: maxAttempts }),
    ...(maxRuntimeMs === undefined ? {} : { max_runtime_ms: maxRuntimeMs }),
    ...(metadata === undefined ? {} : { metadata: toStoredJson(metadata) }),
  };
}
