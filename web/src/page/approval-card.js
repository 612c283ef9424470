/**
 * A question to a person: may exactly this run. The card holds facts of the daemon only; what the agent wrote about it stays in the conversation.
 *
 * @import { ApprovalView } from '@guildhall/protocol'
 */
import { answerApproval, readApproval } from './api.js';
import { daemonNow } from './clock.js';
import { button, el } from './dom.js';
import { handoffQuestion, isHandoff, targetOf } from './handoff-card.js';
import { showHidden } from './hidden-characters.js';
import { jsonView } from './output-view.js';
import { countdown, timeOfDay } from './words.js';

/**
 * @typedef {object} ApprovalCard
 * @property {HTMLElement} element
 * @property {() => void} tick once a second: the time that is left
 */

/**
 * @param {ApprovalView} approval a pending one
 * @param {(approval: ApprovalView) => void} onAnswered with the approval as it is afterwards
 * @returns {ApprovalCard}
 */
export function createApprovalCard(approval, onAnswered) {
  const left = el('span', { class: 'countdown' });
  const problem = el('p', { class: 'problem', role: 'alert' });
  const always = approval.always ? el('input', { type: 'checkbox' }) : undefined;
  const approve = button('Approve once', { class: 'primary' }, () => void answer('approve'));
  const deny = button('Deny', {}, () => void answer('deny'));

  /** @param {'approve' | 'deny'} choice */
  async function answer(choice) {
    setBusy(true);
    problem.textContent = '';
    const said = await answerApproval(approval.id, choice, always?.checked === true);
    if (said.ok) return onAnswered(said.value);
    // Somebody else may have answered, or time ran out: show what is true now.
    const now = await readApproval(approval.id);
    if (now.ok && now.value.status !== 'pending') return onAnswered(now.value);
    problem.textContent = said.message;
    return setBusy(false);
  }

  /** @param {boolean} busy */
  function setBusy(busy) {
    approve.disabled = busy;
    deny.disabled = busy;
    if (always !== undefined) always.disabled = busy;
  }
  always?.addEventListener('change', () => void (approve.textContent = always.checked ? 'Approve always' : 'Approve once'));

  const headingId = `ask-${approval.id}`;
  const element = el(
    'article',
    { class: 'approval', 'aria-labelledby': headingId },
    ...(isHandoff(approval) ? handoffQuestion(approval, headingId) : callQuestion(approval, headingId)),
    el(
      'dl',
      {},
      row('Digest', el('code', { title: approval.digest }, approval.digest.replace(/^sha256:/, '').slice(0, 12))),
      row('Asked', timeOfDay(approval.askedAt)),
      row('Time left', left),
    ),
    ...(always === undefined ? [] : [alwaysTick(always)]),
    problem,
    el('p', { class: 'actions' }, deny, approve),
  );

  function tick() {
    const ms = approval.expiresAt - daemonNow();
    left.textContent = ms > 0 ? `${countdown(ms)}, then the answer is no` : 'none: the answer is no';
    if (ms <= 0) setBusy(true);
  }
  tick();
  return { element, tick };
}

/** @param {ApprovalView} approval @param {string} headingId */
function callQuestion(approval, headingId) {
  const bound =
    approval.bound === undefined ? [] : [el('p', { class: 'approval-label' }, 'Bound to exactly this'), jsonView(approval.bound, 'What a yes is bound to')];
  return [
    el('h3', { id: headingId }, 'May ', fact(approval.agent), ' run ', fact(approval.tool), '?'),
    el('p', { class: 'approval-why', dir: 'auto' }, showHidden(approval.reason)),
    el('p', { class: 'approval-label' }, 'Exactly this will run'),
    jsonView(approval.args, 'Arguments, exactly as they will run'),
    ...bound,
  ];
}

/** @param {HTMLInputElement} tick */
function alwaysTick(tick) {
  return el(
    'label',
    { class: 'approval-always' },
    tick,
    el('span', {}, 'Always: do not ask again for exactly these words, in this folder, as long as the files they name stay as they are'),
  );
}

/** @param {string} text */
function fact(text) {
  return el('bdi', { class: 'fact' }, showHidden(text));
}

/** @param {string} name @param {Node | string} value */
function row(name, value) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, value));
}

/** @type {Record<Exclude<ApprovalView['status'], 'pending'>, string>} */
const answers = { approved: 'Approved', used: 'Approved', denied: 'Denied', expired: 'No answer in time, so no' };

/** One line for an approval that is over. @param {ApprovalView} approval */
export function answeredLine(approval) {
  const by = approval.answeredBy === undefined ? '' : ` by ${approval.answeredBy}`;
  const words = approval.status === 'pending' ? 'Waiting' : answers[approval.status];
  return el(
    'p',
    { class: 'note', 'data-approval': approval.id },
    `${words}${approval.status === 'expired' ? '' : by}: `,
    isHandoff(approval) ? el('span', {}, 'handing work to ', el('bdi', {}, showHidden(targetOf(approval)))) : el('code', {}, showHidden(approval.tool)),
  );
}
