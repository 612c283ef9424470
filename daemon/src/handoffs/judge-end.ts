/** What came of a handoff, read off the end of its turn. An answer is what the target says; that it stopped before it was done, it says itself, or its limits say for it. */
import type { HandoffStore } from '@guildhall/handoffs';
import { gaveUpMark } from './work-text.ts';

type EndedTurn = Awaited<ReturnType<HandoffStore['endedHandoffs']>>[number]['turn'];
type HandoffEnd = Parameters<HandoffStore['settleHandoff']>[1];

/** Refusals with which a turn that ran into its limits ends. */
const limitCodes = new Set(['limit-reached', 'budget-exhausted', 'timed-out']);

export function judgeEnd({ status, answer, reason, code, unknownCall }: EndedTurn): HandoffEnd {
  if (status === 'completed') {
    const gaveUp = answer.trimStart().toLowerCase().startsWith(gaveUpMark.toLowerCase());
    return { as: 'finished', outcome: gaveUp ? 'gave-up' : 'succeeded', result: answer, reason: '' };
  }
  const why = reason === '' ? `its turn ${status}` : `its turn ${status}: ${reason}`;
  if (unknownCall) return { as: 'uncertain', result: null, reason: `${why}; a call of it had begun, and nobody knows whether it took effect` };
  return { as: 'finished', outcome: status === 'failed' && limitCodes.has(code) ? 'gave-up' : 'failed', result: null, reason: why };
}
