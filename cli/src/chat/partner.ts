/** Whom a conversation is with: the agent, and the session it goes on in, where there is one already. */
import { agentView, done, formatSessionKey, routeView, sessionView, type AgentView, type EntryView, type SessionView, type Settled } from '@guildhall/protocol';
import { readSessions } from '../commands/sessions/list.ts';
import { entryPage } from '../http/answers.ts';
import type { Daemon } from '../http/daemon-client.ts';
import { terminalChat, terminalPlatform, type ChatAddress } from './turns.ts';

export interface Partner {
  readonly agent: AgentView;
  readonly address: ChatAddress;
  /** The key of the session, once something was said in it. */
  readonly session: string | undefined;
}

export async function findPartner(daemon: Daemon, address: ChatAddress): Promise<Settled<Partner>> {
  const named =
    address.session === undefined ? done(undefined) : await daemon.ask('get', '/v1/sessions/{key}', sessionView, { params: { key: address.session } });
  if (!named.ok) return named;
  const id = named.value === undefined ? await chooseAgent(daemon, address.agent) : done(named.value.agent);
  if (!id.ok) return id;
  const agent = await daemon.ask('get', '/v1/agents/{id}', agentView, { params: { id: id.value } });
  if (!agent.ok) return agent;
  if (named.value !== undefined) return done({ agent: agent.value, address, session: named.value.key });
  const session = await findSession(daemon, agent.value);
  if (!session.ok) return session;
  return done({ agent: agent.value, address: { agent: id.value }, session: session.value?.key });
}

async function chooseAgent(daemon: Daemon, named: string | undefined): Promise<Settled<string>> {
  if (named !== undefined) return done(named);
  const route = await daemon.ask('get', '/v1/route', routeView, { query: { platform: terminalPlatform, chat: terminalChat, type: 'dm' } });
  return route.ok ? done(route.value.agent) : route;
}

/** The session that a message from this terminal would go on in. */
async function findSession(daemon: Daemon, agent: AgentView): Promise<Settled<SessionView | undefined>> {
  const listed = await readSessions(daemon, agent.id, 500);
  if (!listed.ok) return listed;
  const main = formatSessionKey({ kind: 'agent-main', agent: agent.id });
  const isOurs = (session: SessionView) =>
    agent.dmScope === 'main' ? session.key === main : session.platform === terminalPlatform && session.chat === terminalChat && session.chatType === 'dm';
  return done(listed.value.sessions.find(isOurs));
}

/** The newest entries of a session, oldest first. */
export async function readHistory(daemon: Daemon, key: string, last: number): Promise<Settled<readonly EntryView[]>> {
  return daemon.ask('get', '/v1/sessions/{key}/entries', entryPage, { params: { key }, query: { last: true, limit: last } });
}
