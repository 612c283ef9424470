/** What happens inside a turn: steps of the model, tool calls, notes, messages that join, summaries. */
import type { Fence } from '@guildhall/kernel';
import { done, handoffParts, refuse, type EventType, type Settled } from '@guildhall/protocol';
import { sessionLease, turnTransitions, type Entry, type ToolOutcome, type TurnStore } from '@guildhall/sessions';
import { sql, type Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { recordDecision } from '../decisions.ts';
import { guardHandoff } from '../handoffs/guard-chain.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import type { Schema, TurnRow } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import { fromStoredJson } from '../stored-text.ts';
import { queueOutbound } from './outbound.ts';
import { holdSession } from './hold-session.ts';
import { turnEvent } from './turn-event.ts';
import { addUsage, readRunningTurn, writeEntries, writeEntry } from './write-entries.ts';

type StepVerbs = Pick<TurnStore, 'beginStep' | 'recordStep' | 'startToolCall' | 'finishToolCall' | 'recordNote' | 'absorbSteers' | 'compactSession'>;

const outcomeEvents = {
  done: 'tool.finished',
  failed: 'tool.finished',
  'timed-out': 'tool.finished',
  cancelled: 'tool.finished',
  refused: 'tool.refused',
  unknown: 'tool.unknown',
} as const satisfies Record<ToolOutcome, EventType>;

export function turnSteps(database: Database): StepVerbs {
  /** Runs a verb on the running turn of a fence. */
  const inTurn = <T>(fence: Fence, turnId: string, verb: (tx: WriteTransaction, turn: TurnRow) => Promise<Settled<T>>): Promise<Settled<T>> =>
    settle(database, async (tx) => {
      const turn = await readRunningTurn(tx, fence, turnId);
      return turn.ok ? verb(tx, turn.value) : turn;
    });

  return {
    beginStep: (fence, turnId) =>
      inTurn(fence, turnId, async (tx, turn) => {
        const going = await guardHandoff(tx, turn.handoff);
        if (!going.ok || (await readCancel(tx, turnId, true))) return refuseStopped(turnId);
        await appendInTransaction(tx, [turnEvent('turn.step-begun', turn, { steps: turn.steps })]);
        return done(null);
      }),
    recordStep: (fence, turnId, step) =>
      inTurn(fence, turnId, async (tx, turn) => {
        const entry = await writeEntry(tx, fence, turn, { kind: 'model-step', ...step });
        if (!entry.ok) return entry;
        await addUsage(tx, turn, step.usage, 1);
        const data = { seq: entry.value.seq, model: step.usage.model, rehearsal: step.usage.rehearsal, tools: step.toolCalls.map((call) => call.tool) };
        await appendInTransaction(tx, [turnEvent('turn.step-recorded', turn, data)]);
        return entry;
      }),
    startToolCall: (fence, turnId, call) =>
      inTurn(fence, turnId, async (tx, turn) => {
        if (await hasEntry(tx, turnId, call.callId)) return refuseRepeated(turnId, call.callId, 'started or ended');
        const going = await guardHandoff(tx, turn.handoff);
        if (!going.ok) return refuseStopped(turnId);
        const entry = await writeEntry(tx, fence, turn, { kind: 'tool-started', ...call });
        if (!entry.ok) return entry;
        if (await readCancel(tx, turnId)) return refuseStopped(turnId);
        const { decision, callId, tool, approvalId } = call;
        await recordDecision(tx, { sessionKey: turn.session_key, turnId, callId, decision, ...(approvalId === undefined ? {} : { approvalId }) });
        await appendInTransaction(tx, [
          turnEvent('tool.called', turn, { seq: entry.value.seq, callId, tool, digest: decision.digest, rule: decision.rule, approvalId }),
        ]);
        return entry;
      }),
    finishToolCall: (fence, turnId, result, outbound = null) =>
      inTurn(fence, turnId, async (tx, turn) => {
        const { callId, tool, outcome, decision } = result;
        if (await hasEntry(tx, turnId, callId, 'tool-result')) return refuseRepeated(turnId, callId, 'ended');
        const entry = await writeEntry(tx, fence, turn, result);
        if (!entry.ok) return entry;
        if (decision !== undefined) await recordDecision(tx, { sessionKey: turn.session_key, turnId, callId, decision });
        if (outbound !== null) await queueOutbound(tx, turn, entry.value.seq, outbound);
        await appendInTransaction(tx, [
          turnEvent(outcomeEvents[outcome], turn, { seq: entry.value.seq, callId, tool, outcome, rule: decision?.rule, outbound: outbound?.id }),
        ]);
        return entry;
      }),
    recordNote: (fence, turnId, note) => inTurn(fence, turnId, (tx, turn) => writeEntry(tx, fence, turn, { kind: 'note', ...note })),
    async absorbSteers(fence, turnId) {
      // Asked at every step and hardly ever so: a look costs no commit.
      if (await database.read((db) => hasNobodySteering(db, fence, turnId))) return done([]);
      return inTurn(fence, turnId, (tx, turn) => absorb(tx, fence, turn));
    },
    compactSession: (fence, turnId, summary, throughSeq, usage) =>
      inTurn(fence, turnId, async (tx, turn) => {
        const entry = await writeEntry(tx, fence, turn, { kind: 'compaction', summary, throughSeq });
        if (!entry.ok) return entry;
        const { seq } = entry.value;
        if (throughSeq >= seq || throughSeq < 1)
          return refuse('invalid-input', `entry ${throughSeq} is not one of the ${seq - 1} entries of the session`, { throughSeq });
        await tx.db.updateTable('sessions').set({ compacted_seq: seq }).where('key', '=', turn.session_key).execute();
        await addUsage(tx, turn, usage, 0);
        await appendInTransaction(tx, [turnEvent('session.compacted', turn, { seq, throughSeq })]);
        return entry;
      }),
  };
}

/** Whether the turn was asked to stop. Asked behind a write to its session, or else of a row that is held: then a cancel comes wholly before or wholly behind. */
async function readCancel({ db, seam }: WriteTransaction, turnId: string, holds = false): Promise<boolean> {
  const { cancel_requested: asked } = await db
    .selectFrom('turns')
    .select('cancel_requested')
    .where('id', '=', turnId)
    .$if(holds, (query) => query.modifyEnd(seam.shareRows))
    .executeTakeFirstOrThrow();
  return asked === 1;
}

function refuseStopped(turnId: string): Settled<never> {
  return refuse('not-allowed', `the turn ${turnId} was asked to stop, so nothing further begins in it`, { turnId });
}

async function hasEntry(tx: WriteTransaction, turnId: string, callId: string, kind?: 'tool-result'): Promise<boolean> {
  const found = await tx.db
    .selectFrom('entries')
    .select('seq')
    .where('turn_id', '=', turnId)
    .where('call_id', '=', callId)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? 'tool-result'))
    .limit(1)
    .execute();
  return found.length > 0;
}

function refuseRepeated(turnId: string, callId: string, what: string): Settled<never> {
  return refuse('wrong-state', `the call ${callId.slice(0, 80)} of the turn ${turnId} has ${what} before; a call happens once`, { turnId, callId });
}

/** Does the turn run under the live lease of the fence, with no message waiting to join it? False says nothing: the transaction finds out what is the case. */
async function hasNobodySteering(db: Kysely<Schema>, fence: Fence, turnId: string): Promise<boolean> {
  const turn = await db
    .selectFrom('turns')
    .select('session_key')
    .where('id', '=', turnId)
    .where('status', '=', 'running')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('leases')
          .select('name')
          .where('name', '=', fence.lease)
          .where('epoch', '=', fence.epoch)
          .where('holder', 'is not', null)
          .where('expires_at', '>', leaseNow),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('turns as steer')
            .select('steer.id')
            .whereRef('steer.session_key', '=', 'turns.session_key')
            .where(sql<boolean>`steer.status in ('queued', 'running')`)
            .where('steer.status', '=', 'queued')
            .where('steer.busy', '=', 'steer'),
        ),
      ),
    )
    .executeTakeFirst();
  return turn !== undefined && fence.lease === sessionLease(turn.session_key);
}

/** Lets the messages that were sent to steer join the turn, oldest first. */
async function absorb(tx: WriteTransaction, fence: Fence, turn: TurnRow): Promise<Settled<readonly Entry[]>> {
  const waiting = await tx.db
    .selectFrom('turns')
    .selectAll()
    .where('session_key', '=', turn.session_key)
    .where(isOpenTurn)
    .where('status', '=', 'queued')
    .where('busy', '=', 'steer')
    .orderBy('ordinal')
    .execute();
  if (waiting.length > 0) await holdSession(tx, turn.session_key);
  const steers: TurnRow[] = [];
  for (const steer of waiting) {
    const absorbed = await tx.db
      .updateTable('turns')
      .set({ status: turnTransitions.queued.absorb, absorbed_into: turn.id, ended_at: tx.at })
      .where('id', '=', steer.id)
      .where('status', '=', 'queued')
      .returningAll()
      .executeTakeFirst();
    if (absorbed !== undefined) steers.push(absorbed);
  }
  if (steers.length === 0) return done([]);
  const entries = await writeEntries(
    tx,
    fence,
    turn,
    steers.map((steer) => messageBody(steer, true)),
  );
  if (!entries.ok) return entries;
  await tx.db
    .updateTable('sessions')
    .set((eb) => ({ queued_turns: eb('queued_turns', '-', steers.length) }))
    .where('key', '=', turn.session_key)
    .execute();
  await appendInTransaction(
    tx,
    steers.map((steer, index) => turnEvent('message.superseded', steer, { into: turn.id, seq: entries.value[index]?.seq }, 'daemon')),
  );
  return entries;
}

/** The entry a message becomes when its turn begins, or when it joins another. */
export function messageBody(turn: TurnRow, steered: boolean) {
  const { text, messageId, attachments, platform, chat, thread } = fromStoredJson(turn.message);
  const part = platform === 'handoff' ? handoffParts.find((one) => one === thread) : undefined;
  return {
    kind: 'message' as const,
    text,
    from: turn.sender,
    messageId,
    steered,
    ...(part === undefined ? {} : { handoff: { ref: chat, part } }),
    ...(attachments === undefined ? {} : { attachments }),
  };
}
