/**
 * Where one writes, and the line that says who will answer and why.
 *
 * @import { RouteView, SessionView } from '@guildhall/protocol'
 */
import { byId, el } from './dom.js';
import { brief } from './words.js';

/** Conversations of the daemon itself came from nowhere; they belong to something. @type {Readonly<Record<string, string>>} */
const originWords = { role: 'of a role', predecessor: 'with the predecessor of a role', schedule: 'of a schedule' };

const form = byId('composer', HTMLFormElement);
const draft = byId('draft', HTMLTextAreaElement);
const stop = byId('stop', HTMLButtonElement);
const sendButton = byId('send', HTMLButtonElement);
const keys = byId('keys', HTMLElement);
const routeWords = byId('route-words', HTMLElement);

/** @param {{ send: (text: string) => void, stop: () => void }} acts */
export function openComposer(acts) {
  const submit = () => {
    const text = draft.value;
    if (text.trim() === '' || draft.disabled) return;
    setDraft('');
    acts.send(text);
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  draft.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  draft.addEventListener('input', fit);
  stop.addEventListener('click', acts.stop);
}

/** Grows with what is written, up to the limit of the style sheet. */
function fit() {
  draft.style.height = 'auto';
  draft.style.height = `${draft.scrollHeight}px`;
}

/** @param {string} text */
export function setDraft(text) {
  draft.value = text;
  fit();
}

/** Not on touch screens, where it would bring up the keyboard unasked. */
export function focusDraft() {
  if (matchMedia('(hover: hover)').matches) draft.focus();
}

/** @param {boolean} running */
export function showRunning(running) {
  stop.hidden = !running;
}

/** What the line says now; said again, an opened list of losers would close. */
let shownRoute = '';

/**
 * @param {object} goal
 * @param {string} goal.agent
 * @param {string | undefined} goal.chosen
 * @param {RouteView | undefined} goal.routed
 * @param {SessionView | undefined} goal.session
 */
export function showRoute({ agent, chosen, routed, session }) {
  const wanted = JSON.stringify([agent, chosen, routed, session?.platform, session?.closed]);
  if (wanted === shownRoute) return;
  shownRoute = wanted;
  const closed = session?.closed;
  draft.disabled = sendButton.disabled = keys.hidden = closed !== undefined;
  draft.placeholder = closed === undefined ? `Message ${agent}` : 'Nothing can be written here';
  if (closed !== undefined) return routeWords.replaceChildren(el('span', { dir: 'auto' }, closed));
  const name = el('strong', {}, el('bdi', {}, agent));
  if (chosen === undefined && routed !== undefined) {
    return routeWords.replaceChildren('Goes to ', name, ` by routing: ${brief(routed.rule, 160)} (tier ${routed.tier})`, ' ', losers(routed));
  }
  const elsewhere =
    session !== undefined && session.platform !== 'web' ? `, in this conversation ${originWords[session.platform] ?? `from ${session.platform}`}` : '';
  return routeWords.replaceChildren('Goes to ', name, ` because you chose it${elsewhere}.`);
}

/** @param {RouteView} routed */
function losers(routed) {
  if (routed.losers.length === 0) return '.';
  const rows = routed.losers.slice(0, 20).map((loser) => el('li', {}, el('bdi', {}, loser.agent), `: ${loser.rule} (tier ${loser.tier}): ${loser.reason}`));
  return el(
    'details',
    { class: 'losers' },
    el('summary', {}, `${routed.losers.length} other ${routed.losers.length === 1 ? 'rule' : 'rules'} lost`),
    el('ul', {}, ...rows),
  );
}
