/**
 * What the server remembers of its clients, in memory only: the tokens of the claims each took here, so that a model need not carry them, and which of its requests are under way.
 *
 * A session is the credential it was opened with and an id; with another credential it does not exist. After a restart, or at another daemon of the same database, a known client comes with an id
 * nobody remembers: it gets an empty session under that id and goes on, with `claim_token` where it held a claim. Only a session its client ended is gone.
 */
import type { Clock, Ids } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { RpcId } from './wire.ts';

export interface HeldClaim {
  readonly token: string;
  /** How long it lives after each renewal. */
  readonly leaseMs: number;
}

export interface McpSession {
  readonly id: string;
  /** By task. */
  readonly claims: Map<string, HeldClaim>;
  readonly running: Map<RpcId, AbortController>;
  /** Told when a claim was added: it may have to be renewed earlier than the others. */
  readonly onClaim: Set<() => void>;
  client: string | undefined;
  /** Monotonic. */
  lastRequestAt: number;
}

export interface McpSessions {
  begin(credentialId: string): McpSession;
  /** `not-found` for what is no id of ours, and for a session that was ended. */
  find(id: string, credentialId: string): Settled<McpSession>;
  end(id: string, credentialId: string): void;
}

/** Of the credential that has the most, the session that was silent longest gives way to the next one: nobody's sessions are lost to a crowd of somebody else's. */
const mostSessions = 2000;
const mostEnded = 2000;

export function createMcpSessions(clock: Clock, ids: Ids): McpSessions {
  const sessions = new Map<string, McpSession>();
  const ended = new Set<string>();
  const open = (key: string, id: string): McpSession => {
    const session: McpSession = { id, claims: new Map(), running: new Map(), onClaim: new Set(), client: undefined, lastRequestAt: clock.mono() };
    sessions.set(key, session);
    if (sessions.size > mostSessions) sessions.delete(firstOfMost([...sessions.keys()]));
    return session;
  };
  return {
    begin(credentialId) {
      const id = ids.next('mcp');
      return open(keyOf(id, credentialId), id);
    },
    find(id, credentialId) {
      const key = keyOf(id, credentialId);
      if (!/^mcp_[0-9a-z]{26}$/u.test(id) || ended.has(key))
        return refuse('not-found', 'There is no such MCP session, or it was ended. Begin again with initialize.');
      const known = sessions.get(key);
      if (known === undefined) return done(open(key, id));
      known.lastRequestAt = clock.mono();
      sessions.delete(key);
      sessions.set(key, known);
      return done(known);
    },
    end(id, credentialId) {
      const key = keyOf(id, credentialId);
      for (const running of sessions.get(key)?.running.values() ?? []) running.abort();
      sessions.delete(key);
      ended.add(key);
      const [oldest] = ended;
      if (ended.size > mostEnded && oldest !== undefined) ended.delete(oldest);
    },
  };
}

function keyOf(id: string, credentialId: string): string {
  return `${credentialId} ${id}`;
}

/** The first key of the credential that has the most of them. */
function firstOfMost(keys: readonly string[]): string {
  const byCredential = Map.groupBy(keys, (key) => key.slice(0, key.indexOf(' ')));
  let most: readonly string[] = [];
  for (const own of byCredential.values()) if (own.length > most.length) most = own;
  return most[0] ?? '';
}
