/**
 * A task, and the one table of what may become of it.
 *
 * It lands in `todo` and is promoted to `ready` in the same transaction when no parent is open and its start has come; with a start ahead it is `scheduled`. Only a claim makes it
 * `running`, and only the holder of that claim, a person who takes it back, or the end of the lease moves it on. `blocked` keeps a typed reason: `dependency` and `transient` lift
 * themselves, the others need a person. `review` names who moves next. `done` and `archived` are final: nothing is resurrected.
 */
import type { BlockKind, JsonObject, Provenance, TaskStatus, Workspace } from '@guildhall/protocol';

export type TaskVerb =
  | 'specify'
  | 'promote'
  | 'demote'
  | 'schedule'
  | 'due'
  | 'claim'
  | 'complete'
  | 'submit'
  | 'accept'
  | 'return'
  | 'block'
  | 'unblock'
  | 'release'
  | 'reclaim'
  | 'retry'
  | 'exhaust'
  | 'archive';

/** `promote`, `demote`, `due`, `retry` and `exhaust` are the board's own; the rest are asked for. `retry` ends a failed run, `exhaust` its last one. */
export const taskTransitions = {
  triage: { specify: 'todo', archive: 'archived' },
  todo: { promote: 'ready', schedule: 'scheduled', block: 'blocked', archive: 'archived' },
  scheduled: { due: 'todo', schedule: 'scheduled', block: 'blocked', archive: 'archived' },
  ready: { claim: 'running', demote: 'todo', schedule: 'scheduled', block: 'blocked', archive: 'archived' },
  running: { complete: 'done', submit: 'review', block: 'blocked', release: 'ready', reclaim: 'ready', retry: 'ready', exhaust: 'blocked' },
  blocked: { unblock: 'todo', archive: 'archived' },
  review: { accept: 'done', return: 'todo', archive: 'archived' },
  done: { archive: 'archived' },
  archived: {},
} as const satisfies Record<TaskStatus, Partial<Record<TaskVerb, TaskStatus>>>;

/** The status a verb leads to, or undefined where the table has no such way. */
export function afterVerb(status: TaskStatus, verb: TaskVerb): TaskStatus | undefined {
  const ways: Partial<Record<TaskVerb, TaskStatus>> = taskTransitions[status];
  return ways[verb];
}

/** The statuses a verb may be asked for in. */
export function statusesWith(verb: TaskVerb): readonly TaskStatus[] {
  return (Object.keys(taskTransitions) as TaskStatus[]).filter((status) => afterVerb(status, verb) !== undefined);
}

export interface Block {
  readonly kind: BlockKind;
  readonly reason: string;
  /** Wall-clock milliseconds; null: when the parents are done, or by a person. */
  readonly liftsAt: number | null;
}

export interface Task {
  readonly id: string;
  readonly board: string;
  readonly title: string;
  readonly body: string;
  readonly status: TaskStatus;
  readonly assignee: string | null;
  readonly priority: number;
  readonly labels: readonly string[];
  /** Wall clock. */
  readonly startAt: number | null;
  readonly acceptance: readonly string[];
  readonly review: 'none' | 'required';
  readonly reviewer: string;
  readonly evidenceRequired: boolean;
  readonly maxAttempts: number;
  readonly maxRuntimeMs: number | null;
  readonly metadata: JsonObject;
  readonly workspace: Workspace;
  /** Failed runs since it was made or a person unblocked it. */
  readonly attempts: number;
  /** `transient` blocks in a row; a person's unblock begins anew. */
  readonly blockedCount: number;
  readonly openParents: number;
  readonly childCount: number;
  readonly block: Block | null;
  /** The run that holds it; null unless it is running. */
  readonly runId: string | null;
  readonly lane: string | null;
  readonly provenance: Provenance;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly readyAt: number | null;
  readonly endedAt: number | null;
}
