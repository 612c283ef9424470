/** A message is accepted once, in the order of its session, together with its turn. */
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Accepted, AcceptRequest } from '@guildhall/sessions';
import type { Kysely } from 'kysely';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { guardChain } from '../handoffs/guard-chain.ts';
import { guardRoleSession } from '../roles/role-guard.ts';
import type { Schema, SessionRow, TurnRow } from '../schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { turnEvent } from './turn-event.ts';

const titleChars = 80;

/** The part of a verb that accepts a message, with the events for the verb to append. Whatever opens a turn comes through here, and so past the guards of role sessions and of chains. */
export async function acceptInTransaction(
  tx: WriteTransaction,
  request: AcceptRequest,
): Promise<Settled<{ readonly accepted: Accepted; readonly events: readonly NewEvent[] }>> {
  const { sessionKey, agent, message } = request;
  const earlier = await findAccepted(tx.db, request);
  if (earlier !== undefined)
    return done({ accepted: { sessionKey: earlier.session_key, agent: earlier.agent, turnId: earlier.id, duplicate: true }, events: [] });
  const guarded = await guardRoleSession(tx, sessionKey);
  if (!guarded.ok) return guarded;
  const chain = await guardChain(tx, request.provenance);
  if (!chain.ok) return chain;
  const session = await openSession(tx, request);
  const waiting = session.queued_turns - 1;
  if (waiting >= request.maxQueued) {
    return refuse(
      'limit-reached',
      `${waiting} messages wait in this session already; wait until one was answered, or cancel with: guildhall sessions cancel ${sessionKey}`,
      { sessionKey, waiting },
    );
  }
  const interrupted = request.busy === 'interrupt' ? session.running_turn : null;
  if (interrupted !== null)
    await tx.db.updateTable('turns').set({ cancel_requested: 1 }).where('id', '=', interrupted).where('status', '=', 'running').execute();
  const turn = await queueTurn(tx, request, session, chain.value);
  const { messageId, platform, account, chat } = message;
  const { busy, route, from } = request;
  const told = { messageId, platform, account, chat, agent, busy, route, interrupts: interrupted ?? undefined };
  const isNew = session.turn_count === 1;
  return done({
    accepted: { sessionKey, agent, turnId: turn.id, duplicate: false, ...(interrupted === null ? {} : { interrupted }) },
    events: [
      ...(isNew ? [turnEvent('session.opened', turn, { sessionKey: session.key, agent: session.agent }, from)] : []),
      turnEvent('message.accepted', turn, told, from),
    ],
  });
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
function openSession(tx: WriteTransaction, { message, sessionKey, agent, opens }: AcceptRequest): Promise<SessionRow> {
  const { platform, account, chat, chatType, title } = opens ?? { ...message, title: message.text };
  return tx.db
    .insertInto('sessions')
    .values({
      key: sessionKey,
      agent,
      platform,
      account,
      chat,
      chat_type: chatType,
      title: storableText(title.slice(0, titleChars)),
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

async function queueTurn(tx: WriteTransaction, request: AcceptRequest, session: SessionRow, handoff: string | null): Promise<TurnRow> {
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
      handoff,
    })
    .onConflict((conflict) => conflict.columns(['platform', 'account', 'chat', 'message_id']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (turn === undefined) throw new RunAgain(`the message ${message.messageId}`);
  return turn;
}
