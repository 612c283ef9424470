/** Ending turns that nobody has begun, and asking those to stop that run. */
import type { NewEvent } from '@guildhall/kernel';
import { turnTransitions } from '@guildhall/sessions';
import type { WriteTransaction } from '../database.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import type { TurnRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { holdSession } from './hold-session.ts';
import { turnEvent } from './turn-event.ts';

/** Turns of one session that are to end: all that are open, or one. */
export interface TurnsToEnd {
  readonly sessionKey: string;
  readonly by: string;
  readonly turnId?: string;
  /** Leaves a running turn alone. */
  readonly queuedOnly?: boolean;
}

/** Ends the queued turns and marks the running one; those that were still open, in order, with the events for the verb to append. */
export async function cancelTurns(
  tx: WriteTransaction,
  { sessionKey, by, turnId, queuedOnly = false }: TurnsToEnd,
): Promise<{ readonly turns: readonly TurnRow[]; readonly events: readonly NewEvent[] }> {
  await holdSession(tx, sessionKey);
  const open = tx.db
    .updateTable('turns')
    .where('session_key', '=', sessionKey)
    .where(isOpenTurn)
    .$if(turnId !== undefined, (query) => query.where('id', '=', turnId ?? ''));
  const ended = await open
    .set({ status: turnTransitions.queued.cancel, ended_at: tx.at, reason: `cancelled by ${storableText(by)} before it began` })
    .where('status', '=', 'queued')
    .returningAll()
    .execute();
  const marked = queuedOnly ? [] : await open.set({ cancel_requested: 1 }).where('status', '=', 'running').returningAll().execute();
  await tx.db
    .updateTable('sessions')
    .set((eb) => ({ queued_turns: eb('queued_turns', '-', ended.length) }))
    .where('key', '=', sessionKey)
    .execute();
  return {
    turns: [...ended, ...marked].toSorted((a, b) => a.ordinal - b.ordinal),
    events: ended.map((turn) => turnEvent('turn.cancelled', turn, { by, reason: turn.reason ?? undefined }, by)),
  };
}
