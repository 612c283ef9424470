/** The turns of a handoff in the session of its target: the notice that announces it, and the work. */
import type { NewHandoff } from '@guildhall/handoffs';
import type { NewEvent } from '@guildhall/kernel';
import { done, parseSessionKey, type Provenance, type Settled } from '@guildhall/protocol';
import type { AcceptRequest } from '@guildhall/sessions';
import type { WriteTransaction } from '../database.ts';
import type { HandoffRow } from '../handoff-schema.ts';
import { acceptInTransaction } from '../sessions/accept.ts';
import { cancelTurns } from '../sessions/cancel-turns.ts';
import { fromStoredJson } from '../stored-text.ts';

const platform = 'handoff';

/** Who asked has passed its guardrails, so the notice is not turned away for others that wait. */
const mostNotices = 1_000_000;

/** Accepts the notice in the session of the target; events for the verb to append. The handoff is held. */
export async function acceptNotice(tx: WriteTransaction, row: HandoffRow, notice: NewHandoff['notice']): Promise<Settled<readonly NewEvent[]>> {
  const earlier = await tx.db
    .selectFrom('turns')
    .select('id')
    .where('platform', '=', platform)
    .where('account', '=', 'notice')
    .where('chat', '=', row.id)
    .execute();
  const messageId = `${row.id}.notice.${earlier.length + 1}`;
  return accept(tx, row, { ...notice, thread: 'notice', messageId, from: 'daemon', maxQueued: mostNotices, provenance: fromStoredJson(row.provenance) });
}

export function acceptWork(
  tx: WriteTransaction,
  row: HandoffRow,
  work: { readonly turnId: string; readonly text: string; readonly maxQueued: number; readonly provenance: Provenance },
): Promise<Settled<readonly NewEvent[]>> {
  return accept(tx, row, { ...work, thread: 'work', messageId: `${row.id}.work`, from: row.source });
}

/** Ends a notice that nobody has said yet: what it announces is not so any more. */
export async function withdrawNotice(tx: WriteTransaction, row: HandoffRow): Promise<readonly NewEvent[]> {
  if (row.notice_turn === null) return [];
  const { events } = await cancelTurns(tx, { sessionKey: row.target_session, by: 'daemon', turnId: row.notice_turn, queuedOnly: true });
  return events;
}

interface HandoffTurn {
  readonly turnId: string;
  readonly text: string;
  readonly thread: 'notice' | 'work';
  readonly messageId: string;
  readonly from: string;
  readonly maxQueued: number;
  readonly provenance: Provenance;
}

async function accept(tx: WriteTransaction, row: HandoffRow, turn: HandoffTurn): Promise<Settled<readonly NewEvent[]>> {
  const { turnId, text, thread, messageId, from, maxQueued, provenance } = turn;
  const accepted = await acceptInTransaction(tx, {
    // The account is the thread, because only platform, account, chat and id are unique together.
    message: { platform, account: thread, chat: row.id, chatType: 'thread', thread, messageId, text },
    from,
    sessionKey: row.target_session,
    agent: row.target_agent,
    turnId,
    provenance,
    busy: 'queue',
    maxQueued,
    route: { handoff: row.id, source: row.source, target: row.target, thread },
    opens: conversationOf(row),
  });
  return accepted.ok ? done(accepted.value.events) : accepted;
}

/** The session is the target's, whoever spoke in it first: what is said there later goes where its key says. */
function conversationOf({ target_session: key, source }: HandoffRow): NonNullable<AcceptRequest['opens']> {
  const title = `Work from ${source}`;
  const address = parseSessionKey(key);
  if (!address.ok || address.value.kind === 'agent-main') return { platform, account: 'default', chat: key, chatType: 'dm', title };
  if (address.value.kind === 'role') return { platform: 'role', account: address.value.role, chat: address.value.plan, chatType: 'thread', title };
  const { platform: of, account = 'default', chat, user, chatType } = address.value;
  return { platform: of, account, chat: chat ?? user ?? key, chatType, title };
}
