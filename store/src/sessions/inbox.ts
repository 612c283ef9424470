/** The inbox: a message is accepted once, in the order of its session, together with its turn. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Accepted, AcceptRequest, InboxStore } from '@guildhall/sessions';
import { sql } from 'kysely';
import { settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import type { TurnRow } from '../schema.ts';
import { acceptInTransaction } from './accept.ts';
import { cancelTurns, type TurnsToEnd } from './cancel-turns.ts';
import { toTurn } from './rows.ts';

export function inboxStore(database: Database): InboxStore {
  return {
    acceptMessage: (request) => settle(database, (tx) => accept(tx, request)),
    runnableSessions: (limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('turns')
          .select('session_key')
          .where(isOpenTurn)
          .where(sql<boolean>`not exists (select 1 from leases where leases.name = 'session:' || turns.session_key and leases.expires_at > lease_now())`)
          .groupBy('session_key')
          .orderBy((eb) => eb.fn.min('accepted_at'))
          .orderBy('session_key')
          .limit(limit)
          .execute();
        return rows.map((row) => row.session_key);
      }),
    requestCancel: (turnId, by) =>
      settle(database, async (tx) => {
        const asked = await tx.db.selectFrom('turns').selectAll().where('id', '=', turnId).executeTakeFirst();
        if (asked === undefined) return refuse('not-found', `there is no turn "${turnId.slice(0, 80)}"`, { turnId });
        const [cancelled] = await cancelAndTell(tx, { sessionKey: asked.session_key, by, turnId });
        if (cancelled !== undefined) return done(toTurn(cancelled));
        return refuse('wrong-state', `the turn ${turnId} is ${asked.status} already, so there is nothing to stop`, { turnId, status: asked.status });
      }),
    requestSessionCancel: (sessionKey, by) =>
      settle(database, async (tx) => {
        const session = await tx.db.selectFrom('sessions').select('key').where('key', '=', sessionKey).executeTakeFirst();
        if (session === undefined)
          return refuse('not-found', `there is no session "${sessionKey.slice(0, 200)}"; list them with: guildhall sessions list`, { sessionKey });
        const cancelled = await cancelAndTell(tx, { sessionKey, by });
        return done(cancelled.map(({ id }) => id));
      }),
  };
}

async function accept(tx: WriteTransaction, request: AcceptRequest): Promise<Settled<Accepted>> {
  const accepted = await acceptInTransaction(tx, request);
  if (!accepted.ok) return accepted;
  await appendInTransaction(tx, accepted.value.events);
  return done(accepted.value.accepted);
}

async function cancelAndTell(tx: WriteTransaction, which: TurnsToEnd): Promise<readonly TurnRow[]> {
  const { turns, events } = await cancelTurns(tx, which);
  await appendInTransaction(tx, events);
  return turns;
}
