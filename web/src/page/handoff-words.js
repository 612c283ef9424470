/**
 * Handoffs as they are told: facts of the daemon's record only.
 *
 * @import { HandoffView } from '@guildhall/protocol'
 */
import { showHidden } from './hidden-characters.js';
import { el } from './dom.js';

/** @type {Record<HandoffView['status'], string>} */
const states = {
  refused: 'refused',
  'awaiting-approval': 'waits for a person',
  queued: 'about to begin',
  paused: 'paused',
  running: 'under way',
  finished: 'finished',
  cancelled: 'called off',
  uncertain: 'ended, effect unknown',
};

/** @type {Record<NonNullable<HandoffView['outcome']>, string>} */
const outcomes = { succeeded: 'done', failed: 'failed', 'gave-up': 'gave up' };

/** @param {HandoffView} handoff */
export function stateOf(handoff) {
  return handoff.outcome === null ? states[handoff.status] : outcomes[handoff.outcome];
}

/** @param {HandoffView} handoff */
export function isOpen({ status }) {
  return status === 'awaiting-approval' || status === 'queued' || status === 'paused' || status === 'running';
}

/** @param {{ riskLevel: string, risk: string }} of */
export function riskWords({ riskLevel, risk }) {
  return risk === riskLevel ? riskLevel : `${riskLevel} (declared: ${risk})`;
}

/** What an agent wrote, apart from what the daemon says: every line of it in sight, nothing in it hidden. @param {string} text @param {string} label */
export function quotedTask(text, label) {
  return el('blockquote', { class: 'handoff-task', dir: 'auto', 'aria-label': label }, showHidden(text));
}
