/** A message and the turn it starts, as seen from the terminal: sent once however often it is tried, and waited for until it has ended. */
import { acceptedAnswer, refuse, turnView, type AcceptedAnswer, type EntryView, type Settled, type TurnView } from '@guildhall/protocol';
import { entryPage } from '../http/answers.ts';
import { mayPass, pauses } from '../streaming/follow-stream.ts';
import type { Call } from '../verb.ts';

/** Where a message goes. Without an agent and a session the bindings of the terminal decide. */
export interface ChatAddress {
  readonly agent?: string;
  readonly session?: string;
  /** A conversation of its own beside the main one. */
  readonly thread?: string;
}

export const terminalPlatform = 'terminal';
export const terminalChat = 'main';

/**
 * Sends with one `messageId`, so that a repeated attempt is the same message. Tries again when the answer was lost; when the daemon cannot be reached at all, only with `onWait`, which is
 * called once.
 */
export async function sendMessage(call: Call, address: ChatAddress, text: string, messageId: string, onWait?: () => void): Promise<Settled<AcceptedAnswer>> {
  const body = {
    platform: terminalPlatform,
    chat: terminalChat,
    chatType: address.thread === undefined ? 'dm' : 'thread',
    messageId,
    text,
    ...(address.agent === undefined ? {} : { agent: address.agent }),
    ...(address.session === undefined ? {} : { session: address.session }),
    ...(address.thread === undefined ? {} : { thread: address.thread }),
  };
  const pause = pauses(call.reconnectForMs, call.signal);
  let tries = 0;
  for (;;) {
    const daemon = await call.connect();
    const answer = daemon.ok ? await daemon.value.ask('post', '/v1/messages', acceptedAnswer, { body }) : daemon;
    if (answer.ok || !mayPass(answer.refusal)) return answer;
    const neverSent = !daemon.ok || answer.refusal.details?.['reason'] === 'ECONNREFUSED';
    if (neverSent && onWait === undefined) return answer;
    if (tries === 0) onWait?.();
    tries += 1;
    if (!(await pause())) return answer;
  }
}

/** As long as one request may wait for the end of a turn. */
const waitMs = 30_000;

/** The turn when it has ended; for a message that joined a running turn, that one. Asks again while the daemon is away. */
export async function awaitTurn(call: Call, turnId: string): Promise<Settled<TurnView>> {
  let id = turnId;
  let pause = pauses(call.reconnectForMs, call.signal);
  for (;;) {
    const daemon = await call.connect();
    const turn = daemon.ok ? await daemon.value.ask('get', '/v1/turns/{id}', turnView, { params: { id }, query: { waitMs }, timeoutMs: 2 * waitMs }) : daemon;
    if (!turn.ok) {
      if (!mayPass(turn.refusal) || !(await pause())) return turn;
      continue;
    }
    pause = pauses(call.reconnectForMs, call.signal);
    const { status, absorbedInto } = turn.value;
    if (status === 'absorbed' && absorbedInto !== undefined && absorbedInto !== id) id = absorbedInto;
    else if (status !== 'queued' && status !== 'running') return turn;
    else if (call.signal.aborted) return refuse('failed', `You left while turn ${id} was going on. Look at it with: guildhall why ${id}`);
  }
}

/** The entry after which everything about a turn comes: what to show of a session that is older than the turn. From the beginning where that cannot be found out. */
export async function findBeginning(call: Call, accepted: AcceptedAnswer): Promise<number> {
  const daemon = await call.connect();
  if (!daemon.ok) return 0;
  const newest = await daemon.value.ask('get', '/v1/sessions/{key}/entries', entryPage, {
    params: { key: accepted.sessionKey },
    query: { last: true, limit: 100 },
  });
  if (!newest.ok) return 0;
  const first = newest.value.find((entry) => entry.turnId === accepted.turnId);
  return first === undefined ? (newest.value.at(-1)?.seq ?? 0) : first.seq - 1;
}

/** One entry by its number. */
export async function readEntry(call: Call, key: string, seq: number): Promise<EntryView | undefined> {
  if (!Number.isSafeInteger(seq) || seq < 1) return undefined;
  const daemon = await call.connect();
  if (!daemon.ok) return undefined;
  const page = await daemon.value.ask('get', '/v1/sessions/{key}/entries', entryPage, { params: { key }, query: { after: seq - 1, limit: 1 } });
  return page.ok ? page.value.find((entry) => entry.seq === seq) : undefined;
}
