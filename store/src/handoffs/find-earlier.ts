/** Which handoff a request repeats. */
import { taskDigest, type NewHandoff } from '@guildhall/handoffs';
import { sql } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import { isOpenHandoff } from '../partial-indexes.ts';
import { selectHandoffs, type DecidedRow } from './handoff-rows.ts';

/** Policy did not refuse it when it was requested: it was announced, or a person was asked. */
export const wasLetThrough = sql<boolean>`(handoffs.status <> 'refused' or handoffs.notice_turn is not null or handoffs.asked > 0)`;

/** The same call; else the same edge with the same key; else the same edge with the same words, while that is open or within the window. Its edge is held. */
export async function findEarlier(tx: WriteTransaction, handoff: NewHandoff, windowMs: number): Promise<DecidedRow | undefined> {
  const { source, target, sourceTurn, sourceCall, dedupKey } = handoff;
  if (sourceTurn !== null && sourceCall !== null) {
    const sameCall = await selectHandoffs(tx.db).where('source_turn', '=', sourceTurn).where('source_call', '=', sourceCall).executeTakeFirst();
    if (sameCall !== undefined) return sameCall;
  }
  const onEdge = selectHandoffs(tx.db)
    .where('source', '=', source.name)
    .where('target', '=', target.name)
    .where(wasLetThrough)
    .orderBy('handoffs.id', 'desc')
    .limit(1);
  if (dedupKey !== null) {
    const sameKey = await onEdge.where('dedup_key', '=', dedupKey).executeTakeFirst();
    if (sameKey !== undefined) return sameKey;
  }
  return onEdge
    .where('task_digest', '=', taskDigest(handoff.task))
    .where((eb) => eb.or([isOpenHandoff, eb('requested_lease', '>', sql<number>`lease_now() - ${sql.lit(Math.round(windowMs))}`)]))
    .executeTakeFirst();
}
