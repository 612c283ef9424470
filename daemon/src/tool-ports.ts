/** What tools ask of the rest of the daemon, answered by it. */
import type { NoteStore } from '@guildhall/store';
import type { JournalStore } from '@guildhall/kernel';
import { type Settled, agentOfSessionKey, done, eventData, installationStream, parseSessionKey, refuse, sessionStream } from '@guildhall/protocol';
import type { NewOutbound, SessionStore, ToolContext } from '@guildhall/sessions';
import type { McpReviews, McpToolSet, MemoryWatcher, MessageSender, TodoItem, TodoStore } from '@guildhall/tools';
import { z } from 'zod';

const todoItems = z.array(z.object({ id: z.string(), text: z.string(), status: z.enum(['pending', 'in_progress', 'done', 'cancelled']) }));

export function todoStore(notes: NoteStore): TodoStore {
  const name = (sessionKey: string) => `todo:${sessionKey}`;
  return {
    async read(sessionKey) {
      const kept = todoItems.safeParse(await notes.readNote(name(sessionKey)));
      return kept.success ? kept.data : [];
    },
    write: (sessionKey, items) =>
      notes.writeNote(
        name(sessionKey),
        items.map(({ id, text, status }: TodoItem) => ({ id, text, status })),
      ),
  };
}

/** Text for another conversation of the same agent, or for a chat of a platform. */
export function messageSender(store: SessionStore, platforms: () => readonly string[]): MessageSender {
  return {
    async address({ target, text }, context) {
      const place = await findPlace(store, target, context);
      if (!place.ok) return place;
      const { platform } = place.value;
      if (!platforms().includes(platform))
        return refuse('not-configured', `there is no channel for ${platform} yet, so nothing can be sent there; channels are configured under channels:`);
      return done({ ...place.value, id: `out_${context.turnId}_${context.callId}`, text });
    },
  };
}

async function findPlace(store: SessionStore, target: string, context: ToolContext): Promise<Settled<Pick<NewOutbound, 'platform' | 'account' | 'chat'>>> {
  if (parseSessionKey(target).ok) {
    const session = agentOfSessionKey(target) === context.agent ? await store.readSession(target) : undefined;
    if (session === undefined) return refuse('not-found', `this agent has no session ${target.slice(0, 120)}`);
    return done({ platform: session.platform, account: session.account, chat: session.chat });
  }
  const [platform = '', ...chat] = target.split(':');
  if (platform === '' || chat.length === 0) return refuse('invalid-input', `"${target.slice(0, 120)}" is no target; write <platform>:<chat> or a session key`);
  return done({ platform, account: 'default', chat: chat.join(':') });
}

export interface StoredReviews extends McpReviews {
  /** The set that is off because it changed. */
  changed(agent: string, server: string): Promise<McpToolSet | undefined>;
  approve(seen: McpToolSet, actor: string): Promise<void>;
}

const toolSet = z.object({ agent: z.string(), server: z.string(), hash: z.string(), tools: z.array(z.object({ name: z.string(), description: z.string() })) });

export function mcpReviews(notes: NoteStore, journal: JournalStore): StoredReviews {
  const approved = (agent: string, server: string) => `mcp-approved:${agent}/${server}`;
  const waiting = (agent: string, server: string) => `mcp-changed:${agent}/${server}`;
  const tell = async (type: 'mcp.tools-changed' | 'mcp.tools-reviewed', seen: McpToolSet, actor: string, kind: string) => {
    const data = eventData({ agent: seen.agent, server: seen.server, hash: seen.hash, tools: seen.tools.map((tool) => tool.name), kind });
    await journal.appendEvents([{ stream: installationStream, type, actor, provenance: null, data }]);
  };
  const readSet = async (name: string) => {
    const found = toolSet.safeParse(await notes.readNote(name));
    return found.success ? found.data : undefined;
  };
  return {
    async approvedHash(agent, server) {
      return (await readSet(approved(agent, server)))?.hash ?? null;
    },
    async record(seen, kind) {
      const name = kind === 'first-seen' ? approved(seen.agent, seen.server) : waiting(seen.agent, seen.server);
      if ((await readSet(name))?.hash === seen.hash) return;
      await notes.writeNote(name, toolSet.parse(seen));
      await tell('mcp.tools-changed', seen, 'daemon', kind);
    },
    changed: (agent, server) => readSet(waiting(agent, server)),
    async approve(seen, actor) {
      await notes.writeNote(approved(seen.agent, seen.server), toolSet.parse(seen));
      await notes.writeNote(waiting(seen.agent, seen.server), null);
      await tell('mcp.tools-reviewed', seen, actor, 'approved');
    },
  };
}

/** What an agent remembers is its own doing, and shows in the journal. */
export function memoryWatcher(journal: JournalStore): MemoryWatcher {
  return {
    async changed({ file, added, removed }, context) {
      const data = eventData({ agent: context.agent, turnId: context.turnId, file, added, removed });
      await journal.appendEvents([
        { stream: sessionStream(context.sessionKey), type: 'memory.changed', actor: `agent:${context.agent}`, provenance: context.provenance, data },
      ]);
    },
  };
}
