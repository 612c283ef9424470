/** What announces a handoff in the chat of its target, before anything of it runs. */
import type { Handoff } from '@guildhall/handoffs';
import { forbiddenSentence, quoted, riskSentence } from './handoff-texts.ts';

/** The message that the daemon answers itself: its answer is what goes to the chat. */
export function noticeMessage(id: string, source: string): string {
  return `${source} hands over work: ${id}`;
}

export function noticeText({ id, source, target, task, riskLevel, risk, forbidden, depth, requestedBy }: Handoff): string {
  return [
    `${source.name} hands work to ${target.name} (${id}; requested by ${requestedBy}; handoff ${depth} in its chain).`,
    `${riskSentence({ riskLevel, risk })} ${forbiddenSentence(forbidden)}`,
    `The task, in the words of ${source.name}:\n${quoted(task)}`,
    `It is done here next. To call it off: guildhall handoffs cancel ${id}`,
  ].join('\n\n');
}
