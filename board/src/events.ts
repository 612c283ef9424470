/** What the journal says of tasks. Every event names the task, where it stands afterwards and who it is for, so that a lane can tell from the event alone whether it concerns it. */
import { boardStream, eventData, type EventType, type Json } from '@guildhall/protocol';
import type { NewEvent } from '@guildhall/kernel';
import type { Task } from './task.ts';

export type TaskEventType = Extract<EventType, `task.${string}` | 'worker.spawned'>;

/** `more` never holds a token. */
export function taskEvent(
  type: TaskEventType,
  task: Pick<Task, 'id' | 'board' | 'status' | 'assignee' | 'provenance'>,
  actor: string,
  more: { readonly [key: string]: Json | undefined } = {},
): NewEvent {
  const data = eventData({ task: task.id, status: task.status, assignee: task.assignee, ...more });
  return { stream: boardStream(task.board), type, actor, provenance: task.provenance, data };
}
