/** Tasks, lanes and runs with sensible values, to change one thing of. */
import type { Block, Lane, Run, Task } from '../src/index.ts';
import type { Hold, LaneSituation } from '../src/lane-hindrance.ts';
import type { TaskSituation } from '../src/why.ts';

export const now = 1_800_000_000_000;
export const minute = 60_000;
export const hour = 60 * minute;

const provenance = {
  root: 'task_1',
  origin: 'operator',
  trust: 'operator',
  hops: [],
  depth: 0,
  visited: [],
  forbidden: [],
  layers: [],
  budgets: [],
} as const;

export function aTask(changes: Partial<Task> = {}): Task {
  return {
    id: 'task_1',
    board: 'default',
    title: 'Paint the shed',
    body: '',
    status: 'ready',
    assignee: 'factory',
    priority: 0,
    labels: [],
    startAt: null,
    acceptance: [],
    review: 'none',
    reviewer: 'operator',
    evidenceRequired: false,
    maxAttempts: 2,
    maxRuntimeMs: null,
    metadata: {},
    workspace: { kind: 'scratch' },
    attempts: 0,
    blockedCount: 0,
    openParents: 0,
    childCount: 0,
    block: null,
    runId: null,
    lane: null,
    provenance,
    createdBy: 'operator',
    createdAt: now - hour,
    updatedAt: now - hour,
    readyAt: now - minute,
    endedAt: null,
    ...changes,
  };
}

export function blockedTask(block: Block | null): Task {
  return aTask({ status: 'blocked', readyAt: null, block });
}

export function aRun(changes: Partial<Run> = {}): Run {
  return {
    id: 'run_1',
    task: 'task_1',
    board: 'default',
    lane: 'factory',
    epoch: 1,
    attempt: 1,
    requestId: 'r1',
    tokenHash: 'x',
    startedAt: now - minute,
    endedAt: null,
    outcome: null,
    summary: '',
    reason: '',
    metadata: {},
    artifacts: [],
    evidence: [],
    lastHeartbeatAt: now - 5000,
    note: '',
    progress: null,
    worker: null,
    ...changes,
  };
}

export function aLane(changes: Partial<Lane> = {}): Lane {
  return {
    name: 'factory',
    kind: 'persistent',
    claimMode: 'pull-or-watch',
    capacity: 1,
    labels: [],
    description: '',
    leaseMs: 90_000,
    runner: null,
    state: 'active',
    parked: null,
    failureStreak: 0,
    credentialId: null,
    version: '',
    registeredAt: now - hour,
    lastSeenAt: now - 1000,
    ...changes,
  };
}

export function laneSituation(changes: Partial<Lane> = {}, more: Partial<LaneSituation> = {}): LaneSituation {
  const lane = aLane(changes);
  return { name: lane.name, counts: { lane, held: more.holds?.length ?? 0, ready: 1 }, waiting: 0, holds: [], ...more };
}

export function aHold(task: Partial<Task> = {}, run: Partial<Run> = {}): Hold {
  const held = aTask({ id: 'task_2', status: 'running', lane: 'factory', readyAt: null, ...task });
  return { task: held, run: aRun({ task: held.id, ...run }), expiresInMs: 80_000 };
}

export function taskSituation(task: Task, more: Partial<TaskSituation> = {}): TaskSituation {
  return {
    task,
    parents: [],
    parent: undefined,
    lane: laneSituation(),
    claim: null,
    run: undefined,
    quietSince: undefined,
    ahead: 0,
    behind: [],
    ...more,
  };
}
