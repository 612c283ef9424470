/** Rows of the board's tables as the shapes of `board`, and a new task as its row. */
import { innermostHandoff } from '@guildhall/authority';
import { type Board, type Lane, type NewTask, type Run, type Task } from '@guildhall/board';
import type { BoardRow, LaneRow, RunRow, TaskRow } from '../schema.ts';
import { fromStoredJson, storableText, toStoredJson } from '../stored-text.ts';

export function toBoard(row: BoardRow): Board {
  return { name: row.name, title: row.title, createdAt: row.created_at, archiveDoneAfterDays: row.archive_done_after_days };
}

export function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    board: row.board,
    title: row.title,
    body: row.body,
    status: row.status,
    assignee: row.assignee,
    priority: row.priority,
    labels: fromStoredJson(row.labels),
    startAt: row.start_at,
    acceptance: fromStoredJson(row.acceptance),
    review: row.review,
    reviewer: row.reviewer,
    evidenceRequired: row.evidence_required === 1,
    maxAttempts: row.max_attempts,
    maxRuntimeMs: row.max_runtime_ms,
    metadata: fromStoredJson(row.metadata),
    workspace: fromStoredJson(row.workspace),
    attempts: row.attempts,
    blockedCount: row.blocked_count,
    openParents: row.open_parents,
    childCount: row.child_count,
    block: toBlock(row),
    runId: row.run_id,
    lane: row.lane,
    provenance: fromStoredJson(row.provenance),
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    readyAt: row.ready_at,
    endedAt: row.ended_at,
  };
}

function toBlock(row: TaskRow): Task['block'] {
  if (row.block_kind === null) return null;
  return { kind: row.block_kind, reason: row.block_reason ?? '', liftsAt: row.wake_at };
}

/** A new task as it stands in `triage` or `todo`, before it lands. */
export function newTaskRow(task: NewTask, at: number): TaskRow {
  return {
    id: task.id,
    board: task.board,
    title: storableText(task.title),
    body: storableText(task.body),
    status: task.triage ? 'triage' : 'todo',
    assignee: task.assignee,
    priority: task.priority,
    labels: toStoredJson(task.labels),
    start_at: task.startAt,
    acceptance: toStoredJson(task.acceptance),
    review: task.review,
    reviewer: task.reviewer,
    evidence_required: task.evidenceRequired ? 1 : 0,
    max_attempts: task.maxAttempts,
    max_runtime_ms: task.maxRuntimeMs,
    metadata: toStoredJson(task.metadata),
    workspace: toStoredJson(task.workspace),
    attempts: 0,
    run_count: 0,
    blocked_count: 0,
    open_parents: 0,
    child_count: 0,
    block_kind: null,
    block_reason: null,
    wake_at: null,
    was_done: 0,
    run_id: null,
    lane: null,
    provenance: toStoredJson(task.provenance),
    handoff: innermostHandoff(task.provenance),
    idempotency_key: task.idempotencyKey === null ? null : storableText(task.idempotencyKey),
    created_by: task.createdBy,
    created_at: at,
    updated_at: at,
    ready_at: null,
    ended_at: null,
  };
}

export function toRun(row: RunRow): Run {
  return {
    id: row.id,
    task: row.task,
    board: row.board,
    lane: row.lane,
    epoch: row.epoch,
    attempt: row.attempt,
    requestId: row.request_id,
    tokenHash: row.token_hash,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    summary: row.summary,
    reason: row.reason,
    metadata: fromStoredJson(row.metadata),
    artifacts: fromStoredJson(row.artifacts),
    evidence: fromStoredJson(row.evidence),
    lastHeartbeatAt: row.last_heartbeat_at,
    note: row.note,
    progress: row.progress === null ? null : row.progress / 1000,
    worker: row.worker === null ? null : fromStoredJson(row.worker),
  };
}

export function toLane(row: LaneRow): Lane {
  return {
    name: row.name,
    kind: row.kind,
    claimMode: row.claim_mode,
    capacity: row.capacity,
    labels: fromStoredJson(row.labels),
    description: row.description,
    leaseMs: row.lease_ms,
    runner: row.runner === null ? null : fromStoredJson(row.runner),
    state: row.state,
    parked: row.parked_reason === null ? null : { reason: row.parked_reason, until: row.parked_until },
    failureStreak: row.failure_streak,
    credentialId: row.credential_id,
    version: row.version,
    registeredAt: row.registered_at,
    lastSeenAt: row.last_seen_at,
  };
}
