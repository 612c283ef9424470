/** A board behind the door that answers everything with the same few things, and remembers what it was asked. */
import { done, type BoardColumns, type LaneView, type RunView, type TaskView } from '@guildhall/protocol';
import type { BoardOperations } from '../src/board-operations.ts';
import { aTask } from './some-task.ts';

const { provenance: _provenance, blockedCount: _blockedCount, childCount: _childCount, ...shown } = aTask();
const task: TaskView = { ...shown, labels: [], acceptance: [], assigneeState: 'available', verbs: [] };

const run: RunView = {
  id: 'run_1',
  task: 'task_1',
  lane: 'factory',
  epoch: 1,
  attempt: 1,
  startedAt: 1,
  endedAt: null,
  outcome: null,
  summary: '',
  reason: '',
  metadata: {},
  artifacts: [],
  evidence: [],
  lastHeartbeatAt: null,
  note: '',
  progress: null,
  worker: null,
};

const lane: LaneView = {
  name: 'factory',
  kind: 'persistent',
  claimMode: 'pull-or-watch',
  allowedStatusMutations: 'own-claimed-only',
  capacity: 1,
  labels: [],
  description: '',
  leaseMs: 90_000,
  command: null,
  agent: null,
  state: 'active',
  parked: null,
  version: '',
  registeredAt: 1,
  lastSeenAt: null,
  waiting: 0,
  held: 1,
  ready: 0,
};

const columns: BoardColumns = { board: { name: 'default', title: 'Tasks', createdAt: 1, archiveDoneAfterDays: null }, columns: [] };

export function createFakeBoard(calls: string[]): BoardOperations {
  const tell =
    <T>(name: string, value: T) =>
    async () => {
      calls.push(`board.${name}`);
      return done(value);
    };
  return {
    listBoards: async () => [columns.board],
    createBoard: tell('createBoard', columns.board),
    readBoard: tell('readBoard', columns),
    listTasks: tell('listTasks', { tasks: [task], next: null }),
    readTask: tell('readTask', { task, runs: [run], links: { parents: [], children: [] }, comments: [], attachments: [], claim: null }),
    createTask: tell('createTask', { ...task, existing: false }),
    changeTask: tell('changeTask', task),
    specifyTask: tell('specifyTask', task),
    linkTasks: tell('linkTasks', task),
    unlinkTasks: tell('unlinkTasks', task),
    unblockTask: tell('unblockTask', task),
    reviewTask: tell('reviewTask', task),
    reclaimTask: tell('reclaimTask', task),
    archiveTask: tell('archiveTask', task),
    claim: tell('claim', { task, run, claim: { token: 'ghclaim_x', epoch: 1, expiresAt: 1, expiresInMs: 1 } }),
    heartbeat: tell('heartbeat', { expiresAt: 1, expiresInMs: 1 }),
    complete: tell('complete', task),
    block: tell('block', task),
    release: tell('release', task),
    comment: tell('comment', { id: 'c', author: 'operator', text: 'x', at: 1 }),
    attach: tell('attach', { id: 'a', name: 'n', mediaType: 'text/plain', bytes: 1, sha256: 'f', author: 'operator', at: 1 }),
    readAttachment: tell('readAttachment', { name: 'n', mediaType: 'text/plain', content: 'eA==' }),
    annotate: tell('annotate', task),
    listLanes: async () => [lane],
    readLane: tell('readLane', lane),
    registerLane: tell('registerLane', { lane, token: 'ghl_x' }),
    unregisterLane: tell('unregisterLane', lane),
    rotateLaneToken: tell('rotateLaneToken', { lane, token: 'ghl_x' }),
    drainLane: tell('drainLane', lane),
    resumeLane: tell('resumeLane', lane),
    parkLane: tell('parkLane', lane),
    readLaneEvents: tell('readLaneEvents', { events: [], cursor: '' }),
    importBoard: tell('importBoard', { format: 'hermes', dryRun: false, found: {}, imported: {}, skipped: [] }),
    diffTask: tell('diffTask', { branch: null, base: null, files: 0, insertions: 0, deletions: 0, text: '', cut: false }),
    openPullRequest: tell('openPullRequest', { id: 'p', branch: 'b', base: 'main', remote: 'origin', url: '' }),
  };
}
