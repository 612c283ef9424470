/**
 * Ctrl+K: type a few letters of an agent, Enter.
 *
 * @import { AgentView } from '@guildhall/protocol'
 */
import { byId, el } from './dom.js';
import { brief } from './words.js';

const dialog = byId('switcher', HTMLDialogElement);
const query = byId('switcher-query', HTMLInputElement);
const options = byId('switcher-options', HTMLElement);

/** @type {readonly AgentView[]} */
let agents = [];
/** @type {AgentView[]} */
let found = [];
let at = 0;
/** @type {(agent: string) => void} */
let choose = () => {};

function show() {
  const wanted = query.value.trim().toLowerCase();
  found = agents.filter((agent) => `${agent.id} ${agent.description}`.toLowerCase().includes(wanted));
  found.sort((a, b) => Number(b.id.startsWith(wanted)) - Number(a.id.startsWith(wanted)));
  at = Math.min(at, Math.max(0, found.length - 1));
  const items = found.map((agent, index) => {
    const option = el(
      'li',
      { role: 'option', id: `option-${index}`, 'aria-selected': String(index === at) },
      el('bdi', { class: 'item-name' }, agent.id),
      el('span', { class: 'item-more', dir: 'auto' }, brief(agent.description, 90)),
    );
    option.addEventListener('click', () => take(agent));
    return option;
  });
  options.replaceChildren(...(items.length > 0 ? items : [el('li', { class: 'empty' }, 'No agent is called that.')]));
  query.setAttribute('aria-activedescendant', items.length > 0 ? `option-${at}` : '');
  items[at]?.scrollIntoView({ block: 'nearest' });
}

/** @param {AgentView | undefined} agent */
function take(agent) {
  if (agent === undefined) return;
  dialog.close();
  choose(agent.id);
}

query.addEventListener('input', () => {
  at = 0;
  show();
});
query.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step !== undefined && found.length > 0) {
    event.preventDefault();
    at = (at + step + found.length) % found.length;
    show();
  } else if (event.key === 'Enter') {
    event.preventDefault();
    take(found[at]);
  }
});
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});

/** @param {readonly AgentView[]} among @param {(agent: string) => void} act */
export function openSwitcher(among, act) {
  agents = among;
  choose = act;
  query.value = '';
  at = 0;
  show();
  dialog.showModal();
  query.focus();
}
