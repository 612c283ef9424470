/** A task of a foreign board as it stands here. What it waits for is judged by our rules, so that nothing imported is stuck. */
import { transientPauseMs, type ImportedRun, type ImportedTask } from '@guildhall/board';
import type { RunRow, TaskRow } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { landedRow } from './landing.ts';
import { newTaskRow } from './rows.ts';

const importedAttempts = 3;

export interface Place {
  readonly board: string;
  readonly at: number;
  readonly openParents: number;
  readonly children: number;
}

export function importedTaskRow(task: ImportedTask, { board, at, openParents, children }: Place): TaskRow {
  const { id, title, body, assignee, priority, labels, startAt, metadata, createdBy, provenance } = task;
  const asked = { acceptance: [], review: 'none', reviewer: 'operator', evidenceRequired: false, maxAttempts: importedAttempts, maxRuntimeMs: null } as const;
  const fixed = { workspace: { kind: 'scratch' }, parents: [], triage: false, idempotencyKey: null } as const;
  const row = newTaskRow({ id, board, title, body, assignee, priority, labels, startAt, metadata, createdBy, provenance, ...asked, ...fixed }, at);
  const counted = { ...row, created_at: task.createdAt, run_count: task.runs.length, open_parents: openParents, child_count: children };
  return placed(task, counted, at);
}

function placed(task: ImportedTask, row: TaskRow, at: number): TaskRow {
  switch (task.status) {
    case 'done':
    case 'archived':
      // Whether it was done before it was archived is not known; nothing here shall wait for it.
      return { ...row, status: task.status, was_done: 1, ended_at: task.endedAt ?? task.createdAt };
    case 'triage':
    case 'review':
      return { ...row, status: task.status };
    case 'blocked':
      return blocked(task, row, at);
    case 'todo':
    case 'scheduled':
    case 'ready':
      return landedRow(row, at);
    default:
      return task.status satisfies never;
  }
}

function blocked({ block }: ImportedTask, row: TaskRow, at: number): TaskRow {
  if (block?.kind === 'dependency' && row.open_parents === 0) return landedRow(row, at);
  const kind = block?.kind ?? 'needs_input';
  const wakeAt = kind === 'transient' ? at + transientPauseMs(0) : null;
  return { ...row, status: 'blocked', block_kind: kind, block_reason: storableText(block?.reason ?? 'blocked where it was imported from'), wake_at: wakeAt };
}

/** Its claim is over and its token was never ours: nobody can prove it. */
export function importedRunRow(task: TaskRow, run: ImportedRun, attempt: number): RunRow {
  const mark = `imported:${run.id}`;
  return {
    id: run.id,
    task: task.id,
    board: task.board,
    lane: run.lane,
    epoch: 0,
    attempt,
    request_id: mark,
    token_hash: mark,
    started_at: run.startedAt,
    ended_at: run.endedAt,
    outcome: run.outcome,
    summary: storableText(run.summary),
    reason: storableText(run.reason),
    metadata: toStoredJson(run.metadata),
    artifacts: toStoredJson(run.artifacts),
    evidence: toStoredJson(run.evidence),
    last_heartbeat_at: null,
    told_at: null,
    note: '',
    progress: null,
    worker: null,
  };
}
