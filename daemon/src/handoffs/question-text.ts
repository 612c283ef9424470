/** What asks a person about a handoff, in the chat of its source. */
import type { Handoff } from '@guildhall/handoffs';
import { forbiddenSentence, quoted, riskSentence } from './handoff-texts.ts';

/** The message that the daemon answers itself: its answer is what goes to the chat. */
export function questionMessage(id: string): string {
  return `A person must say yes first: ${id}`;
}

/** As it stands when it is said: one that was answered meanwhile asks for nothing. */
export function questionText({ id, source, target, task, riskLevel, risk, forbidden, requestedBy, status, approvalId, decision }: Handoff): string {
  if (status !== 'awaiting-approval' || approvalId === null) return `${id} waits for nobody any more: it is ${status}.`;
  return [
    `${source.name} wants to hand work to ${target.name} (${id}; requested by ${requestedBy}). A person must say yes first: ${decision.rule}.`,
    `${riskSentence({ riskLevel, risk })} ${forbiddenSentence(forbidden)}`,
    `The task, in the words of ${source.name}:\n${quoted(task)}`,
    `Answer with one message that is exactly this:\n/approve ${approvalId}\n/deny ${approvalId} REASON`,
  ].join('\n\n');
}
