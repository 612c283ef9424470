/**
 * What a person must know to say yes or no to a handoff: what the daemon recorded, and apart from it, quoted, the task in the words of whoever asks.
 *
 * @import { ApprovalView, HandoffView } from '@guildhall/protocol'
 */
import { readHandoff } from './api.js';
import { el } from './dom.js';
import { quotedTask, riskWords } from './handoff-words.js';
import { showHidden } from './hidden-characters.js';

/** Handoffs are asked about with the handoff in place of a turn. @param {ApprovalView} approval */
export function isHandoff({ tool, turnId, args }) {
  return tool === 'dispatch_handoff' && args['handoff'] === turnId;
}

/** @param {ApprovalView} approval @param {string} headingId @returns {Node[]} the heading and everything that is to be judged */
export function handoffQuestion(approval, headingId) {
  const { args } = approval;
  const target = word(args['target']);
  const source = fact(approval.agent);
  const beside = el('dl', { class: 'handoff-record' });
  const forbidden = Array.isArray(args['forbidden_actions']) ? args['forbidden_actions'].map(String) : [];
  beside.append(
    row('Runs in', fact(word(args['target_session']))),
    row('Seen in', fact(word(args['target_chat']) === 'session' ? 'its own conversation' : word(args['target_chat']))),
    row('Risk', risky(riskWords({ riskLevel: word(args['risk_level']), risk: word(args['risk']) }), word(args['risk_level']))),
    row('May not', forbidden.length === 0 ? 'nothing beyond the usual rules' : fact(forbidden.join(', '))),
    row('Handoff', fact(approval.turnId)),
  );
  const said = quotedTask(word(args['task']), 'The task');
  const by = el('span', {}, 'whoever asks');
  void readHandoff(approval.turnId).then((answer) => {
    if (!answer.ok) return;
    source.replaceChildren(showHidden(answer.value.source));
    by.replaceChildren(el('bdi', {}, showHidden(answer.value.source)));
    beside.append(...recorded(answer.value));
  });
  return [
    el('h3', { id: headingId }, 'May ', source, ' hand this work to ', fact(target), '?'),
    el('p', { class: 'approval-why', dir: 'auto' }, showHidden(approval.reason)),
    beside,
    el('p', { class: 'approval-label' }, 'The task, in the words of ', by),
    said,
  ];
}

/** @param {HandoffView} handoff */
function recorded(handoff) {
  return [row('Asked for by', fact(handoff.requestedBy)), row('In its chain', `handoff ${handoff.depth}`)];
}

/** @param {unknown} value */
export function word(value) {
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
