/** Words on their way to people. One is sent by one sender at a time, in the order of its session. */
import type { NewEvent } from '@guildhall/kernel';
import { done, Fault, refuse, type EventType, type Settled } from '@guildhall/protocol';
import { outboundTransitions, type NewOutbound, type Outbound, type OutboundStatus, type OutboundStore } from '@guildhall/sessions';
import { sql } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isUnsent } from '../partial-indexes.ts';
import type { OutboundRow, TurnRow } from '../schema.ts';
import { leaseNow } from '../seam.ts';
import { storableText } from '../stored-text.ts';
import { toOutbound } from './rows.ts';
import { turnEvent } from './turn-event.ts';

type SendResult = Parameters<OutboundStore['settleSend']>[1];

const mostRecovered = 1_000;

export function outboundStore(database: Database): OutboundStore {
  return {
    dueOutbound: (platforms, limit) =>
      database.read(async (db) => {
        if (platforms.length === 0) return [];
        const rows = await db
          .selectFrom('outbound')
          .selectAll()
          .where(isUnsent)
          .where('status', '=', 'pending')
          .where('platform', 'in', [...platforms])
          .where('not_before', '<=', leaseNow)
          .where(
            sql<boolean>`not exists (select 1 from outbound as earlier
              where earlier.session_key = outbound.session_key and earlier.seq < outbound.seq and earlier.status in ('pending', 'sending'))`,
          )
          .orderBy('created_at')
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(toOutbound);
      }),
    beginSend: (id) =>
      settle(database, async (tx) => {
        const row = await tx.db
          .updateTable('outbound')
          .set((eb) => ({ status: outboundTransitions.pending.send, attempts: eb('attempts', '+', 1), sender: tx.boot }))
          .where('id', '=', id)
          .where('status', '=', 'pending')
          .returningAll()
          .executeTakeFirst();
        return row === undefined ? refuseOutbound(tx, id, 'sent') : done(toOutbound(row));
      }),
    settleSend: (id, result) => settle(database, (tx) => settleOne(tx, id, result)),
    recoverOutbound: (resendable) => database.transaction((tx) => recover(tx, resendable)),
    listOutbound: ({ sessionKey, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('outbound')
          .selectAll()
          .$if(sessionKey !== undefined, (query) => query.where('session_key', '=', sessionKey ?? ''))
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute();
        return rows.map(toOutbound);
      }),
  };
}

/** What a result makes of an intent, and what the journal says of it. */
const settlements = {
  sent: { verb: 'settle', event: 'message.delivered' },
  unknown: { verb: 'lose', event: 'message.delivery-unknown' },
  failed: { verb: 'fail', event: 'message.delivery-failed' },
  retry: { verb: 'retry', event: undefined },
} as const;

async function settleOne(tx: WriteTransaction, id: string, result: SendResult): Promise<Settled<Outbound>> {
  const { verb, event } = settlements[result.as];
  const from = (Object.keys(outboundTransitions) as OutboundStatus[]).filter(
    (status) => status !== 'pending' && status !== 'failed' && verb in outboundTransitions[status],
  );
  const row = await tx.db
    .updateTable('outbound')
    .set({
      status: statusAfter(verb),
      sender: null,
      error: 'error' in result ? storableText(result.error) : null,
      ...(result.as === 'retry' ? { not_before: sql<number>`lease_now() + ${sql.lit(Math.max(0, Math.round(result.retryInMs)))}` } : {}),
      ...(result.as === 'sent' ? { platform_message_id: result.platformMessageId ?? null } : {}),
    })
    .where('id', '=', id)
    .where('status', 'in', from)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return refuseOutbound(tx, id, 'settled');
  if (event !== undefined) await appendInTransaction(tx, await deliveryEvents(tx, event, [row]));
  return done(toOutbound(row));
}

function statusAfter(verb: (typeof settlements)[keyof typeof settlements]['verb']): OutboundStatus {
  return outboundTransitions.sending[verb];
}

/** What a daemon that is gone was sending: whether it arrived is not known, so only platforms that notice a repetition get it again. */
async function recover(tx: WriteTransaction, resendable: readonly string[]): Promise<readonly Outbound[]> {
  const lost = await tx.db
    .selectFrom('outbound')
    .select(['id', 'platform'])
    .where(isUnsent)
    .where('status', '=', 'sending')
    .where(
      sql<boolean>`(outbound.sender is null or (outbound.sender <> ${tx.boot}
        and not exists (select 1 from leases where leases.name = 'node:' || outbound.sender and leases.expires_at > lease_now())))`,
    )
    .orderBy('created_at')
    .orderBy('id')
    .limit(mostRecovered)
    .execute();
  const recovered: OutboundRow[] = [];
  for (const { id, platform } of lost) {
    const again = resendable.includes(platform);
    const row = await tx.db
      .updateTable('outbound')
      .set({
        status: again ? outboundTransitions.sending.retry : outboundTransitions.sending.lose,
        sender: null,
        error: again ? null : 'the daemon stopped while it was being sent; it may have been delivered',
      })
      .where('id', '=', id)
      .where('status', '=', 'sending')
      .returningAll()
      .executeTakeFirst();
    if (row !== undefined) recovered.push(row);
  }
  const unknown = recovered.filter((row) => row.status === 'unknown');
  await appendInTransaction(tx, await deliveryEvents(tx, 'message.delivery-unknown', unknown));
  return recovered.map(toOutbound);
}

async function refuseOutbound(tx: WriteTransaction, id: string, what: string): Promise<Settled<never>> {
  const row = await tx.db.selectFrom('outbound').select('status').where('id', '=', id).executeTakeFirst();
  if (row === undefined) return refuse('not-found', `there is no outbound message "${id.slice(0, 80)}"`, { id });
  return refuse('wrong-state', `the message ${id} is ${row.status}, so it cannot be ${what} now`, { id, status: row.status });
}

/** What the journal says of intents, in the streams of their sessions. */
export async function deliveryEvents(tx: WriteTransaction, type: EventType, rows: readonly OutboundRow[]): Promise<readonly NewEvent[]> {
  if (rows.length === 0) return [];
  const turnIds = [...new Set(rows.map((row) => row.turn_id))];
  const turns = await tx.db.selectFrom('turns').select(['id', 'session_key', 'agent', 'provenance']).where('id', 'in', turnIds).execute();
  return rows.map((row) => {
    const turn = turns.find(({ id }) => id === row.turn_id);
    if (turn === undefined) throw new Fault('orphan-row', `the outbound message ${row.id} belongs to the turn ${row.turn_id}, which does not exist`);
    const { platform, chat } = row;
    return turnEvent(
      type,
      turn,
      { outbound: row.id, platform, chat, platformMessageId: row.platform_message_id ?? undefined, error: row.error ?? undefined },
      'daemon',
    );
  });
}

/** An intent that commits with the entry that speaks of it. */
export async function queueOutbound(tx: WriteTransaction, turn: TurnRow, seq: number, outbound: NewOutbound): Promise<void> {
  await tx.db
    .insertInto('outbound')
    .values({
      id: outbound.id,
      session_key: turn.session_key,
      seq,
      turn_id: turn.id,
      platform: outbound.platform,
      account: outbound.account,
      chat: outbound.chat,
      thread: outbound.thread ?? null,
      text: storableText(outbound.text),
      reply_to: outbound.replyTo ?? null,
      provenance: turn.provenance,
      status: 'pending',
      attempts: 0,
      created_at: tx.at,
      not_before: 0,
    })
    .execute();
}
