/** What tools need of the rest of the daemon. Each is a verb of its owner; a tool whose port is absent is not offered. */
import type { Settled } from '@guildhall/protocol';
import type { NewOutbound, ToolContext } from '@guildhall/sessions';

export interface TodoItem {
  readonly id: string;
  readonly text: string;
  readonly status: 'pending' | 'in_progress' | 'done' | 'cancelled';
}

/** The list of one session; empty when nothing was written. A write replaces it as a whole. */
export interface TodoStore {
  read(sessionKey: string): Promise<readonly TodoItem[]>;
  write(sessionKey: string, items: readonly TodoItem[]): Promise<void>;
}

export interface SessionHit {
  readonly sessionKey: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** What kind of entry it stands in. */
  readonly kind: string;
  /** The part of the entry where the words stand; others' text. */
  readonly excerpt: string;
}

/** Searches the transcripts of the agent whose turn it is, and never those of another; in a turn of a role of a plan, that role's alone. Best first. */
export interface SessionSearch {
  searchEntries(context: ToolContext, query: string, limit: number): Promise<readonly SessionHit[]>;
}

export interface ChildTask {
  readonly goal: string;
  /** What the child must know; it sees nothing of the parent's conversation. */
  readonly context: string;
  /** A name the parent gives the child's part, such as `researcher`; it grants nothing. */
  readonly role: string;
}

/**
 * Runs a child turn of the same agent to its end and answers what it said. `index` counts the children of one call from 0, so that a call that runs again finds the
 * children it had. Derives the child's provenance by narrowing, and refuses (`limit-reached`, `budget-exhausted`, `not-allowed`) over `max_depth`, `max_children` or a
 * budget. Ends soon after `context.signal` aborts.
 */
export interface ChildRunner {
  runChild(task: ChildTask, index: number, context: ToolContext): Promise<Settled<string>>;
}

/**
 * Finds the conversation that text is for. `target` is what a person would write: a session key or `<platform>:<chat>`. Refuses `not-found` for a target that does not exist for this
 * agent. The intent it answers leaves when the call's result is recorded; its delivery shows in the journal.
 */
export interface MessageSender {
  address(message: { readonly target: string; readonly text: string }, context: ToolContext): Promise<Settled<NewOutbound>>;
}

/** A set of tools of an MCP server as someone saw it. */
export interface McpToolSet {
  readonly agent: string;
  readonly server: string;
  /** Digest of the names, descriptions and schemas. */
  readonly hash: string;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
}

/** What is known of the tool sets of MCP servers. Durable: it must survive a restart, or a changed server would look new. */
export interface McpReviews {
  /** The hash that may be used; null when the server was never seen. */
  approvedHash(agent: string, server: string): Promise<string | null>;
  /**
   * `first-seen`: store the hash as the one that may be used. `changed`: the server now offers something else; keep the old hash, and tell a person
   * (`mcp.tools-changed`). The tools stay off until a review makes `approvedHash` answer the new hash. Called again with the same set, it changes nothing.
   */
  record(seen: McpToolSet, kind: 'first-seen' | 'changed'): Promise<void>;
}

/** A file the memory tool changed, for the journal (`memory.changed`). */
export interface MemoryChange {
  readonly file: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Told after each change of memory; what it throws is a fault of the call. */
export interface MemoryWatcher {
  changed(change: MemoryChange, context: ToolContext): Promise<void>;
}
