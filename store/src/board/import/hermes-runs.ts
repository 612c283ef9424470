/** Attempts at a task in Hermes. */
import type { DatabaseSync } from 'node:sqlite';
import type { ImportedRun } from '@guildhall/board';
import type { RunOutcome } from '@guildhall/protocol';
import type { Adoption } from './foreign-board.ts';
import { columnsOf, objectOf, queryRows, secondsOf, textOf, type ForeignRow } from './foreign-rows.ts';
import { cutText, mostData, nameHere } from './foreign-words.ts';

const outcomes: Readonly<Record<string, RunOutcome>> = {
  completed: 'completed',
  done: 'completed',
  blocked: 'blocked',
  crashed: 'crashed',
  failed: 'crashed',
  spawn_failed: 'crashed',
  gave_up: 'crashed',
  timed_out: 'timed-out',
  protocol_violation: 'protocol-violation',
  rate_limited: 'rate-limited',
  reclaimed: 'reclaimed',
  stale: 'reclaimed',
  released: 'released',
  cancelled: 'cancelled',
};

export function hermesRuns(db: DatabaseSync, key: string, { ids, now }: Adoption): readonly ImportedRun[] {
  if (columnsOf(db, 'task_runs').size === 0) return [];
  return queryRows(db, 'select * from task_runs where task_id = ? order by id', key).map((row) => {
    const startedAt = secondsOf(row, 'started_at') ?? now;
    const { outcome, note } = outcomeOf(row);
    return {
      id: ids.next('run'),
      lane: nameHere(textOf(row, 'profile')) ?? 'unknown',
      startedAt,
      endedAt: Math.max(startedAt, secondsOf(row, 'ended_at') ?? secondsOf(row, 'last_heartbeat_at') ?? startedAt),
      outcome,
      summary: cutText(textOf(row, 'summary')),
      reason: [textOf(row, 'error').slice(0, mostData).toWellFormed(), note].filter((part) => part !== '').join(' '),
      metadata: objectOf(row, 'metadata', mostData),
      artifacts: [],
      evidence: [],
    };
  });
}

/** What still ran there has nobody here who could end it. */
function outcomeOf(row: ForeignRow): { readonly outcome: RunOutcome; readonly note: string } {
  const theirs = textOf(row, 'outcome') || textOf(row, 'status');
  const known = Object.hasOwn(outcomes, theirs) ? outcomes[theirs] : undefined;
  if (known !== undefined) return { outcome: known, note: '' };
  if (theirs === 'running') return { outcome: 'reclaimed', note: '(it was running when the board was imported)' };
  return { outcome: 'released', note: `(its outcome there was "${theirs.slice(0, 200)}")` };
}
