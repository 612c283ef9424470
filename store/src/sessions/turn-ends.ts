/** How a turn comes into somebody's hands and out of them again. */
import { staleFence, type Fence } from '@guildhall/kernel';
import { done, refuse, type EventType, type Settled } from '@guildhall/protocol';
import {
  sessionLease,
  turnTransitions,
  type EntryBody,
  type HeldTurn,
  type ModelUsage,
  type NewOutbound,
  type Turn,
  type TurnStore,
} from '@guildhall/sessions';
import type { Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { acquireInTransaction, releaseInTransaction, renewInTransaction } from '../leases.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import { beginRun } from '../roles/begin-run.ts';
import type { Schema, TurnRow } from '../schema.ts';
import { storableText } from '../stored-text.ts';
import { queueOutbound } from './outbound.ts';
import { holdSession } from './hold-session.ts';
import { toTurn } from './rows.ts';
import { turnEvent } from './turn-event.ts';
import { messageBody } from './turn-steps.ts';
import { addUsage, readRunningTurn, writeEntry } from './write-entries.ts';

type EndVerbs = Pick<TurnStore, 'beginTurn' | 'renewTurn' | 'finishTurn' | 'failTurn' | 'cancelTurn' | 'yieldTurn'>;

export function turnEnds(database: Database): EndVerbs {
  return {
    async beginTurn(sessionKey, holder, ttlMs) {
      // A session is woken more often than it has work: a look costs no commit, and holds up nobody who writes to it.
      if (!(await database.read((db) => hasOpenTurn(db, sessionKey)))) return nothingWaits(sessionKey);
      return settle(database, (tx) => begin(tx, sessionKey, holder, ttlMs));
    },
    renewTurn: (fence, turnId, ttlMs) =>
      settle(database, async (tx) => {
        const renewed = await renewInTransaction(tx, fence, ttlMs);
        if (!renewed.ok) return renewed;
        const turn = await tx.db.selectFrom('turns').select(['session_key', 'cancel_requested']).where('id', '=', turnId).executeTakeFirst();
        if (turn === undefined || sessionLease(turn.session_key) !== fence.lease) return staleFence(fence);
        return done({ cancelRequested: turn.cancel_requested === 1 });
      }),
    finishTurn: (fence, turnId, answer, outbound) =>
      end(database, fence, turnId, {
        entry: { kind: 'answer', ...answer },
        event: 'turn.completed',
        changes: { status: turnTransitions.running.finish, answer: storableText(answer.text) },
        usage: answer.usage,
        outbound,
      }),
    failTurn: (fence, turnId, reason, outbound) =>
      end(database, fence, turnId, {
        entry: { kind: 'note', code: 'turn-failed', text: reason.message },
        event: 'turn.failed',
        changes: { status: turnTransitions.running.fail, reason: storableText(reason.message), fail_code: storableText(reason.code) },
        code: reason.code,
        outbound,
      }),
    cancelTurn: (fence, turnId, reason) =>
      end(database, fence, turnId, {
        entry: { kind: 'note', code: 'turn-cancelled', text: reason },
        event: 'turn.cancelled',
        changes: { status: turnTransitions.running.cancel, reason: storableText(reason) },
        outbound: null,
      }),
    yieldTurn: (fence) => settle(database, (tx) => releaseInTransaction(tx, fence)),
  };
}

async function hasOpenTurn(db: Kysely<Schema>, sessionKey: string): Promise<boolean> {
  const open = await db.selectFrom('turns').select('id').where('session_key', '=', sessionKey).where(isOpenTurn).limit(1).execute();
  return open.length > 0;
}

function nothingWaits(sessionKey: string): Settled<never> {
  return refuse('not-found', `nothing waits in the session ${sessionKey}`, { sessionKey });
}

async function begin(tx: WriteTransaction, sessionKey: string, holder: string, ttlMs: number): Promise<Settled<HeldTurn>> {
  const lease = await acquireInTransaction(tx, sessionLease(sessionKey), holder, ttlMs);
  if (!lease.ok) return lease;
  const fence: Fence = { lease: lease.value.lease, epoch: lease.value.epoch };
  const waiting = await nextTurn(tx, sessionKey);
  if (waiting === undefined) return nothingWaits(sessionKey);
  if (waiting.status === 'running') {
    const turn = await tx.db
      .updateTable('turns')
      .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
      .where('id', '=', waiting.id)
      .where('status', '=', 'running')
      .returningAll()
      .executeTakeFirstOrThrow();
    await appendInTransaction(tx, [turnEvent('turn.resumed', turn, { attempt: turn.attempts, holder, epoch: fence.epoch })]);
    return done({ turn: toTurn(turn), fence, resumed: true });
  }
  const turn = await tx.db
    .updateTable('turns')
    .set({ status: turnTransitions.queued.begin, attempts: 1, started_at: tx.at })
    .where('id', '=', waiting.id)
    .where('status', '=', 'queued')
    .returningAll()
    .executeTakeFirstOrThrow();
  const begun = await beginRun(tx, turn);
  if (!begun.ok) return begun;
  const entry = await writeEntry(tx, fence, turn, messageBody(turn, false));
  if (!entry.ok) return entry;
  await tx.db
    .updateTable('sessions')
    .set((eb) => ({ queued_turns: eb('queued_turns', '-', 1), running_turn: turn.id }))
    .where('key', '=', sessionKey)
    .execute();
  await appendInTransaction(tx, [turnEvent('turn.started', turn, { seq: entry.value.seq, holder, epoch: fence.epoch })]);
  return done({ turn: toTurn(turn), fence, resumed: false });
}

/** The running turn of a session, else its oldest queued one; held until the transaction ends. */
async function nextTurn(tx: WriteTransaction, sessionKey: string): Promise<Pick<TurnRow, 'id' | 'status'> | undefined> {
  await holdSession(tx, sessionKey);
  const open = (status: 'running' | 'queued') =>
    tx.db
      .selectFrom('turns')
      .select(['id', 'status'])
      .where('session_key', '=', sessionKey)
      .where(isOpenTurn)
      .where('status', '=', status)
      .orderBy('ordinal')
      .limit(1)
      .executeTakeFirst();
  return (await open('running')) ?? open('queued');
}

interface End {
  readonly entry: EntryBody;
  readonly event: Extract<EventType, 'turn.completed' | 'turn.failed' | 'turn.cancelled'>;
  readonly changes: Partial<TurnRow>;
  readonly usage?: ModelUsage | null;
  readonly code?: string;
  readonly outbound: NewOutbound | null;
}

/** The last entry, the words to the person, the end of the turn and of the lease, in one transaction. */
function end(database: Database, fence: Fence, turnId: string, how: End): Promise<Settled<Turn>> {
  return settle(database, async (tx) => {
    const running = await readRunningTurn(tx, fence, turnId);
    if (!running.ok) return running;
    const entry = await writeEntry(tx, fence, running.value, how.entry);
    if (!entry.ok) return entry;
    const { seq } = entry.value;
    await addUsage(tx, running.value, how.usage ?? null, 1);
    const turn = await tx.db
      .updateTable('turns')
      .set({ ...how.changes, ended_at: tx.at })
      .where('id', '=', turnId)
      .where('status', '=', 'running')
      .returningAll()
      .executeTakeFirstOrThrow();
    await tx.db.updateTable('sessions').set({ running_turn: null, last_activity_at: tx.at }).where('key', '=', turn.session_key).execute();
    if (how.outbound !== null) await queueOutbound(tx, turn, seq, how.outbound);
    const released = await releaseInTransaction(tx, fence);
    if (!released.ok) return released;
    await appendInTransaction(tx, [
      turnEvent(how.event, turn, {
        seq,
        code: how.code,
        reason: turn.reason ?? undefined,
        outbound: how.outbound?.id,
        steps: turn.steps,
        costMicroUsd: turn.cost_micro_usd,
      }),
    ]);
    return done(toTurn(turn));
  });
}
