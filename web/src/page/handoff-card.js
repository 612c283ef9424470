/**
 * What a person must know to say yes or no to a handoff: what the daemon recorded, and apart from it, quoted, the task in the words of whoever asks.
 *
 * @import { ApprovalView, HandoffView } from '@guildhall/protocol'
 */
import { readHandoff } from './api.js';
import { el } from './dom.js';
import { quotedTask, riskWords } from './handoff-words.js';
import { showHidden } from './hidden-characters.js';
import { jsonView } from './output-view.js';

/** A handoff is asked about with its ends spelled out; a call of the tool names its target in a word. @param {ApprovalView} approval */
export function isHandoff({ tool, args }) {
  return tool === 'dispatch_handoff' && typeof args['target'] === 'object' && typeof args['forbidden'] === 'object';
}

/** To whom. @param {ApprovalView} approval */
export function targetOf({ args }) {
  return word(part(args['target'], 'name'));
}

/** @param {ApprovalView} approval @param {string} headingId @returns {Node[]} the heading and everything that is to be judged */
export function handoffQuestion(approval, headingId) {
  const { args } = approval;
  const source = word(part(args['source'], 'name'));
  const beside = el('dl', { class: 'handoff-record' });
  const forbidden = Object.keys(args['forbidden'] ?? {});
  const level = word(args['riskLevel']);
  beside.append(
    row('Runs in', fact(word(part(args['target'], 'sessionKey')))),
    row('Risk', risky(riskWords({ riskLevel: level, risk: word(args['risk']) }), level)),
    row('May not', forbidden.length === 0 ? 'nothing beyond the usual rules' : fact(forbidden.join(', '))),
    row('Handoff', fact(approval.turnId)),
  );
  const said = quotedTask(word(args['task']), 'The task');
  void readHandoff(approval.turnId).then((answer) => {
    if (answer.ok) beside.append(...recorded(answer.value));
  });
  return [
    el('h3', { id: headingId }, 'May ', fact(source), ' hand this work to ', fact(targetOf(approval)), '?'),
    el('p', { class: 'approval-why', dir: 'auto' }, showHidden(approval.reason)),
    beside,
    el('p', { class: 'approval-label' }, 'The task, in the words of ', el('bdi', {}, showHidden(source))),
    said,
    el('details', { class: 'handoff-all' }, el('summary', {}, 'Everything a yes is bound to, with the rules'), jsonView(args, 'Everything a yes is bound to')),
  ];
}

/** @param {HandoffView} handoff */
function recorded(handoff) {
  const seen = handoff.targetChat === 'session' ? 'its own conversation' : handoff.targetChat;
  return [row('Seen in', fact(seen)), row('Asked for by', fact(handoff.requestedBy)), row('In its chain', `handoff ${handoff.depth}`)];
}

/** @param {unknown} whole @param {string} name @returns {unknown} */
function part(whole, name) {
  return typeof whole === 'object' && whole !== null ? /** @type {Record<string, unknown>} */ (whole)[name] : undefined;
}

/** @param {unknown} value */
function word(value) {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** @param {string} text */
function fact(text) {
  return el('bdi', { class: 'fact' }, showHidden(text));
}

/** @param {string} words @param {string} level */
function risky(words, level) {
  return el('bdi', { class: 'fact', 'data-risk': level }, showHidden(words));
}

/** @param {string} name @param {Node | string} value */
function row(name, value) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}
