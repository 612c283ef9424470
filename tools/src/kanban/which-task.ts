/** Which task a call means. `complete`, `block` and `heartbeat` are for the task this very turn holds; the other tools take any, and that one when none is named. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { ToolContext } from '@guildhall/sessions';
import { z } from 'zod';
import type { KanbanPort, OwnTask } from './kanban-port.ts';

export const taskId = z.string().trim().min(1).max(200);
export const ownTaskId = taskId.exactOptional().describe('The task; left out: the one you were started to work on');
export const boardName = z.string().trim().min(1).max(64).exactOptional().describe('The board; left out: that of your own task, else "default"');

interface TaskChoice {
  readonly task_id?: string;
  readonly board?: string;
}

/** The task that is named, else the one this turn works on. With a board, it must be on it. */
export async function meantTask(port: KanbanPort, choice: TaskChoice, context: ToolContext): Promise<Settled<string>> {
  const task = choice.task_id ?? (await port.ownTask(context))?.task;
  if (task === undefined) return refuse('invalid-input', 'give task_id: this turn was not started to work on a task, so there is none to take for granted');
  return onBoard(port, task, choice.board, context);
}

/** The same arguments with the task they mean. */
export async function nameTask<A extends TaskChoice>(port: KanbanPort, args: A, context: ToolContext): Promise<Settled<A>> {
  const task = await meantTask(port, args, context);
  return task.ok ? done({ ...args, task_id: task.value }) : task;
}

/** The task this turn holds; refused for any other. */
export async function heldTask(port: KanbanPort, choice: TaskChoice, context: ToolContext): Promise<Settled<OwnTask>> {
  const own = await port.ownTask(context);
  if (own === undefined)
    return refuse(
      'not-allowed',
      'this turn holds no task: it was not started for one, or its claim has ended. Only the turn that holds a task may complete, block or heartbeat it; to say something about a task, use kanban_comment',
    );
  if (choice.task_id !== undefined && choice.task_id !== own.task)
    return refuse(
      'not-allowed',
      `this turn holds ${own.task} and may not act for ${choice.task_id}; say what you know of it with kanban_comment, or make a task of its own with kanban_create`,
      { holds: own.task },
    );
  const placed = await onBoard(port, own.task, choice.board, context);
  return placed.ok ? done(own) : placed;
}

async function onBoard(port: KanbanPort, task: string, board: string | undefined, context: ToolContext): Promise<Settled<string>> {
  if (board === undefined) return done(task);
  const found = await port.readTask(task, context);
  if (!found.ok) return found;
  if (found.value.task.board === board) return done(task);
  return refuse('not-found', `the task ${task} is not on the board ${board}; it is on ${found.value.task.board}`);
}
