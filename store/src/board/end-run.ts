/** A run ends once, and its lease with it. */
import { claimLease } from '@guildhall/board';
import type { RunOutcome } from '@guildhall/protocol';
import { done, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { RunRow, TaskRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { moveTask, type Moved } from './landing.ts';

/** Frees the lease of a task whoever holds it, lapsed or not. First of all locks; the epoch stays. */
export async function dropClaim(tx: WriteTransaction, task: string): Promise<void> {
  await tx.db.updateTable('leases').set({ holder: null, expires_at: 0 }).where('name', '=', claimLease(task)).where('holder', 'is not', null).execute();
}

async function endRun(
  tx: WriteTransaction,
  runId: string,
  outcome: RunOutcome,
  more: Partial<Pick<RunRow, 'summary' | 'reason' | 'metadata' | 'artifacts' | 'evidence'>> = {},
): Promise<void> {
  await tx.db
    .updateTable('runs')
    .set({ ...more, outcome, ended_at: tx.at })
    .where('id', '=', runId)
    .where('ended_at', 'is', null)
    .execute();
}

/** Takes a running task back from whoever holds it; no attempt counts. The lease was dropped and the row is held. */
export async function takeBack(tx: WriteTransaction, task: TaskRow, reason: string, actor: string): Promise<Settled<Moved>> {
  const moved = await moveTask(tx, task, {
    verb: 'reclaim',
    actor,
    more: { lane: task.lane, runId: task.run_id, reason: storableText(reason) },
  });
  if (!moved.ok || task.run_id === null) return moved;
  await endRun(tx, task.run_id, 'reclaimed', { reason: storableText(reason) });
  return done(moved.value);
}
