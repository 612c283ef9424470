/**
 * Which durable session a client's conversation is. The wire has no name for a conversation, so:
 *
 * - `X-Guildhall-Session`, else `user`, names it: one session per credential, agent and name.
 * - Without a name it is found by its content. Conversations that begin with the same words get numbered sessions; a request belongs to the one whose last answer is the last
 *   answer the client shows. That keeps a conversation in one session, also across restarts, and makes an edited, branched or regenerated one a session of its own.
 *
 * A session the agent has not heard yet is told what was said before; one it has heard gets only what is new.
 */
import { formatSessionKey, type SessionView } from '@guildhall/protocol';
import { sha256, type Ids } from '@guildhall/kernel';
import type { Operations } from '../../operations.ts';
import type { History } from './history.ts';

export interface Conversation {
  readonly thread: string;
  readonly sessionKey: string;
  /** Nothing was said in it yet. */
  readonly fresh: boolean;
}

interface Whose {
  readonly agent: string;
  readonly credentialId: string;
}

/** Conversations with the same first words that are told apart; later ones are not found again and start anew each time, with their history told. */
const numberedLimit = 32;

function conversationKey({ agent, credentialId }: Whose, thread: string): string {
  return formatSessionKey({ kind: 'agent-chat', agent, platform: 'api', chatType: 'thread', chat: credentialId, thread });
}

export async function namedConversation(operations: Operations, whose: Whose, name: string): Promise<Conversation> {
  const sessionKey = conversationKey(whose, name);
  const session = await operations.readSession(sessionKey);
  return { thread: name, sessionKey, fresh: !session.ok };
}

export async function findConversation(operations: Operations, ids: Ids, whose: Whose, history: History): Promise<Conversation> {
  const stem = `c-${sha256(history.opening).slice(0, 20)}`;
  for (let number = 1; number <= numberedLimit; number += 1) {
    const thread = number === 1 ? stem : `${stem}-${number}`;
    const sessionKey = conversationKey(whose, thread);
    const session = await operations.readSession(sessionKey);
    if (!session.ok) return { thread, sessionKey, fresh: true };
    if (history.lastAnswer !== undefined && (await continues(operations, session.value, history.lastAnswer, history.lastAsked)))
      return { thread, sessionKey, fresh: false };
  }
  const thread = `${stem}-${ids.next('more')}`;
  return { thread, sessionKey: conversationKey(whose, thread), fresh: true };
}

/** Entries looked at to see how a session ends. */
const glance = 50;

/**
 * Does the session end, at rest, with the question and the answer the client shows last? A client that streamed also shows what the agent said between its tool calls, before the
 * answer; what was quoted for a turn stands below its text.
 */
async function continues(operations: Operations, session: SessionView, shown: string, asked: string): Promise<boolean> {
  if (session.runningTurn !== undefined || session.queuedTurns > 0) return false;
  const entries = await operations.readEntries(session.key, { last: true, limit: glance });
  if (!entries.ok) return false;
  const answer = entries.value.findLast((entry) => entry.kind === 'answer');
  if (answer === undefined || !endsLike(shown, answer.text)) return false;
  const message = entries.value.findLast((entry) => entry.kind === 'message' && entry.turnId === answer.turnId);
  return message === undefined || message.text.trim().startsWith(asked.trim());
}

function endsLike(whole: string, end: string): boolean {
  return end.trim() === '' ? whole.trim() === '' : whole.trim().endsWith(end.trim());
}
