import type { Task } from '@guildhall/board';
import { rootProvenance } from '@guildhall/authority';

/** A task that runs, with nothing special about it. */
export function aTask(changes: Partial<Task> = {}): Task {
  return {
    id: 'task_1',
    board: 'default',
    title: 'A task',
    body: '',
    status: 'running',
    assignee: 'factory',
    priority: 0,
    labels: [],
    startAt: null,
    acceptance: [],
    review: 'none',
    reviewer: 'operator',
    evidenceRequired: false,
    maxAttempts: 3,
    maxRuntimeMs: null,
    metadata: {},
    workspace: { kind: 'scratch' },
    attempts: 0,
    blockedCount: 0,
    openParents: 0,
    childCount: 0,
    block: null,
    runId: 'run_1',
    lane: 'factory',
    provenance: rootProvenance({ id: 'root_1', origin: 'operator', trust: 'operator', agent: 'main', via: 'task', ref: 'task_1' }),
    createdBy: 'operator',
    createdAt: 0,
    updatedAt: 0,
    readyAt: null,
    endedAt: null,
    ...changes,
  };
}
