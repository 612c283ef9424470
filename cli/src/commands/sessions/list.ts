import { z } from 'zod';
import { done, type SessionView, type Settled } from '@guildhall/protocol';
import { sessionPage } from '../../http/answers.ts';
import type { Daemon } from '../../http/daemon-client.ts';
import { readInput, wholeNumber } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { renderTable, type Column } from '../../terminal/table.ts';
import { dollars, relativeTime } from '../../terminal/words.ts';
import type { RunVerb } from '../../verb.ts';

const input = z.object({ agent: z.string().min(1).optional(), limit: wholeNumber(1, 1_000_000).default(100), children: z.boolean().optional() });
/** The platform of sessions that a turn opened for a part of its work. */
const childPlatform = 'delegate';
const pageSize = 100;

export const listSessions: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const listed = await readSessions(daemon.value, options.value.agent, options.value.limit);
  if (!listed.ok) return listed;
  const { more } = listed.value;
  const sessions = listed.value.sessions.filter((session) => options.value.children === true || session.platform !== childPlatform);
  const hidden = listed.value.sessions.length - sessions.length;
  if (more) call.output.tell(show`The first ${sessions.length} of more; ask for them with --limit.`);
  if (hidden > 0) call.output.tell(show`Without ${hidden} of delegated children; see them with --children.`);
  const { now } = call.output.screen;
  const columns: readonly Column<SessionView>[] = [
    { title: 'SESSION', cell: (session) => session.key, paint: () => 'bold' },
    { title: 'TITLE', cell: (session) => session.title, shrinks: true },
    { title: 'STATE', cell: stateOf, paint: (session) => (session.runningTurn === undefined ? 'dim' : 'green') },
    { title: 'ENTRIES', cell: (session) => String(session.entryCount), align: 'right' },
    { title: 'COST', cell: (session) => dollars(session.costMicroUsd), align: 'right' },
    { title: 'LAST', cell: (session) => relativeTime(session.lastActivityAt, now) },
  ];
  return done({
    json: sessions,
    text: () => (sessions.length === 0 ? show`No sessions yet. Say something: guildhall chat "hello"` : renderTable(call.output.screen, columns, sessions)),
  });
};

/** Up to `limit` sessions, most recent first, and whether there are more. */
export async function readSessions(
  daemon: Daemon,
  agent: string | undefined,
  limit: number,
): Promise<Settled<{ readonly sessions: readonly SessionView[]; readonly more: boolean }>> {
  const sessions: SessionView[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await daemon.ask('get', '/v1/sessions', sessionPage, { query: { agent, after, limit: Math.min(pageSize, limit - sessions.length) } });
    if (!page.ok) return page;
    sessions.push(...page.value.sessions);
    if (page.value.next === null || sessions.length >= limit) return done({ sessions, more: page.value.next !== null });
    after = page.value.next;
  }
}

function stateOf(session: SessionView): string {
  if (session.runningTurn === undefined) return session.queuedTurns === 0 ? 'at rest' : `${session.queuedTurns} waiting`;
  return session.queuedTurns === 0 ? 'running' : `running, ${session.queuedTurns} waiting`;
}
