/** Lanes, tasks and claims with sensible values. The token of a claim is its hash here: only that reaches the store. */
import {
  claimToken,
  hashClaimToken,
  type ClaimAttempt,
  type Claimed,
  type ClaimProof,
  type Completion,
  type NewLane,
  type NewTask,
  type Task,
} from '@guildhall/board';
import type { JournalEvent } from '@guildhall/protocol';
import type { Store } from '../src/index.ts';
import { ids, value } from './databases.ts';
import { provenance } from './session-fixtures.ts';

export const leaseMs = 60_000;

export function newLane(changes: Partial<NewLane> = {}): NewLane {
  const name = changes.name ?? newName('lane');
  return {
    name,
    kind: 'persistent',
    claimMode: 'pull-or-watch',
    capacity: 1,
    labels: [],
    description: '',
    leaseMs,
    runner: null,
    credential: { id: ids.next('cred'), secretHash: ids.next('hash'), scopes: [`lane:${name}`], label: name },
    ...changes,
  };
}

/** Ids are mixed case, names of lanes and boards are not. */
export function newName(prefix: string): string {
  return ids.next(prefix).toLowerCase();
}

export function newTask(changes: Partial<NewTask> = {}): NewTask {
  return {
    id: ids.next('task'),
    board: 'default',
    title: 'Count the apples',
    body: '',
    assignee: null,
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
    parents: [],
    triage: false,
    idempotencyKey: null,
    provenance,
    createdBy: 'operator',
    ...changes,
  };
}

export function attempt(lane: string, changes: Partial<ClaimAttempt> = {}): ClaimAttempt {
  const requestId = changes.requestId ?? ids.next('req');
  return {
    lane,
    requestId,
    runId: ids.next('run'),
    tokenHashFor: (task, epoch) => hashClaimToken(claimToken('key', { task, epoch, requestId })),
    ...changes,
  };
}

export function proofOf({ task, run }: Claimed): ClaimProof {
  return { task: task.id, tokenHash: run.tokenHash };
}

export const completion: Completion = { summary: 'counted', metadata: {}, artifacts: [], evidence: [], review: false };

/** A lane of its own with one ready task. */
export async function laneWithTask(store: Store, changes: { readonly lane?: Partial<NewLane>; readonly task?: Partial<NewTask> } = {}) {
  const lane = value(await store.board.registerLane(newLane(changes.lane), 'operator'));
  const { task } = value(await store.board.createTask(newTask({ assignee: lane.name, ...changes.task })));
  return { lane: lane.name, task: task.id };
}

/** The claim, or a failing test where there was nothing. */
export async function claim(store: Store, lane: string, changes: Partial<ClaimAttempt> = {}): Promise<Claimed> {
  const claimed = value(await store.board.claimTask(attempt(lane, changes)));
  if (claimed === null) throw new Error(`there was nothing for ${lane}`);
  return claimed;
}

/** The events of a task, oldest first. */
export async function eventsOf(store: Store, task: string): Promise<readonly JournalEvent[]> {
  const found: JournalEvent[] = [];
  for (let after = ''; ;) {
    const page = value(await store.journal.readEvents({ after, stream: 'board:default', limit: 500 }));
    if (page.events.length === 0) return found;
    found.push(...page.events.filter(({ data }) => data?.['task'] === task));
    after = page.cursor;
  }
}

export async function typesOf(store: Store, task: string): Promise<readonly string[]> {
  return (await eventsOf(store, task)).map(({ type }) => type);
}

/** What was taken back of this task alone; other tests leave lapsed claims behind. */
export async function reclaimed(store: Store, task: string): Promise<readonly Task[]> {
  return (await store.board.reclaimLapsed(1_000)).filter(({ id }) => id === task);
}

export async function lastRun(store: Store, task: string) {
  const run = (await store.board.readTaskDetail(task))?.runs.at(-1);
  if (run === undefined) throw new Error(`${task} has no run`);
  return run;
}
