/** Where a task of Hermes stands here. */
import type { DatabaseSync } from 'node:sqlite';
import type { ImportedTask } from '@guildhall/board';
import { columnsOf, objectOf, queryRows, textOf, type ForeignRow } from './foreign-rows.ts';
import { mostData } from './foreign-words.ts';

type Status = ImportedTask['status'];

const statuses: Readonly<Record<string, Status>> = {
  triage: 'triage',
  todo: 'todo',
  ready: 'ready',
  running: 'ready',
  blocked: 'blocked',
  scheduled: 'blocked',
  review: 'review',
  done: 'done',
  archived: 'archived',
};

/** Undefined for a status we do not know. */
export function hermesStatus(theirs: string): Status | undefined {
  return Object.hasOwn(statuses, theirs) ? statuses[theirs] : undefined;
}

/**
 * Whatever is blocked there waits for a person, whatever its kind, and so does what is `scheduled`: Hermes knows no time at which it would begin. Null for the others. `dependency` and
 * `transient` would lift themselves here, and nothing would ever lift them for these tasks.
 */
export function hermesBlock(db: DatabaseSync, key: string, row: ForeignRow, theirs: string): ImportedTask['block'] {
  if (theirs === 'blocked')
    return {
      kind: textOf(row, 'block_kind') === 'capability' ? 'capability' : 'needs_input',
      reason: lastReason(db, key, 'blocked') || textOf(row, 'last_failure_error') || 'blocked before it was imported; no reason was recorded',
    };
  if (theirs !== 'scheduled') return null;
  return {
    kind: 'needs_input',
    reason: `scheduled before it was imported, without a time: unblock it when it is due. ${lastReason(db, key, 'scheduled')}`.trim(),
  };
}

function lastReason(db: DatabaseSync, key: string, kind: string): string {
  if (columnsOf(db, 'task_events').size === 0) return '';
  const [event] = queryRows(db, 'select payload from task_events where task_id = ? and kind = ? order by id desc limit 1', key, kind);
  const reason = event === undefined ? undefined : objectOf(event, 'payload', mostData)['reason'];
  return typeof reason === 'string' ? reason.slice(0, 10_000).toWellFormed() : '';
}
