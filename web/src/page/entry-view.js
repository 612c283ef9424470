/**
 * What people and agents said, and what the daemon notes in between.
 *
 * @import { EntryView } from '@guildhall/protocol'
 */
import { button, el } from './dom.js';
import { blocksOf } from './markdown.js';
import { outputView } from './output-view.js';
import { timeOfDay } from './words.js';

/** Longer texts are shown plain and in pieces. */
const longestRendered = 200_000;

/** @param {EntryView} entry */
export function userMessage(entry) {
  const from = entry.from === undefined || entry.from === 'operator' ? 'You' : entry.from;
  return el(
    'div',
    { class: 'user-message' },
    el('p', { class: 'byline' }, el('bdi', { class: 'speaker' }, from), ' ', el('time', {}, timeOfDay(entry.at))),
    userText(entry.text),
  );
}

/** @param {string} text */
function userText(text) {
  if (text.length > longestRendered) return outputView(text, 'Message');
  return el('div', { class: 'user-text', dir: 'auto' }, text);
}

/** Who speaks in a turn. @param {string} agent @param {number} at when it began */
export function agentByline(agent, at) {
  return el('p', { class: 'byline' }, el('bdi', { class: 'speaker' }, agent), ' ', el('time', {}, timeOfDay(at)));
}

/** @param {string | undefined} model */
function rehearsalLabel(model) {
  return el('span', { class: 'badge rehearsal', title: `${model ?? 'No real model'}: no real model was asked; this was said from a script.` }, 'rehearsal');
}

/** @param {EntryView} entry of a model step or an answer */
export function agentText(entry) {
  const element = el('div', { class: 'agent-text' });
  if (entry.rehearsal === true) element.append(rehearsalLabel(entry.model));
  if (entry.text.length > longestRendered) element.append(outputView(entry.text, 'Answer'));
  else element.append(...blocksOf(entry.text).map((block) => block.render()));
  return element;
}

/**
 * Text that still grows. Pieces that did not change keep their nodes.
 *
 * @returns {{ element: HTMLElement, add: (delta: string) => void }}
 */
export function growingText() {
  const element = el('div', { class: 'agent-text growing' });
  let text = '';
  /** @type {{ source: string, node: Node }[]} */
  let shown = [];
  let due = false;

  function paint() {
    due = false;
    if (text.length > longestRendered) return element.replaceChildren('This is a long one. It appears when it is complete.');
    const blocks = blocksOf(text);
    let same = 0;
    while (same < shown.length && same < blocks.length && shown[same]?.source === blocks[same]?.source) same += 1;
    for (const { node } of shown.slice(same)) element.removeChild(node);
    shown = shown.slice(0, same);
    for (const block of blocks.slice(same)) {
      const node = block.render();
      element.append(node);
      shown.push({ source: block.source, node });
    }
  }

  return {
    element,
    add(delta) {
      text += delta;
      if (due) return;
      due = true;
      requestAnimationFrame(paint);
    },
  };
}

/** @type {Record<string, string>} */
const noteLeads = {
  'turn-failed': 'This turn failed.',
  'turn-cancelled': 'Stopped.',
  'turn-resumed': 'Carried on where it was after a restart.',
  'step-retried': 'The answer broke off; asked again.',
};

/** @param {EntryView} entry */
export function note(entry) {
  if (entry.code === 'partial')
    return el('details', { class: 'note' }, el('summary', {}, 'An answer broke off here'), el('div', { class: 'user-text', dir: 'auto' }, entry.text));
  const lead = noteLeads[entry.code ?? ''];
  const words = lead === undefined ? entry.text : `${lead} ${entry.text}`;
  return el('p', { class: entry.code === 'turn-failed' ? 'note bad' : 'note', dir: 'auto' }, words.trim());
}

/** @param {EntryView} entry */
export function compaction(entry) {
  return el(
    'details',
    { class: 'note compaction' },
    el('summary', {}, 'From here on the agent remembers what came before as a summary'),
    el('div', { class: 'user-text', dir: 'auto' }, entry.text),
  );
}

/**
 * A message that has no entry yet: on its way, waiting for its turn, or refused.
 *
 * @param {import('./outbox.js').Outgoing} item
 * @param {{ retry: () => void, edit: () => void }} acts
 */
export function outgoingMessage(item, acts) {
  const words = {
    sending: 'sending…',
    waiting: 'The daemon does not answer. Trying again…',
    accepted: 'waiting for its turn',
    refused: item.problem ?? 'not accepted',
  }[item.state];
  const state = el('p', { class: item.state === 'refused' ? 'sent-state bad' : 'sent-state' }, words);
  if (item.state === 'refused' || item.state === 'waiting')
    state.append(' ', button('Try now', { class: 'quiet' }, acts.retry), ' ', button('Edit', { class: 'quiet' }, acts.edit));
  return el('div', { class: 'user-message outgoing', 'data-message': item.messageId }, userText(item.text), state);
}
