/** The inbox: a message is accepted once, in the order of its session, together with its turn. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { turnTransitions, type Accepted, type AcceptRequest, type InboxStore } from '@guildhall/sessions';
import { sql, type Kysely } from 'kysely';
import { RunAgain, settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { isOpenTurn } from '../partial-indexes.ts';
import type { Schema, SessionRow, TurnRow } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { holdSession } from './hold-session.ts';
import { toTurn } from './rows.ts';
import { turnEvent } from './turn-event.ts';

const titleChars = 80;

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
        const [cancelled] = await cancelTurns(tx, asked.session_key, by, turnId);
        if (cancelled !== undefined) return done(toTurn(cancelled));
        return refuse('wrong-state', `the turn ${turnId} is ${asked.status} already, so there is nothing to stop`, { turnId, status: asked.status });
      }),
    requestSessionCancel: (sessionKey, by) =>
      settle(database, async (tx) => {
        const session = await tx.db.selectFrom('sessions').select('key').where('key', '=', sessionKey).executeTakeFirst();
        if (session === undefined)
          return refuse('not-found', `there is no session "${sessionKey.slice(0, 200)}"; list them with: guildhall sessions list`, { sessionKey });
        const cancelled = await cancelTurns(tx, sessionKey, by);
        return done(cancelled.map(({ id }) => id));
      }),
  };
}

async function accept(tx: WriteTransaction, request: AcceptRequest): Promise<Settled<Accepted>> {
  const earlier = await findAccepted(tx.db, request);
  if (earlier !== undefined) return done({ sessionKey: earlier.session_key, agent: earlier.agent, turnId: earlier.id, duplicate: true });
  const session = await openSession(tx, request);
  const waiting = session.queued_turns - 1;
  if (waiting >= request.maxQueued) {
    return refuse(
      'limit-reached',
      `${waiting} messages wait in this session already; wait until one was answered, or cancel with: guildhall sessions cancel ${request.sessionKey}`,
      {
        sessionKey: request.sessionKey,
        waiting,
      },
    );
  }
  const interrupted = request.busy === 'interrupt' ? session.running_turn : null;
  if (interrupted !== null)
    await tx.db.updateTable('turns').set({ cancel_requested: 1 }).where('id', '=', interrupted).where('status', '=', 'running').execute();
  const turn = await queueTurn(tx, request, session);
  const { message } = request;
  const isNew = session.turn_count === 1;
  await appendInTransaction(tx, [
    ...(isNew ? [turnEvent('session.opened', turn, { sessionKey: session.key, agent: session.agent }, request.from)] : []),
    turnEvent(
      'message.accepted',
      turn,
      {
        messageId: message.messageId,
        platform: message.platform,
        account: message.account,
        chat: message.chat,
        agent: request.agent,
        busy: request.busy,
        route: request.route,
        interrupts: interrupted ?? undefined,
      },
      request.from,
    ),
  ]);
  return done({ sessionKey: request.sessionKey, agent: request.agent, turnId: turn.id, duplicate: false, ...(interrupted === null ? {} : { interrupted }) });
}

function findAccepted(db: Kysely<Schema>, { message }: AcceptRequest): Promise<Pick<TurnRow, 'id' | 'session_key' | 'agent'> | undefined> {
  return db
    .selectFrom('turns')
    .select(['id', 'session_key', 'agent'])
    .where('platform', '=', message.platform)
    .where('account', '=', message.account)
    .where('chat', '=', message.chat)
    .where('message_id', '=', message.messageId)
    .executeTakeFirst();
}

/** The session with one turn more, made if need be; held until the transaction ends, so that accepts of one session follow each other. */
function openSession(tx: WriteTransaction, { message, sessionKey, agent }: AcceptRequest): Promise<SessionRow> {
  return tx.db
    .insertInto('sessions')
    .values({
      key: sessionKey,
      agent,
      platform: message.platform,
      account: message.account,
      chat: message.chat,
      chat_type: message.chatType,
      title: storableText(message.text.slice(0, titleChars)),
      created_at: tx.at,
      last_activity_at: tx.at,
      turn_count: 1,
      entry_count: 0,
      queued_turns: 1,
      running_turn: null,
      compacted_seq: 0,
      cost_micro_usd: 0,
    })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({
        turn_count: eb('sessions.turn_count', '+', 1),
        queued_turns: eb('sessions.queued_turns', '+', 1),
        last_activity_at: tx.at,
      })),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

async function queueTurn(tx: WriteTransaction, request: AcceptRequest, session: SessionRow): Promise<TurnRow> {
  const { message } = request;
  const turn = await tx.db
    .insertInto('turns')
    .values({
      id: request.turnId,
      session_key: request.sessionKey,
      ordinal: session.turn_count,
      agent: request.agent,
      platform: message.platform,
      account: message.account,
      chat: message.chat,
      message_id: message.messageId,
      message: toStoredJson(message),
      sender: request.from,
      provenance: toStoredJson(request.provenance),
      busy: request.busy,
      status: 'queued',
      attempts: 0,
      cancel_requested: 0,
      accepted_at: tx.at,
      steps: 0,
      input_tokens: 0,
      output_tokens: 0,
      cached_input_tokens: 0,
      cost_micro_usd: 0,
      unpriced_steps: 0,
      rehearsal: 0,
    })
    .onConflict((conflict) => conflict.columns(['platform', 'account', 'chat', 'message_id']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (turn === undefined) throw new RunAgain(`the message ${message.messageId}`);
  return turn;
}

/** Ends the queued turns of a session and marks the running one, or does it for one turn alone; returns those that were still open, in order. */
async function cancelTurns(tx: WriteTransaction, sessionKey: string, by: string, turnId?: string): Promise<readonly TurnRow[]> {
  await holdSession(tx, sessionKey);
  const turns = tx.db
    .updateTable('turns')
    .where('session_key', '=', sessionKey)
    .where(isOpenTurn)
    .$if(turnId !== undefined, (query) => query.where('id', '=', turnId ?? ''));
  const ended = await turns
    .set({ status: turnTransitions.queued.cancel, ended_at: tx.at, reason: `cancelled by ${storableText(by)} before it began` })
    .where('status', '=', 'queued')
    .returningAll()
    .execute();
  const marked = await turns.set({ cancel_requested: 1 }).where('status', '=', 'running').returningAll().execute();
  await tx.db
    .updateTable('sessions')
    .set((eb) => ({ queued_turns: eb('queued_turns', '-', ended.length) }))
    .where('key', '=', sessionKey)
    .execute();
  await appendInTransaction(
    tx,
    ended.map((turn) => turnEvent('turn.cancelled', turn, { by, reason: turn.reason ?? undefined }, by)),
  );
  return [...ended, ...marked].toSorted((a, b) => a.ordinal - b.ordinal);
}
