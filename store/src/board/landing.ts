/**
 * The one place where a task that is held (`holdTasks`) changes its status. Two statements hold and move in one: the claim (`claim-take.ts`), and the children of a done task (`promote.ts`).
 *
 * Whatever reaches `todo` lands in the same statement: `scheduled` when its start is ahead, `ready` when no parent is open, else it waits in `todo` for its parents.
 */
import { afterVerb, type TaskEventType, type TaskVerb } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled, type TaskStatus } from '@guildhall/protocol';
import { RunAgain, type WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';
import { taskRowEvent, type More } from './row-events.ts';

export interface Move {
  readonly verb: TaskVerb;
  readonly actor: string;
  /** Where it is not the verb's own, as for the many ways in which a run fails. */
  readonly type?: TaskEventType;
  readonly more?: More;
  /** What changes along. The columns that follow from the status need not be named: see `settled`. */
  readonly set?: Partial<TaskRow>;
}

export interface Moved {
  readonly row: TaskRow;
  /** The verb's own event, then where it landed. */
  readonly events: readonly NewEvent[];
}

/** `wrong-state` where the transition table has no such way. */
export async function moveTask(tx: WriteTransaction, task: TaskRow, move: Move): Promise<Settled<Moved>> {
  const to = afterVerb(task.status, move.verb);
  if (to === undefined) return wrongState(task, move.verb);
  const reached = settled({ ...task, ...move.set, status: to, updated_at: tx.at }, task, tx.at);
  const landed = landedRow(reached, tx.at);
  const row = await tx.db
    .updateTable('tasks')
    .set(changed(task, landed))
    .where('id', '=', task.id)
    .where('status', '=', task.status)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new RunAgain(`the task ${task.id}`);
  const own = taskRowEvent(move.type ?? eventOfVerb[move.verb], reached, move.actor, move.more);
  return done({ row, events: [own, ...landingEvents(reached, row)] });
}

/** A task in `todo` of which something changed: where it lands now. */
export async function landTask(tx: WriteTransaction, task: TaskRow, set: Partial<TaskRow>): Promise<Settled<Moved>> {
  const { status, start_at: startAt } = landedRow({ ...task, ...set }, tx.at);
  if (status === 'ready') return moveTask(tx, task, { verb: 'promote', actor: 'daemon', set });
  if (status === 'scheduled') return moveTask(tx, task, { verb: 'schedule', actor: 'daemon', set, more: { startAt } });
  return done({ row: await alterTask(tx, task, set), events: [] });
}

/** Changes a task that stays where it is. */
export async function alterTask(tx: WriteTransaction, task: TaskRow, set: Partial<TaskRow>): Promise<TaskRow> {
  const columns = changed(task, { ...task, ...set });
  if (Object.keys(columns).length === 0) return task;
  const row = await tx.db
    .updateTable('tasks')
    .set({ ...columns, updated_at: tx.at })
    .where('id', '=', task.id)
    .where('status', '=', task.status)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new RunAgain(`the task ${task.id}`);
  return row;
}

export function wrongState(task: Pick<TaskRow, 'id' | 'status' | 'lane'>, verb: string): Settled<never> {
  const holder = task.lane === null ? '' : ` (held by ${task.lane})`;
  return refuse('wrong-state', `the task ${task.id} is ${task.status}${holder}, and "${verb}" is not possible there`, {
    task: task.id,
    status: task.status,
    verb,
  });
}

/** A row that reached `todo`, as it lands; any other as it is. */
export function landedRow(row: TaskRow, at: number): TaskRow {
  if (row.status !== 'todo') return row;
  if (row.start_at !== null && row.start_at > at) return settled({ ...row, status: 'scheduled' }, row, at);
  return row.open_parents === 0 ? settled({ ...row, status: 'ready' }, row, at) : row;
}

export function landingEvents(before: TaskRow, after: TaskRow): readonly NewEvent[] {
  if (before.status === after.status) return [];
  if (after.status === 'ready') return [taskRowEvent('task.promoted', after, 'daemon')];
  return [taskRowEvent('task.scheduled', after, 'daemon', { startAt: after.start_at })];
}

/** The columns that follow from the status: a block, a timer, a run and the times belong to some statuses and to no other. */
function settled(row: TaskRow, before: TaskRow, at: number): TaskRow {
  const { status } = row;
  const isBlocked = status === 'blocked';
  const isRunning = status === 'running';
  return {
    ...row,
    block_kind: isBlocked ? row.block_kind : null,
    block_reason: isBlocked ? row.block_reason : null,
    wake_at: wakeAt(row),
    was_done: status === 'done' ? 1 : row.was_done,
    run_id: isRunning ? row.run_id : null,
    lane: isRunning ? row.lane : null,
    ready_at: status === 'ready' ? (before.status === 'ready' ? before.ready_at : at) : null,
    ended_at: hasEnded(status) ? (before.ended_at ?? at) : null,
  };
}

function wakeAt(row: TaskRow): number | null {
  if (row.status === 'scheduled') return row.start_at;
  return row.status === 'blocked' && row.block_kind === 'transient' ? row.wake_at : null;
}

function hasEnded(status: TaskStatus): boolean {
  return status === 'done' || status === 'archived';
}

function changed(before: TaskRow, after: TaskRow): Partial<TaskRow> {
  const entries = Object.entries(after).filter(([column, value]) => !Object.is(value, Reflect.get(before, column)));
  return Object.fromEntries(entries);
}

const eventOfVerb = {
  specify: 'task.specified',
  promote: 'task.promoted',
  demote: 'task.demoted',
  schedule: 'task.scheduled',
  due: 'task.changed',
  claim: 'task.claimed',
  complete: 'task.completed',
  submit: 'task.completed',
  accept: 'task.reviewed',
  return: 'task.reviewed',
  block: 'task.blocked',
  unblock: 'task.unblocked',
  release: 'task.released',
  reclaim: 'task.reclaimed',
  retry: 'task.crashed',
  exhaust: 'task.crashed',
  archive: 'task.archived',
} as const satisfies Record<TaskVerb, TaskEventType>;
