/** Why a task does not move, in words. */
import type { TaskView } from '@guildhall/protocol';
import { onOneLine, relativeTime } from '../../terminal/words.ts';
import { describeWhen } from '../../when.ts';

/** A few words for a table; empty for what runs and what has ended. */
export function waitsFor(task: TaskView, now: number): string {
  switch (task.status) {
    case 'triage':
      return 'somebody to specify it';
    case 'todo':
      return openParents(task);
    case 'scheduled':
      return task.startAt === null ? 'its start' : `its start ${task.startAt > now ? relativeTime(task.startAt, now) : 'now'}`;
    case 'ready':
      return waitsForLane(task);
    case 'blocked':
      return task.block === null ? 'somebody to unblock it' : waitsForBlock(task, task.block, now);
    case 'review':
      return `review by ${task.reviewer}`;
    case 'running':
    case 'done':
    case 'archived':
      return '';
    default:
      return task.status satisfies never;
  }
}

/** What a person can do about it; undefined where time or somebody's work takes care of it. */
export function remedyFor(task: TaskView, now: number): string | undefined {
  if (task.status === 'triage') return `Let it leave triage: guildhall kanban specify ${task.id}`;
  if (task.status === 'scheduled' && task.startAt !== null)
    return `It starts ${describeWhen(task.startAt, now)}. Sooner: guildhall kanban schedule ${task.id} --at now`;
  if (task.status === 'blocked') return task.block?.kind === 'dependency' ? undefined : `Go on: guildhall kanban unblock ${task.id}`;
  if (task.status === 'review') return `Decide: guildhall kanban review ${task.id} --accept, or --return "what is missing"`;
  if (task.status !== 'ready') return undefined;
  if (task.assigneeState === 'none') return `Name somebody: guildhall kanban assign ${task.id} NAME`;
  if (task.assigneeState === 'unknown') return `Register that lane, or name another: guildhall kanban assign ${task.id} NAME`;
  if (task.assigneeState === 'drained' || task.assigneeState === 'parked')
    return `Let the lane take tasks again: guildhall kanban lanes resume ${task.assignee ?? ''}`;
  return task.assignee === 'operator' ? `It is yours: guildhall kanban claim ${task.id}` : undefined;
}

function waitsForLane({ assignee, assigneeState }: TaskView): string {
  if (assignee === null) return 'an assignee';
  if (assigneeState === 'unknown') return `a lane called ${assignee}`;
  return assigneeState === 'available' ? assignee : `${assignee} (${assigneeState})`;
}

function waitsForBlock(task: TaskView, block: NonNullable<TaskView['block']>, now: number): string {
  if (block.kind === 'dependency' && task.openParents > 0) return openParents(task);
  const retry = block.liftsAt === null ? '' : `, again ${relativeTime(block.liftsAt, now)}`;
  return `${block.kind === 'needs_input' ? 'an answer' : block.kind}: ${onOneLine(block.reason)}${retry}`;
}

function openParents({ openParents: open }: TaskView): string {
  if (open === 0) return 'the board';
  return open === 1 ? 'another task' : `${open} other tasks`;
}
