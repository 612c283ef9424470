/**
 * One session, followed. The entries are the truth and are read by their number; the live stream says when to read, and carries previews. So a reconnect, a restart of the
 * daemon or an event sent twice cannot show anything twice or lose it.
 *
 * @import { EntryView, StreamEvent } from '@guildhall/protocol'
 * @import { Refused } from './api.js'
 */
import { readEntries, sessionPath } from './api.js';

const pageSize = 100;
/** A hidden page gives its connection back after this long: browsers allow six to one server. */
const hiddenPatienceMs = 60_000;
const slowestRetryMs = 15_000;
/** Reconnecting within this long is not worth a word. */
const quietMs = 800;

/**
 * @typedef {object} Follower
 * @property {(entries: readonly EntryView[]) => void} entries new ones, ascending
 * @property {(messageId: string, delta: string) => void} delta
 * @property {() => void} discard the preview is void
 * @property {(callId: string, text: string) => void} progress
 * @property {() => void} changed the session's state may have changed: read it
 * @property {() => void} approvals one was asked or answered
 * @property {(connected: boolean) => void} connection
 * @property {(refused: Refused) => void} failed the transcript cannot be read
 */

/**
 * @param {string} key
 * @param {Follower} follower
 * @returns {{ earlier: (before: number) => Promise<readonly EntryView[]>, end: () => void }}
 */
export function followSession(key, follower) {
  let ended = false;
  let lastSeq = 0;
  let opened = false;
  let reading = false;
  let readAgain = false;
  let retryMs = 500;
  /** The text that came last, and whether a part of it was missed. */
  let heard = '';
  let missedPart = false;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let wordTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hiddenTimer;

  /** @param {readonly EntryView[]} entries */
  function take(entries) {
    const fresh = entries.filter((entry) => entry.seq > lastSeq);
    lastSeq = Math.max(lastSeq, ...fresh.map((entry) => entry.seq));
    if (fresh.length > 0) follower.entries(fresh);
  }

  async function catchUp() {
    readAgain = true;
    if (reading) return;
    reading = true;
    while (readAgain && !ended) {
      readAgain = false;
      const answer = await readEntries(key, { after: lastSeq, limit: pageSize });
      if (ended || !answer.ok) break;
      take(answer.value);
      if (answer.value.length === pageSize) readAgain = true;
    }
    reading = false;
  }

  async function begin() {
    const answer = await readEntries(key, { last: 'true', limit: pageSize });
    if (ended) return;
    if (!answer.ok) {
      if (answer.status === 0 || answer.status >= 500) retryLater(() => void begin());
      else follower.failed(answer);
      return;
    }
    take(answer.value);
    follower.changed();
    connect();
  }

  function connect() {
    source?.close();
    const own = new EventSource(`${sessionPath(key)}/stream`);
    source = own;
    own.addEventListener('open', () => {
      retryMs = 500;
      clearTimeout(wordTimer);
      wordTimer = undefined;
      follower.connection(true);
      if (opened) follower.discard();
      missedPart = opened;
      opened = true;
      follower.changed();
      follower.approvals();
      void catchUp();
    });
    own.addEventListener('message', receive);
    own.addEventListener('error', () => {
      wordTimer ??= setTimeout(() => follower.connection(false), quietMs);
      // The browser reconnects by itself after a broken connection, but gives up on an answer it does not like.
      if (own.readyState === EventSource.CLOSED) retryLater(() => void reconnect());
    });
  }

  /** Asks in a way that can tell a sign-out from a restart, then connects again. */
  async function reconnect() {
    const answer = await readEntries(key, { after: lastSeq, limit: pageSize });
    if (ended) return;
    if (answer.ok) {
      take(answer.value);
      connect();
    } else if (answer.status !== 401) retryLater(() => void reconnect());
  }

  /** @param {() => void} act */
  function retryLater(act) {
    wordTimer ??= setTimeout(() => follower.connection(false), quietMs);
    clearTimeout(retryTimer);
    retryTimer = setTimeout(act, retryMs);
    retryMs = Math.min(retryMs * 2, slowestRetryMs);
  }

  /** @param {MessageEvent<string>} message */
  function receive(message) {
    const event = /** @type {StreamEvent} */ (JSON.parse(message.data));
    if (event.type === 'TEXT_MESSAGE_CONTENT') receiveDelta(event.messageId, event.delta);
    else if (event.type === 'RUN_STARTED' || event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') follower.changed();
    else if (event.type === 'CUSTOM') receiveCustom(event);
    if (Number(message.lastEventId) > lastSeq) void catchUp();
  }

  /** @param {string} messageId @param {string} delta */
  function receiveDelta(messageId, delta) {
    const goesOn = missedPart && heard === messageId;
    heard = messageId;
    missedPart = false;
    follower.delta(messageId, goesOn ? `… ${delta}` : delta);
  }

  /** @param {StreamEvent & { type: 'CUSTOM' }} event */
  function receiveCustom(event) {
    if (event.name === 'guildhall.text-discarded') follower.discard();
    else if (event.name === 'guildhall.tool-progress') receiveProgress(event.value);
    else if (event.name === 'guildhall.approval-asked' || event.name === 'guildhall.approval-answered') follower.approvals();
    else if (event.name === 'guildhall.usage') follower.changed();
  }

  /** @param {Record<string, unknown>} value */
  function receiveProgress({ toolCallId, text }) {
    if (typeof toolCallId === 'string' && typeof text === 'string') follower.progress(toolCallId, text);
  }

  function watchVisibility() {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(() => source?.close(), hiddenPatienceMs);
    else if (source?.readyState === EventSource.CLOSED) void reconnect();
  }

  document.addEventListener('visibilitychange', watchVisibility);
  void begin();

  return {
    async earlier(before) {
      const answer = await readEntries(key, { after: Math.max(0, before - 1 - pageSize), limit: pageSize });
      return answer.ok ? answer.value.filter((entry) => entry.seq < before) : [];
    },
    end() {
      ended = true;
      source?.close();
      for (const timer of [wordTimer, retryTimer, hiddenTimer]) clearTimeout(timer);
      document.removeEventListener('visibilitychange', watchVisibility);
    },
  };
}
