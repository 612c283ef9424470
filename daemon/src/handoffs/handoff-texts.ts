/** What stands in every text about a handoff. Agents' words are quoted where people read them, and enveloped where a model does: neither way can they pass for ours. */
import type { Handoff } from '@guildhall/handoffs';
import { printable } from '@guildhall/tools';

const mostQuoted = 4000;

/** Each line marked as quoted, nothing hidden in it; cut to what a chat can hold. */
export function quoted(text: string): string {
  const cut = text.length > mostQuoted ? `${text.slice(0, mostQuoted).toWellFormed()}\n[cut: ${text.length - mostQuoted} more characters]` : text;
  return printable(cut)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

export function riskSentence({ riskLevel, risk }: Pick<Handoff, 'riskLevel' | 'risk'>): string {
  return risk === riskLevel ? `Risk: ${riskLevel}.` : `Risk: ${riskLevel} (declared: ${printable(risk)}).`;
}

export function forbiddenSentence(forbidden: readonly string[]): string {
  return forbidden.length === 0 ? 'No action is forbidden beyond the usual rules.' : `Forbidden in everything that comes of it: ${forbidden.join(', ')}.`;
}
