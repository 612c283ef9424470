/**
 * The open conversation: its transcript, what is on its way, what waits for an answer, and its state in the header.
 *
 * @import { AgentView, ApprovalView, EntryView, SessionView } from '@guildhall/protocol'
 */
import { readSession } from './api.js';
import { setDraft, focusDraft, showRunning } from './composer.js';
import * as conversation from './conversation.js';
import { byId } from './dom.js';
import { outgoingMessage } from './entry-view.js';
import { isHandoff } from './handoff-card.js';
import { clearSettled, outgoingAt, post, settle, withdraw } from './outbox.js';
import { createScroll } from './scroll.js';
import { clearApprovals, isAsking, showAnswered, showPending } from './session-approvals.js';
import { showAgent, showCost } from './session-header.js';
import { followSession } from './stream.js';
import { showWelcome } from './welcome.js';
import { brief } from './words.js';

const loadEarlier = byId('load-earlier', HTMLButtonElement);
const thinking = byId('thinking', HTMLElement);
const outgoing = byId('outgoing', HTMLElement);
const connection = byId('connection', HTMLElement);
const notice = byId('notice', HTMLElement);
const announcer = byId('announcer', HTMLElement);

const scroll = createScroll();

/** @type {{ changed: () => void, approvals: () => void }} */
let listener = { changed() {}, approvals() {} };
/** @type {AgentView | undefined} */
let agent;
/** @type {string | undefined} */
let key;
/** @type {SessionView | undefined} */
let session;
/** @type {ReturnType<typeof followSession> | undefined} */
let following;
let refreshing = false;
let refreshAgain = false;
/** The first entries of an opened transcript are not news. */
let isNews = false;

/** @param {typeof listener} to told when the session's state changed, and when the list of approvals did */
export function openPane(to) {
  listener = to;
  loadEarlier.addEventListener('click', () => void showEarlier());
}

export function isRunning() {
  return session !== undefined && (session.runningTurn !== undefined || session.queuedTurns > 0);
}

/** Where messages written now belong, also before their session exists. */
export function currentPlace() {
  return key ?? `new:${agent?.id ?? ''}`;
}

/** Opens a conversation with an agent; without a key, an empty one. @param {AgentView} withAgent @param {string | undefined} sessionKey */
export function openConversation(withAgent, sessionKey) {
  const isSame = agent?.id === withAgent.id && key === sessionKey && (sessionKey !== undefined || conversation.isEmpty());
  agent = withAgent;
  showAgent(withAgent);
  if (isSame) return showState();
  following?.end();
  following = undefined;
  key = sessionKey;
  session = undefined;
  isNews = false;
  conversation.clearConversation(withAgent.id);
  clearApprovals(sessionKey ?? '');
  loadEarlier.hidden = true;
  notice.textContent = '';
  connection.textContent = '';
  showState();
  showOutgoing();
  showSpent();
  scroll.toEnd();
  if (sessionKey !== undefined) following = follow(sessionKey);
  return undefined;
}

/** @param {string} sessionKey */
function follow(sessionKey) {
  return followSession(sessionKey, {
    entries: takeEntries,
    delta(messageId, delta) {
      conversation.showDelta(messageId, delta);
      showState();
    },
    discard() {
      conversation.endPreview();
      showState();
    },
    progress: conversation.showProgress,
    changed: () => void refreshSession(),
    approvals() {
      listener.approvals();
      void refreshSession();
    },
    connection(connected) {
      connection.textContent = connected ? '' : 'Reconnecting…';
    },
    failed(refused) {
      notice.textContent = refused.message;
    },
  });
}

/** @param {readonly EntryView[]} entries */
function takeEntries(entries) {
  const isFirst = !isNews;
  conversation.showEntries(entries);
  if ((scroll.isAtEnd() && conversation.trim()) || isFirst) loadEarlier.hidden = (conversation.firstSeq() ?? 1) <= 1;
  settle(entries, currentPlace());
  if (entries.some((entry) => entry.kind === 'message')) void clearSettled(currentPlace());
  if (isFirst) {
    isNews = true;
    scroll.toEnd();
    void showAnswered();
  } else announce(entries);
  showState();
}

/** @param {readonly EntryView[]} entries */
function announce(entries) {
  const answer = entries.findLast((entry) => entry.kind === 'answer');
  if (answer !== undefined) announcer.textContent = `${agent?.id ?? ''}: ${brief(answer.text, 600)}`;
}

async function showEarlier() {
  const first = conversation.firstSeq();
  if (following === undefined || first === undefined) return;
  loadEarlier.disabled = true;
  const earlier = await following.earlier(first);
  loadEarlier.disabled = false;
  scroll.keepPlace(() => {
    conversation.showEntries(earlier);
    loadEarlier.hidden = earlier.length === 0 || (conversation.firstSeq() ?? 1) <= 1;
  });
  void showAnswered();
}

/** Reads the state of the session; asked while it reads, it reads once more, so that the last answer is the newest. */
async function refreshSession() {
  refreshAgain = true;
  if (refreshing) return;
  refreshing = true;
  while (refreshAgain) {
    refreshAgain = false;
    const wanted = key;
    const answer = wanted === undefined ? undefined : await readSession(wanted);
    if (answer?.ok === true && wanted === key) takeSession(answer.value);
  }
  refreshing = false;
}

/** @param {SessionView} current */
function takeSession(current) {
  const isNew = session === undefined || session.runningTurn !== current.runningTurn || session.lastActivityAt !== current.lastActivityAt;
  session = current;
  if (!isRunning()) void clearSettled(current.key);
  if (isNew) listener.changed();
  showState();
  showSpent();
}

function showSpent() {
  if (agent !== undefined) void showCost(agent, session?.costMicroUsd ?? 0);
}

function showState() {
  const running = isRunning();
  showRunning(running);
  thinking.hidden = !running || conversation.isStreaming() || isAsking();
  byId('thinking-words', HTMLElement).textContent = session?.runningTurn === undefined ? 'Waiting for a free hand' : `${agent?.id ?? ''} is working`;
  const nothing = conversation.isEmpty() && outgoingAt(currentPlace()).length === 0 && (key === undefined || session?.entryCount === 0) && !running;
  showWelcome(nothing ? agent : undefined, (text) => {
    setDraft(text);
    focusDraft();
  });
}

/** Messages on their way. Called whenever the outbox changed. */
export function showOutgoing() {
  outgoing.replaceChildren(
    ...outgoingAt(currentPlace()).map((item) =>
      outgoingMessage(item, {
        retry: () => void post(item),
        edit() {
          withdraw(item);
          setDraft(item.text);
          focusDraft();
        },
      }),
    ),
  );
  showState();
}

/** After sending, the end is where one wants to be. The entry of a message may have come before its acknowledgement. */
export function showEnd() {
  settle(conversation.shownEntries(), currentPlace());
  scroll.toEnd();
  void refreshSession();
}

/** @param {readonly ApprovalView[]} pending to be answered in this conversation */
export function showApprovals(pending) {
  for (const approval of showPending(pending, listener.approvals))
    announcer.textContent = `${approval.agent} asks for your approval to ${isHandoff(approval) ? 'hand work over' : `run ${approval.tool}`}.`;
  showState();
}

/** @param {string} words */
export function showNotice(words) {
  notice.textContent = words;
}
