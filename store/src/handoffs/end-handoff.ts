/** What a handoff holds, and gives back when it ends, however it does: what was set aside for it, and what was asked of people. Its place is its status. */
import type { Amount } from '@guildhall/authority';
import type { HandoffVerb } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { runOutInTransaction } from '../approvals.ts';
import { settleInTransaction } from '../budgets.ts';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { step } from './change-handoff.ts';
import { costOfTree } from './handoff-cost.ts';

/** The last step of a handoff; events for the verb to append. */
export async function endHandoff(
  tx: WriteTransaction,
  row: HandoffRow,
  verb: Extract<HandoffVerb, 'deny' | 'refuse' | 'finish' | 'lose' | 'cancel'>,
  changes: Partial<HandoffRow>,
): Promise<readonly NewEvent[]> {
  await step(tx, row, verb, { ...changes, ended_at: tx.at });
  await giveBack(tx, row);
  return runOutInTransaction(tx, [row.id]);
}

/** Settles what was set aside at what the handoff has cost. */
async function giveBack(tx: WriteTransaction, row: Pick<HandoffRow, 'id' | 'reservation'>): Promise<void> {
  if (row.reservation !== null) await settleInTransaction(tx, row.reservation, await spent(tx, row.id));
}

/** With what calls that are still under way hold back: they will be paid for, and nobody comes back to count them. */
async function spent(tx: WriteTransaction, id: string): Promise<Amount> {
  const turns = await costOfTree(tx.db, id);
  const scope = await tx.db
    .selectFrom('budgets')
    .select(['settled_micro_usd', 'settled_tokens', 'reserved_micro_usd', 'reserved_tokens'])
    .where('scope', '=', `handoff:${id}`)
    .where('period', '=', 'always')
    .executeTakeFirst();
  if (scope === undefined) return turns;
  return {
    microUsd: Math.max(turns.microUsd, scope.settled_micro_usd + scope.reserved_micro_usd),
    tokens: Math.max(turns.tokens, scope.settled_tokens + scope.reserved_tokens),
  };
}
