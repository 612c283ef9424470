import { z } from 'zod';
import { done, sessionView, type EntryView, type SessionView } from '@guildhall/protocol';
import { describeEntries } from '../../chat/describe-entry.ts';
import { entryPage } from '../../http/answers.ts';
import { readInput, wholeNumber } from '../../input.ts';
import { count } from '../../terminal/output.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { dollars, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ key: z.string().min(1), last: wholeNumber(1, 1000).default(20) });

export const showSession: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { key, last } = options.value;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const session = await daemon.value.ask('get', '/v1/sessions/{key}', sessionView, { params: { key } });
  if (!session.ok) return session;
  const entries = await daemon.value.ask('get', '/v1/sessions/{key}/entries', entryPage, { params: { key }, query: { last: true, limit: last } });
  if (!entries.ok) return entries;
  return done({ json: { session: session.value, entries: entries.value }, text: () => describe(call.output.screen, session.value, entries.value) });
};

function describe(screen: Screen, session: SessionView, entries: readonly EntryView[]): Shown {
  const { paint, now } = screen;
  const facts = show`${count(session.entryCount, 'entry', 'entries')}, ${dollars(session.costMicroUsd)}, last ${relativeTime(session.lastActivityAt, now)}`;
  const head = show`${paint('bold', session.key)}  ${paint('dim', facts)}`;
  const left = session.entryCount - entries.length;
  const before =
    left > 0
      ? [paint('dim', show`${screen.marks.ellipsis} ${count(left, 'entry', 'entries')} before; all of them: guildhall sessions export ${session.key}`)]
      : [];
  return joinShown([head, ...before, ...describeEntries(screen, session.agent, entries)]);
}
