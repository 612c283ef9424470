/**
 * Messages that were sent and have no entry yet. Each keeps one id until the daemon has acknowledged it, through retries and a reload of the page, so it is never said twice.
 *
 * @import { EntryView, MessageRequest } from '@guildhall/protocol'
 */
import { postMessage, readTurn, webPlace } from './api.js';

/**
 * @typedef {object} Outgoing
 * @property {string} messageId
 * @property {string} text
 * @property {{ agent?: string, session?: string }} target empty: routing decides
 * @property {string} place the conversation it was written in
 * @property {'sending' | 'waiting' | 'accepted' | 'refused'} state
 * @property {string} [turnId]
 * @property {string} [problem]
 */

const storageKey = 'guildhall.outbox';
const slowestRetryMs = 15_000;

/** @type {Outgoing[]} */
let items = [];
let retryMs = 1000;
/** @type {{ changed: () => void, accepted: (wroteAt: string, sessionKey: string, agent: string) => void }} */
let listener = { changed() {}, accepted() {} };

/** @param {typeof listener} to */
export function openOutbox(to) {
  listener = to;
  try {
    items = /** @type {Outgoing[]} */ (JSON.parse(sessionStorage.getItem(storageKey) ?? '[]'));
  } catch {
    items = [];
  }
  for (const item of items) if (item.state === 'sending' || item.state === 'waiting') void post(item);
}

function keep() {
  sessionStorage.setItem(storageKey, JSON.stringify(items));
  listener.changed();
}

/** @param {string} place */
export function outgoingAt(place) {
  return items.filter((item) => item.place === place);
}

/** @param {string} text @param {Outgoing['target']} target @param {string} place */
export function send(text, target, place) {
  /** @type {Outgoing} */
  const item = { messageId: crypto.randomUUID(), text, target, place, state: 'sending' };
  items.push(item);
  keep();
  void post(item);
}

/** @param {Outgoing} item */
export async function post(item) {
  if (!items.includes(item)) return;
  item.state = item.state === 'waiting' ? 'waiting' : 'sending';
  keep();
  /** @type {MessageRequest} */
  const request = { ...webPlace, messageId: item.messageId, text: item.text, ...item.target };
  const answer = await postMessage(request);
  if (!items.includes(item)) return;
  if (answer.ok) {
    retryMs = 1000;
    item.state = 'accepted';
    item.turnId = answer.value.turnId;
    const wroteAt = item.place;
    item.place = answer.value.sessionKey;
    keep();
    listener.accepted(wroteAt, answer.value.sessionKey, answer.value.agent);
    return;
  }
  const mayPass = answer.status === 0 || answer.status >= 500;
  item.state = mayPass ? 'waiting' : 'refused';
  item.problem = answer.message;
  keep();
  if (!mayPass) return;
  setTimeout(() => void post(item), retryMs);
  retryMs = Math.min(retryMs * 2, slowestRetryMs);
}

/** @param {Outgoing} item */
export function withdraw(item) {
  items = items.filter((other) => other !== item);
  keep();
}

/** Messages whose entries have come are in the transcript now. @param {readonly EntryView[]} entries @param {string} place */
export function settle(entries, place) {
  const said = entries.filter((entry) => entry.kind === 'message');
  if (said.length === 0) return;
  const isThere = (/** @type {Outgoing} */ item) => item.place === place && item.state === 'accepted' && said.some((entry) => entry.turnId === item.turnId);
  if (items.some(isThere)) {
    items = items.filter((item) => !isThere(item));
    keep();
  }
}

/** Looks after messages of an idle session that got no entry under their own turn: they joined another turn, or were cancelled before theirs began. @param {string} place */
export async function clearSettled(place) {
  for (const item of items.filter((one) => one.place === place && one.state === 'accepted')) {
    const turn = await readTurn(item.turnId ?? '');
    if (turn.ok && turn.value.status === 'cancelled') {
      item.state = 'refused';
      item.problem = 'Stopped before its turn began.';
      item.messageId = crypto.randomUUID();
      keep();
    } else if ((turn.ok && turn.value.status !== 'queued') || (!turn.ok && turn.status === 404)) withdraw(item);
  }
}
