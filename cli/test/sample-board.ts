/** What a daemon would answer about its board, with sensible values. */
import type { AttachmentView, BoardView, ClaimAnswer, CommentView, LaneView, RunView, TaskDetail, TaskView } from '@guildhall/protocol';

const hour = 3_600_000;
const at = Date.now() - 3 * hour;

export function sampleTask(changes: Partial<TaskView> = {}): TaskView {
  return {
    id: 'tsk_1',
    board: 'default',
    title: 'Write the parser',
    body: 'As in the spec.',
    status: 'ready',
    assignee: 'factory',
    assigneeState: 'available',
    priority: 5,
    labels: ['parser'],
    startAt: null,
    acceptance: ['npm test passes'],
    review: 'none',
    reviewer: 'operator',
    evidenceRequired: false,
    maxAttempts: 3,
    maxRuntimeMs: null,
    metadata: { branch: 'parser' },
    workspace: { kind: 'scratch' },
    attempts: 0,
    openParents: 0,
    block: null,
    lane: null,
    runId: null,
    createdBy: 'operator',
    createdAt: at,
    updatedAt: at,
    readyAt: at,
    endedAt: null,
    verbs: ['claim', 'block', 'archive'],
    ...changes,
  };
}

export function sampleRun(changes: Partial<RunView> = {}): RunView {
  return {
    id: 'run_1',
    task: 'tsk_1',
    lane: 'factory',
    epoch: 3,
    attempt: 1,
    startedAt: at,
    endedAt: null,
    outcome: null,
    summary: '',
    reason: '',
    metadata: {},
    artifacts: [],
    evidence: [],
    lastHeartbeatAt: at,
    note: 'half of the tests pass',
    progress: 0.5,
    worker: null,
    ...changes,
  };
}

export const sampleComment: CommentView = { id: 'com_1', author: 'lane:factory', text: 'which dialect?', at };

export const sampleAttachment: AttachmentView = {
  id: 'att_1',
  name: 'report.txt',
  mediaType: 'text/plain',
  bytes: 6,
  sha256: 'f'.repeat(64),
  author: 'lane:factory',
  at,
};

export function sampleDetail(changes: Partial<TaskDetail> = {}): TaskDetail {
  return {
    task: sampleTask({ status: 'running', lane: 'factory', runId: 'run_1' }),
    runs: [sampleRun()],
    links: { parents: [{ id: 'tsk_0', title: 'Write the spec', status: 'done' }], children: [] },
    comments: [sampleComment],
    attachments: [sampleAttachment],
    claim: { lane: 'factory', epoch: 3, expiresInMs: 42_000, runId: 'run_1' },
    ...changes,
  };
}

export function sampleClaim(changes: Partial<ClaimAnswer['claim']> = {}): ClaimAnswer {
  return {
    task: sampleTask({ status: 'running', lane: 'factory', runId: 'run_1' }),
    run: sampleRun(),
    claim: { token: 'ghclaim_secret', epoch: 3, expiresAt: Date.now() + 90_000, expiresInMs: 90_000, ...changes },
  };
}

export const sampleBoard: BoardView = { name: 'default', title: 'The board', createdAt: at, archiveDoneAfterDays: null };

export function sampleLane(changes: Partial<LaneView> = {}): LaneView {
  return {
    name: 'factory',
    kind: 'persistent',
    claimMode: 'pull-or-watch',
    allowedStatusMutations: 'own-claimed-only',
    capacity: 2,
    labels: [],
    description: 'The build machine',
    leaseMs: 90_000,
    command: null,
    agent: null,
    state: 'active',
    parked: null,
    version: '1.2.3',
    registeredAt: at,
    lastSeenAt: at,
    waiting: 0,
    held: 1,
    ready: 4,
    ...changes,
  };
}
