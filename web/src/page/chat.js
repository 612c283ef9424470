/**
 * The chat: which agent and conversation are open, and who is told when something changes.
 *
 * @import { AgentView, StatusView } from '@guildhall/protocol'
 * @import { SidebarState } from './sidebar.js'
 */
import { cancelSession, readAgents, readApprovals, readRoute, readSession, readSessions, signOut } from './api.js';
import { daemonNow } from './clock.js';
import { focusDraft, openComposer, showRoute } from './composer.js';
import { byId } from './dom.js';
import { openOutbox, send } from './outbox.js';
import * as pane from './session-pane.js';
import { openDrawers, showSidebar } from './sidebar.js';
import { openSwitcher } from './switcher.js';

const refreshEveryMs = 10_000;
const sessionsPerPage = 30;
/** As many as the daemon lists at once. */
const mostSessions = 500;
/** Which conversation was open, for a reload of this tab. */
const placeKey = 'guildhall.place';

/** @type {SidebarState} */
const state = { agents: [], sessions: [], moreSessions: false, pending: [], routed: undefined, chosen: undefined, sessionKey: undefined };
let sessionLimit = sessionsPerPage;
/** Grows with every choice, so that the answer to an older one changes nothing. */
let choice = 0;
/** Settles once the conversation that was chosen last is open: what is written meanwhile belongs there. */
let opening = Promise.resolve();
let sessionsAreStale = false;
/** The agent whose conversations are listed. */
let sessionsAreOf = '';
/** @type {Promise<void> | undefined} */
let reading;

/** @param {StatusView} status */
export async function openChat(status) {
  byId('version', HTMLElement).textContent = `Guildhall ${status.version}`;
  pane.openPane({ changed: () => void refreshSessions(), approvals: () => void refreshApprovals() });
  openComposer({ send: (text) => void sendMessage(text), stop: () => void stop() });
  byId('sign-out', HTMLButtonElement).addEventListener('click', () => void signOut().then(() => location.reload()));
  listenToKeys(openDrawers());
  await readTeam();
  openOutbox({ changed: pane.showOutgoing, accepted: arrive });
  await restorePlace();
  void refreshApprovals();
  focusDraft();
  setInterval(() => {
    if (document.hidden) return;
    void readTeam().then(refreshSessions);
    void refreshApprovals();
  }, refreshEveryMs);
}

async function readTeam() {
  const [agents, route] = await Promise.all([readAgents(), readRoute()]);
  if (agents.ok) state.agents = agents.value;
  if (route.ok) state.routed = route.value;
}

/** The agent that answers now: the chosen one, else the one routing leads to. @returns {AgentView | undefined} */
function currentAgent() {
  const wanted = state.chosen ?? state.routed?.agent;
  return state.agents.find((agent) => agent.id === wanted) ?? state.agents.find((agent) => agent.default) ?? state.agents[0];
}

async function restorePlace() {
  const kept = /** @type {{ chosen?: string, sessionKey?: string }} */ (JSON.parse(sessionStorage.getItem(placeKey) ?? '{}'));
  if (kept.sessionKey !== undefined && kept.chosen !== undefined) {
    const mine = choice;
    const session = await readSession(kept.sessionKey);
    if (mine !== choice) return undefined;
    if (session.ok) return openSession(kept.sessionKey, session.value.agent);
  }
  return chooseAgent(state.agents.some((agent) => agent.id === kept.chosen) ? kept.chosen : undefined);
}

/** @param {string | undefined} chosen undefined: let routing decide */
function chooseAgent(chosen) {
  opening = openChosen(chosen);
  return opening;
}

/** @param {string | undefined} chosen */
async function openChosen(chosen) {
  choice += 1;
  const mine = choice;
  state.chosen = chosen;
  state.sessionKey = undefined;
  sessionLimit = sessionsPerPage;
  await refreshSessions();
  const agent = currentAgent();
  if (mine !== choice || agent === undefined) return;
  const own = state.sessions.find((session) => session.closed === undefined && (session.platform === 'web' || session.key.endsWith(':main')));
  open(agent, own?.key);
  focusDraft();
}

/** @param {string} key @param {string} agentId */
async function openSession(key, agentId) {
  choice += 1;
  if (state.chosen !== undefined || state.routed?.agent !== agentId) state.chosen = agentId;
  const agent = currentAgent();
  if (agent === undefined) return;
  open(agent, key);
  await refreshSessions();
}

/** @param {AgentView} agent @param {string | undefined} key */
function open(agent, key) {
  state.sessionKey = key;
  sessionStorage.setItem(placeKey, JSON.stringify({ chosen: state.chosen, sessionKey: key }));
  document.title = `${agent.id} · Guildhall`;
  pane.openConversation(agent, key);
  pane.showApprovals(approvalsHere());
  show();
}

/** Those of the open conversation, and those of this agent whose conversation is not in the list: one may be asked before it has begun. */
function approvalsHere() {
  const agent = currentAgent()?.id;
  const listed = new Set(state.sessions.map((session) => session.key));
  const isElsewhere = (/** @type {string} */ key) => sessionsAreOf !== agent || listed.has(key);
  return state.pending.filter(({ sessionKey, agent: asks }) => sessionKey === state.sessionKey || (asks === agent && !isElsewhere(sessionKey)));
}

/** What the lists show now, for as long as nothing of it has changed. */
let shown = '';

function show() {
  const wanted = JSON.stringify([state, Math.floor(daemonNow() / 60_000)]);
  if (wanted === shown) return;
  shown = wanted;
  showSidebar(state, {
    chooseAgent: (agent) => void chooseAgent(agent),
    openSession(key) {
      const session = state.sessions.find((one) => one.key === key);
      if (session === undefined) return;
      state.chosen = session.agent;
      void openSession(key, session.agent);
    },
    showMore() {
      sessionLimit = Math.min(sessionLimit + sessionsPerPage, mostSessions);
      void refreshSessions();
    },
  });
  const agent = currentAgent();
  const session = state.sessions.find((one) => one.key === state.sessionKey);
  if (agent !== undefined) showRoute({ agent: agent.id, chosen: state.chosen, routed: state.routed, session });
}

/** Reads the list; asked while it reads, it reads once more, so that the last answer is the newest. */
function refreshSessions() {
  sessionsAreStale = true;
  reading ??= readSessionsUntilFresh().finally(() => (reading = undefined));
  return reading;
}

async function readSessionsUntilFresh() {
  while (sessionsAreStale) {
    sessionsAreStale = false;
    const agent = currentAgent();
    const answer = agent === undefined ? undefined : await readSessions(agent.id, sessionLimit);
    if (answer?.ok !== true || agent?.id !== currentAgent()?.id) continue;
    state.sessions = answer.value.sessions;
    sessionsAreOf = agent?.id ?? '';
    pane.showApprovals(approvalsHere());
    state.moreSessions = answer.value.next !== null && sessionLimit < mostSessions;
    show();
  }
}

async function refreshApprovals() {
  const answer = await readApprovals({ status: 'pending', limit: 100 });
  if (!answer.ok) return;
  state.pending = answer.value;
  pane.showApprovals(approvalsHere());
  const waits = answer.value.length > 0 ? '(asks) ' : '';
  document.title = `${waits}${currentAgent()?.id ?? 'Chat'} · Guildhall`;
  show();
}

/** @param {string} text */
async function sendMessage(text) {
  await opening;
  pane.showNotice('');
  send(text, targetOf(), pane.currentPlace());
  pane.showEnd();
}

function targetOf() {
  if (state.chosen === undefined) return {};
  return state.sessionKey === undefined ? { agent: state.chosen } : { session: state.sessionKey };
}

/**
 * The daemon has a message: if it opened or chose another conversation than the one on the page, go there.
 *
 * @param {string} wroteAt the place it was written in
 * @param {string} key
 * @param {string} agentId
 */
function arrive(wroteAt, key, agentId) {
  if (pane.currentPlace() === key) return pane.showEnd();
  if (pane.currentPlace() === wroteAt) void openSession(key, agentId);
  return undefined;
}

async function stop() {
  if (state.sessionKey === undefined || !pane.isRunning()) return;
  const answer = await cancelSession(state.sessionKey);
  if (!answer.ok) pane.showNotice(answer.message);
}

/** @param {ReturnType<typeof openDrawers>} drawer */
function listenToKeys(drawer) {
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || document.querySelector('#chat[hidden]') !== null) return;
    const isInDialog = document.querySelector('dialog[open]') !== null;
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !isInDialog) {
      event.preventDefault();
      openSwitcher(state.agents, (agent) => void chooseAgent(agent));
    } else if (event.key === '/' && !isInDialog && !isTyping(event.target)) {
      event.preventDefault();
      focusDraft();
    } else if (event.key === 'Escape' && !isInDialog && !drawer.close()) void stop();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
