/** What a session that handed work over is told when enough of it has ended: all of it at once, once. */
import type { Handoff } from '@guildhall/handoffs';
import { envelope } from '@guildhall/sessions';

const mostOfOne = 20_000;
const mostInAll = 120_000;

export function summaryText(handoffs: readonly Handoff[]): string {
  const ended = handoffs.filter(({ endedAt }) => endedAt !== null).length;
  const most = Math.min(mostOfOne, Math.floor(mostInAll / Math.max(1, handoffs.length)));
  return [
    `Of what you handed over, ${ended} of ${handoffs.length} ${handoffs.length === 1 ? 'has' : 'have'} ended. Sum up what came of it for whoever asked you; this is the only time you are told.`,
    ...handoffs.map((handoff) => resultText(handoff, most)),
  ].join('\n\n');
}

/** How it stands, in a line, and what the target answered as data. */
function resultText(handoff: Handoff, most = mostOfOne): string {
  const { id, result } = handoff;
  const line = stateSentence(handoff);
  if (result === null || result === '') return line;
  const cut = result.length > most ? `${result.slice(0, most).toWellFormed()}\n[cut: ${result.length - most} more characters]` : result;
  return `${line}\n${envelope(`result of ${id}`, cut)}`;
}

function stateSentence({ id, target, status, outcome, reason }: Handoff): string {
  const why = reason === '' ? '' : ` — ${reason}`;
  if (status === 'finished') return `${id} to ${target.name}: ${outcome ?? 'finished'}${why}`;
  if (status === 'uncertain') return `${id} to ${target.name}: ended, and nobody knows whether it took effect${why}`;
  if (status === 'refused' || status === 'cancelled') return `${id} to ${target.name}: ${status}${why}`;
  return `${id} to ${target.name}: ${status}, goes on${why}`;
}
