/**
 * Agents, and the conversations of the chosen one.
 *
 * @import { AgentView, ApprovalView, RouteView, SessionView } from '@guildhall/protocol'
 */
import { button, byId, el } from './dom.js';
import { age, brief } from './words.js';

/**
 * @typedef {object} SidebarState
 * @property {readonly AgentView[]} agents
 * @property {readonly SessionView[]} sessions of the chosen agent
 * @property {boolean} moreSessions
 * @property {readonly ApprovalView[]} pending
 * @property {RouteView | undefined} routed
 * @property {string | undefined} chosen undefined: routing decides
 * @property {string | undefined} sessionKey the open one
 */
/**
 * @typedef {object} SidebarActs
 * @property {(agent: string | undefined) => void} chooseAgent
 * @property {(key: string) => void} openSession
 * @property {() => void} showMore
 */

const agentList = byId('agents', HTMLElement);
const sessionList = byId('sessions', HTMLElement);

/** @param {SidebarState} state @param {SidebarActs} acts */
export function showSidebar(state, acts) {
  const byRouting = state.routed === undefined ? [] : [routingItem(state.routed, state.chosen === undefined, acts)];
  replaceKeepingFocus(agentList, [...byRouting, ...state.agents.map((agent) => agentItem(agent, state, acts))]);
  const rows = state.sessions.map((session) => sessionItem(session, state, acts));
  if (rows.length === 0) rows.push(el('li', { class: 'empty' }, 'None yet. What you write first opens one.'));
  if (state.moreSessions) rows.push(el('li', {}, button('Show more', { class: 'quiet', 'data-key': 'more' }, acts.showMore)));
  replaceKeepingFocus(sessionList, rows);
}

/** @param {RouteView} routed @param {boolean} current @param {SidebarActs} acts */
function routingItem(routed, current, acts) {
  return item('routing', current, () => acts.chooseAgent(undefined), [
    el('span', { class: 'item-name' }, 'Let routing decide'),
    el('span', { class: 'item-more' }, 'leads to ', el('bdi', {}, routed.agent)),
  ]);
}

/** @param {AgentView} agent @param {SidebarState} state @param {SidebarActs} acts */
function agentItem(agent, state, acts) {
  const waiting = state.pending.filter((approval) => approval.agent === agent.id).length;
  const parts = [el('span', { class: 'item-name' }, el('bdi', {}, agent.id))];
  if (agent.rehearsal) parts.push(el('span', { class: 'badge rehearsal' }, 'rehearsal'));
  if (waiting > 0) parts.push(el('span', { class: 'badge asks' }, `asks${waiting > 1 ? ` ${waiting}` : ''}`));
  if (!agent.rehearsal) parts.push(el('span', { class: 'item-model', title: agent.model }, el('bdi', {}, agent.model.slice(agent.model.indexOf('/') + 1))));
  if (agent.description !== '')
    parts.push(el('span', { class: 'item-more', dir: 'auto', title: brief(agent.description, 400) }, brief(agent.description, 140)));
  return item(`agent ${agent.id}`, state.chosen === agent.id, () => acts.chooseAgent(agent.id), parts);
}

/** @param {SessionView} session @param {SidebarState} state @param {SidebarActs} acts */
function sessionItem(session, state, acts) {
  const parts = [el('span', { class: 'item-name', dir: 'auto' }, session.title === '' ? 'Untitled' : brief(session.title, 80))];
  const isRunning = session.runningTurn !== undefined;
  if (state.pending.some((approval) => approval.sessionKey === session.key)) parts.push(el('span', { class: 'badge asks' }, 'asks'));
  else if (isRunning) parts.push(el('span', { class: 'running-dot', role: 'img', 'aria-label': 'running' }));
  const where = session.platform === 'web' ? '' : ` · ${session.platform}`;
  parts.push(el('span', { class: 'item-more' }, `${isRunning ? 'running' : age(session.lastActivityAt)}${where}`));
  return item(`session ${session.key}`, state.sessionKey === session.key, () => acts.openSession(session.key), parts);
}

/** @param {string} key @param {boolean} current @param {() => void} act @param {Node[]} parts */
function item(key, current, act, parts) {
  const choose = el('button', { type: 'button', class: 'item', 'data-key': key, 'aria-current': current ? 'true' : undefined }, ...parts);
  choose.addEventListener('click', act);
  return el('li', {}, choose);
}

/** @param {HTMLElement} list @param {Node[]} items */
function replaceKeepingFocus(list, items) {
  const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement.dataset['key'] : undefined;
  list.replaceChildren(...items);
  if (focused === undefined) return;
  for (const element of list.querySelectorAll('button')) if (element.dataset['key'] === focused) element.focus();
}

/** The sidebar as a drawer, on narrow screens. */
export function openDrawers() {
  const opener = byId('open-drawer', HTMLButtonElement);
  const shade = byId('drawer-shade', HTMLElement);
  const sidebar = byId('sidebar', HTMLElement);
  const narrow = matchMedia('(max-width: 800px)');

  /** @param {boolean} open */
  function set(open) {
    sidebar.classList.toggle('open', open);
    sidebar.inert = narrow.matches && !open;
    shade.hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
  }
  opener.addEventListener('click', () => {
    set(true);
    sidebar.querySelector('button')?.focus();
  });
  shade.addEventListener('click', () => set(false));
  sidebar.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('.item') !== null) set(false);
  });
  narrow.addEventListener('change', () => set(false));
  set(false);
  return {
    /** Closes the drawer; false when it was not open. */
    close() {
      if (!sidebar.classList.contains('open')) return false;
      set(false);
      opener.focus();
      return true;
    },
  };
}
