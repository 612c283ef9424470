/**
 * The approvals of the open conversation: a card for each that waits, a line in the transcript for each that is over.
 *
 * @import { ApprovalView } from '@guildhall/protocol'
 */
import { readApprovals } from './api.js';
import { answeredLine, createApprovalCard } from './approval-card.js';
import { placeInTime, placeInTurn } from './conversation.js';
import { byId } from './dom.js';
import { isHandoff } from './handoff-card.js';

const asked = byId('approvals', HTMLElement);
/** @type {Map<string, import('./approval-card.js').ApprovalCard>} */
const cards = new Map();
let sessionKey = '';

setInterval(() => {
  for (const card of cards.values()) card.tick();
}, 1000);

/** Empties it for another conversation. @param {string} key */
export function clearApprovals(key) {
  sessionKey = key;
  asked.replaceChildren();
  cards.clear();
}

export function isAsking() {
  return cards.size > 0;
}

/**
 * Cards for what waits; those answered meanwhile, here or elsewhere, become lines.
 *
 * @param {readonly ApprovalView[]} mine what waits here
 * @param {() => void} onAnswered
 * @returns {readonly ApprovalView[]} those that are new
 */
export function showPending(mine, onAnswered) {
  const gone = [...cards].filter(([id]) => mine.every((approval) => approval.id !== id));
  for (const [id, card] of gone) {
    card.element.remove();
    cards.delete(id);
  }
  if (gone.length > 0) void showAnswered();
  const fresh = mine.filter((approval) => !cards.has(approval.id));
  for (const approval of fresh) {
    const card = createApprovalCard(approval, onAnswered);
    cards.set(approval.id, card);
    asked.append(card.element);
  }
  return fresh;
}

/** Lines for approvals that are over, where they belong among the entries on the page. */
export async function showAnswered() {
  const wanted = sessionKey;
  const answer = await readApprovals({ limit: 200 });
  if (!answer.ok || wanted !== sessionKey) return;
  for (const approval of answer.value) {
    const isShown = document.querySelector(`[data-approval="${CSS.escape(approval.id)}"]`) !== null;
    if (approval.sessionKey !== wanted || approval.status === 'pending' || isShown) continue;
    if (isHandoff(approval)) placeInTime(answeredLine(approval), approval.askedAt);
    else placeInTurn(answeredLine(approval), approval.turnId, approval.askedAt);
  }
}
