import type { EntryView } from '@guildhall/protocol';
import { quote } from '../terminal/quote.ts';
import type { Screen } from '../terminal/screen.ts';
import { joinShown, show, showBlock, type Shown } from '../terminal/shown.ts';
import { summarizeCall } from './summarize-call.ts';

/** A transcript as lines for people. What announces a handoff or asks about one is answered by the daemon, and is no word of the agent. */
export function describeEntries(screen: Screen, agent: string, entries: readonly EntryView[]): readonly Shown[] {
  const announcing = new Set(entries.filter(({ handoff }) => handoff?.part === 'notice' || handoff?.part === 'question').map(({ turnId }) => turnId));
  return entries.flatMap((entry) => describeEntry(screen, entry.kind === 'answer' && announcing.has(entry.turnId) ? 'daemon' : agent, entry));
}

/** Nothing for what only programs need. */
function describeEntry(screen: Screen, agent: string, entry: EntryView): readonly Shown[] {
  const { paint, marks } = screen;
  switch (entry.kind) {
    case 'message':
      return [describeMessage(screen, entry)];
    case 'answer':
    case 'model-step':
      return entry.text === '' ? [] : [show`${describeSpeaker(screen, agent, entry.rehearsal === true)}${showBlock(entry.text)}`];
    case 'tool-started':
      return [paint('dim', show`${marks.dot} ${entry.tool ?? 'tool'} ${summarizeCall(entry.args)}`)];
    case 'tool-result':
      return entry.outcome === 'done' ? [] : [describeOutcome(screen, entry)];
    case 'compaction':
      return [paint('dim', `${marks.dot} older entries were summed up`)];
    case 'note':
      return [paint('yellow', show`${marks.dot} ${entry.text}`)];
    default:
      return entry.kind satisfies never;
  }
}

/** What the daemon wrote for a handoff is no word of a person, and looks like none. */
export function describeMessage(screen: Screen, { from = 'somebody', text, handoff }: Pick<EntryView, 'from' | 'text' | 'handoff'>): Shown {
  const { paint, marks } = screen;
  if (handoff === undefined) return show`${paint('green', from)} ${paint('dim', marks.prompt)} ${showBlock(text)}`;
  return joinShown([show`${paint('yellow', `${marks.arrow} handoff from ${from}, ${handoff.part}`)} ${paint('dim', handoff.ref)}`, quote(screen, text)]);
}

export function describeSpeaker({ paint, marks }: Screen, agent: string, rehearsal: boolean): Shown {
  return show`${paint('cyan', agent)} ${rehearsal ? paint('yellow', '[rehearsal] ') : ''}${paint('dim', marks.prompt)} `;
}

/** How a call ended, when not well. */
export function describeOutcome({ paint, marks }: Screen, entry: EntryView): Shown {
  const { tool = 'tool', outcome = 'unknown', rule, text } = entry;
  const reason = outcome === 'refused' ? (rule ?? text) : text;
  const told = outcome === 'unknown' ? 'it had started when the daemon stopped; whether it took effect is not known' : (reason.split('\n', 1)[0] ?? '');
  return paint(outcome === 'unknown' ? 'yellow' : 'red', show`  ${marks.no} ${tool} ${outcome}${told === '' ? '' : ': '}${told}`);
}
