/** The steps that the verbs of a turn are made of. */
import { staleFence, type Fence } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { searchableText, sessionLease, type Entry, type EntryBody, type ModelUsage } from '@guildhall/sessions';
import type { WriteTransaction } from '../database.ts';
import type { TurnRow } from '../schema.ts';
import { searchWords } from '../search-words.ts';
import { toStoredJson } from '../stored-text.ts';
import { toEntry } from './rows.ts';

/** The running turn of the session a fence holds; `stale-claim`, `not-found` or `wrong-state` otherwise. The write that follows checks the fence again, in its own statement. */
export async function readRunningTurn(tx: WriteTransaction, fence: Fence, turnId: string): Promise<Settled<TurnRow>> {
  const turn = await tx.db.selectFrom('turns').selectAll().where('id', '=', turnId).executeTakeFirst();
  if (turn === undefined) return refuse('not-found', `there is no turn "${turnId.slice(0, 80)}"`, { turnId });
  if (fence.lease !== sessionLease(turn.session_key) || !(await isHeld(tx, fence))) return staleFence(fence);
  if (turn.status !== 'running') return refuse('wrong-state', `the turn ${turnId} is ${turn.status}, not running`, { turnId, status: turn.status });
  return done(turn);
}

async function isHeld(tx: WriteTransaction, fence: Fence): Promise<boolean> {
  const row = await tx.db.selectFrom('leases').select('name').where('name', '=', fence.lease).where(tx.seam.fenceHolds(fence)).executeTakeFirst();
  return row !== undefined;
}

/** Appends entries to the transcript of the session a fence holds. The fence is checked in the statement that numbers them. */
export async function writeEntries(
  tx: WriteTransaction,
  fence: Fence,
  turn: Pick<TurnRow, 'id' | 'session_key'>,
  bodies: readonly EntryBody[],
): Promise<Settled<readonly Entry[]>> {
  const session = await tx.db
    .updateTable('sessions')
    .set((eb) => ({ entry_count: eb('entry_count', '+', bodies.length) }))
    .where('key', '=', turn.session_key)
    .where(tx.seam.fenceHolds(fence))
    .returning('entry_count')
    .executeTakeFirst();
  if (session === undefined) return staleFence(fence);
  return done(await insertEntries(tx, turn, session.entry_count - bodies.length, bodies));
}

/** Writes entries behind `afterSeq`, for a caller that holds the session and counts them itself. */
export async function insertEntries(
  tx: WriteTransaction,
  turn: Pick<TurnRow, 'id' | 'session_key'>,
  afterSeq: number,
  bodies: readonly EntryBody[],
): Promise<readonly Entry[]> {
  const written: Entry[] = [];
  for (const [index, body] of bodies.entries()) {
    const row = await tx.db
      .insertInto('entries')
      .values({
        session_key: turn.session_key,
        seq: afterSeq + index + 1,
        turn_id: turn.id,
        at: tx.at,
        kind: body.kind,
        call_id: 'callId' in body ? body.callId : null,
        body: toStoredJson(body),
      })
      .returning(['id', 'seq', 'turn_id', 'at', 'body'])
      .executeTakeFirstOrThrow();
    const words = searchWords(searchableText(body));
    if (words.length > 0) await tx.seam.indexEntry(tx.db, row.id, words);
    written.push(toEntry(row));
  }
  return written;
}

/** As `writeEntries`, for one. */
export async function writeEntry(tx: WriteTransaction, fence: Fence, turn: Pick<TurnRow, 'id' | 'session_key'>, body: EntryBody): Promise<Settled<Entry>> {
  const written = await writeEntries(tx, fence, turn, [body]);
  if (!written.ok) return written;
  const [entry] = written.value;
  return entry === undefined ? staleFence(fence) : done(entry);
}

/** Adds what a call of the model used to its turn and session; `steps` is 1 for a step of the turn, 0 for a summary. */
export async function addUsage(tx: WriteTransaction, turn: TurnRow, usage: ModelUsage | null, steps: 0 | 1): Promise<void> {
  if (usage === null) return;
  const cost = usage.costMicroUsd ?? 0;
  await tx.db
    .updateTable('turns')
    .set((eb) => ({
      steps: eb('steps', '+', steps),
      input_tokens: eb('input_tokens', '+', usage.inputTokens),
      output_tokens: eb('output_tokens', '+', usage.outputTokens),
      cached_input_tokens: eb('cached_input_tokens', '+', usage.cachedInputTokens),
      cost_micro_usd: eb('cost_micro_usd', '+', cost),
      unpriced_steps: eb('unpriced_steps', '+', usage.costMicroUsd === null ? 1 : 0),
      ...(usage.rehearsal ? { rehearsal: 1 } : {}),
    }))
    .where('id', '=', turn.id)
    .execute();
  if (cost === 0) return;
  await tx.db
    .updateTable('sessions')
    .set((eb) => ({ cost_micro_usd: eb('cost_micro_usd', '+', cost) }))
    .where('key', '=', turn.session_key)
    .execute();
}
