/** Events of tasks and lanes, from their rows. */
import { taskEvent, type TaskEventType } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { eventData, installationStream, type EventType, type Json } from '@guildhall/protocol';
import type { LaneRow, TaskRow } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

export interface More {
  readonly [key: string]: Json | undefined;
}

/** The columns an event of a task needs. */
export const toldColumns = ['id', 'board', 'status', 'assignee', 'provenance'] as const;
export type ToldTask = Pick<TaskRow, (typeof toldColumns)[number]>;

export function taskRowEvent(type: TaskEventType, row: ToldTask, actor: string, more: More = {}): NewEvent {
  const { id, board, status, assignee } = row;
  return taskEvent(type, { id, board, status, assignee, provenance: fromStoredJson(row.provenance) }, actor, more);
}

export function laneEvent(type: Extract<EventType, `lane.${string}`>, lane: Pick<LaneRow, 'name' | 'state'>, actor: string, more: More = {}): NewEvent {
  return { stream: installationStream, type, actor, provenance: null, data: eventData({ lane: lane.name, state: lane.state, ...more }) };
}
