/** The one end of a handoff that ran. */
import type { Handoff, HandoffStore } from '@guildhall/handoffs';
import { refuse, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import { storableText } from '../stored-text.ts';
import { noteEnd } from './breakers.ts';
import { answer, refuseStep, statusAfter } from './change-handoff.ts';
import { endHandoff } from './end-handoff.ts';
import { costOfTree } from './handoff-cost.ts';
import { handoffEvent } from './handoff-events.ts';
import { holdHandoff } from './hold-edge.ts';

type End = Parameters<HandoffStore['settleHandoff']>[1];
type Breaker = Parameters<HandoffStore['settleHandoff']>[2];

export async function settleHandoff(tx: WriteTransaction, id: string, end: End, breaker: Breaker): Promise<Settled<Handoff>> {
  const held = await holdHandoff(tx, id);
  if (!held.ok) return held;
  const row = held.value;
  const verb = end.as === 'finished' ? 'finish' : 'lose';
  if (statusAfter(row, verb) === undefined) return refuseStep(row, 'ended');
  if (await goesOn(tx, row.turn_id)) return refuse('wrong-state', `the turn ${row.turn_id} of the handoff ${id} goes on; it ends with it`, { handoff: id });
  const outcome = end.as === 'finished' ? end.outcome : null;
  const ended = await endHandoff(tx, row, verb, {
    outcome,
    reason: storableText(end.reason),
    result: end.result === null ? null : storableText(end.result),
  });
  const edge = await noteEnd(tx, row, outcome === 'succeeded' ? 'well' : 'badly', breaker);
  const { microUsd, tokens } = await costOfTree(tx.db, id);
  const told = { outcome: outcome ?? undefined, reason: end.reason, turn: row.turn_id, costMicroUsd: microUsd, tokens };
  await appendInTransaction(tx, [...ended, handoffEvent(end.as === 'finished' ? 'handoff.finished' : 'handoff.uncertain', row, 'daemon', told), ...edge]);
  return answer(tx, id);
}

async function goesOn({ db }: WriteTransaction, turnId: string | null): Promise<boolean> {
  if (turnId === null) return false;
  const open = await db.selectFrom('turns').select('id').where('id', '=', turnId).where(isOpenTurn).executeTakeFirst();
  return open !== undefined;
}
