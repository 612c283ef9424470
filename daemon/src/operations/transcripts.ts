/** Sessions and what was said in them. */
import { type Settled, agentOfSessionKey, done, parseSessionKey, refuse } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import type { Session, TranscriptStore } from '@guildhall/sessions';
import type { Operations } from '../operations.ts';
import { type StreamSources, sharedSources, streamSession } from '../session-stream.ts';
import { viewRoleSession } from '../roles/role-conversation.ts';
import { viewEntry, viewSession } from '../views.ts';

export function transcriptOperations(
  sources: StreamSources & {
    readonly store: TranscriptStore;
    readonly roles: Pick<RoleStore, 'readPlan' | 'readRole'>;
    readonly hasAgent: (agent: string) => boolean;
  },
): Pick<Operations, 'listSessions' | 'readSession' | 'readEntries' | 'streamSession' | 'search'> {
  const { store } = sources;
  const streamed = sharedSources(sources);
  const view = async (session: Session) => viewSession(session, await viewRoleSession(sources.roles, session.key));
  return {
    async listSessions(query) {
      const page = await store.listSessions(query);
      return page.ok ? done({ sessions: await Promise.all(page.value.sessions.map((session) => view(session))), next: page.value.next }) : page;
    },

    async readSession(key) {
      const session = await store.readSession(key);
      return session === undefined ? noSession(key) : done(await view(session));
    },

    async readEntries(key, query) {
      if ((await store.readSession(key)) === undefined) return noSession(key);
      const { after, ...rest } = query;
      const entries = await store.readEntries(key, after === undefined ? rest : { ...rest, afterSeq: after });
      return done(entries.map(viewEntry));
    },

    streamSession(key, afterSeq, signal) {
      const parsed = parseSessionKey(key);
      if (!parsed.ok) return parsed;
      const agent = agentOfSessionKey(key);
      if (agent !== undefined && !sources.hasAgent(agent)) return noSession(key);
      return done(streamSession(streamed, key, afterSeq, signal));
    },

    async search(agent, query, limit) {
      if (!sources.hasAgent(agent)) return refuse('not-found', `there is no agent ${agent.slice(0, 64)}; see: guildhall agents list`);
      return done(await store.searchEntries(agent, query, limit));
    },
  };
}

function noSession(key: string): Settled<never> {
  return refuse('not-found', `there is no session ${key.slice(0, 200)}; see: guildhall sessions list`);
}
