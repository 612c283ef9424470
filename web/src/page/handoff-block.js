/**
 * Handoffs in the transcript of whoever works on them: what was handed over, by whom and at what risk, from the daemon's record; what stands in the entry itself is one click away. A block follows its
 * handoff until that has ended.
 *
 * @import { EntryView, HandoffView } from '@guildhall/protocol'
 */
import { readHandoff } from './api.js';
import { el } from './dom.js';
import { isOpen, quotedTask, riskWords, stateOf } from './handoff-words.js';
import { showHidden } from './hidden-characters.js';
import { blocksOf } from './markdown.js';
import { outputView } from './output-view.js';
import { timeOfDay } from './words.js';

const lookAgainMs = 3000;

/** @type {Record<string, string>} */
const labels = { notice: 'Handoff notice', question: 'Handoff question' };

/** Blocks whose handoff has not ended, by its id. @type {Map<string, Set<(handoff: HandoffView) => void>>} */
const followed = new Map();
let timer = 0;

/** Forgets every block, for another conversation. */
export function clearHandoffs() {
  followed.clear();
  clearInterval(timer);
  timer = 0;
}

/** The message of the turn that does the work. @param {EntryView} entry @param {string} id */
export function workBlock(entry, id) {
  const from = el('span', {}, 'Handed over by ', name(entry.from ?? ''));
  const facts = el('p', { class: 'handoff-facts' });
  const task = el('div', {});
  follow(id, (handoff) => {
    facts.replaceChildren(...factsOf(handoff));
    if (!task.hasChildNodes()) task.append(quotedTask(handoff.task, `The task, in the words of ${handoff.source}`));
  });
  return block('work', [from, ' ', time(entry)], id, facts, task, unfolded('Everything the agent was given', entry.text));
}

/** The message that is answered by the notice itself. @param {EntryView} entry @param {string} id */
export function noticeBlock(entry, id) {
  return block('notice', ['Handoff notice ', time(entry)], id);
}

/** The message that is answered by the question to a person. @param {EntryView} entry @param {string} id */
export function questionBlock(entry, id) {
  return block('question', ['Handoff question ', time(entry)], id);
}

/** What was announced or asked, in the daemon's words; no agent said it. @param {EntryView} entry */
export function noticeText(entry) {
  return el('div', { class: 'handoff-said agent-text' }, ...blocksOf(entry.text).map((part) => part.render()));
}

/** The message that asks to sum up. @param {EntryView} entry */
export function summaryBlock(entry) {
  const [first = ''] = entry.text.split('\n', 1);
  return block(
    'summary',
    ['What was handed over has come back ', time(entry)],
    '',
    el('p', { class: 'handoff-facts' }, showHidden(first)),
    unfolded('Everything the agent was given', entry.text),
  );
}

/** @param {string} part @param {(Node | string)[]} title @param {string} id @param {...Node} content */
function block(part, title, id, ...content) {
  const label = id === '' ? '' : el('code', { class: 'handoff-id', dir: 'ltr' }, showHidden(id));
  return el(
    'section',
    { class: 'handoff', 'data-part': part, 'aria-label': labels[part] ?? 'Handoff' },
    el('p', { class: 'handoff-title' }, ...title, ' ', label),
    ...content,
  );
}

/** @param {HandoffView} handoff */
function factsOf(handoff) {
  const state = el('span', { class: 'handoff-state', 'data-state': handoff.outcome ?? handoff.status }, stateOf(handoff));
  const forbidden = handoff.forbiddenActions.length === 0 ? [] : [' · may not: ', el('bdi', {}, handoff.forbiddenActions.join(', '))];
  const why = handoff.reason === '' ? [] : [' · ', el('bdi', {}, showHidden(handoff.reason))];
  return [el('bdi', {}, `${riskWords(handoff)} risk`), ...forbidden, ' · ', state, ...why];
}

/** @param {string} who */
function name(who) {
  return el('bdi', { class: 'speaker' }, showHidden(who));
}

/** @param {EntryView} entry */
function time(entry) {
  return el('time', {}, timeOfDay(entry.at));
}

/** @param {string} words @param {string} text */
function unfolded(words, text) {
  return el('details', { class: 'handoff-all' }, el('summary', {}, words), outputView(text, words));
}

/** @param {string} id @param {(handoff: HandoffView) => void} show */
function follow(id, show) {
  const shows = followed.get(id) ?? new Set();
  followed.set(id, shows.add(show));
  void look(id);
  if (timer === 0) timer = setInterval(() => [...followed.keys()].map(look), lookAgainMs);
}

/** @param {string} id */
async function look(id) {
  const answer = await readHandoff(id);
  if (!answer.ok) return;
  for (const show of followed.get(id) ?? []) show(answer.value);
  if (isOpen(answer.value)) return;
  followed.delete(id);
  if (followed.size > 0) return;
  clearInterval(timer);
  timer = 0;
}
