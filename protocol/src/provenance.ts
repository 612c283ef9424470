/**
 * The chain of cause. Written by the daemon with every turn, task and run; derived by narrowing only, and never read from a request.
 */

/** How far the words that started a chain are to be trusted, most first. A child never rises. */
export const trustTiers = ['operator', 'person', 'peer', 'untrusted'] as const;
export type TrustTier = (typeof trustTiers)[number];

export interface Hop {
  /** What led to the next link: an inbound message, a delegated task, a role invoked by another … `reply`: what came back from handoffs is summed up by the session that asked. */
  readonly via: 'message' | 'delegate' | 'role' | 'handoff' | 'reply' | 'task' | 'schedule' | 'subagent' | 'webhook';
  /** The agent, session or credential that acted. */
  readonly actor: string;
  /** The id of the message, turn, task or handoff that the hop stands for. */
  readonly ref: string;
}

export interface Provenance {
  /** The id of the whole chain: the same for everything that one first cause led to. */
  readonly root: string;
  /** The principal whose action began the chain. */
  readonly origin: string;
  readonly trust: TrustTier;
  readonly hops: readonly Hop[];
  /** Number of derivations since the root. */
  readonly depth: number;
  /** Agents that acted in the chain, first first, and the roles (`role:<plan>/<role>`) they acted in; what loop detection looks at. */
  readonly visited: readonly string[];
  /** Names of actions nobody in this chain may take. Only grows. */
  readonly forbidden: readonly string[];
  /** Tool policy layers gathered along the chain; every one must allow. Only grows. */
  readonly layers: readonly PolicyLayer[];
  /** Budget scopes that pay for the chain, e.g. `agent:coder`, `chain:<root>`. Only grows. */
  readonly budgets: readonly string[];
  /** How long the chain may get: derivations in all, and handoffs among them. Only shrinks. Absent in chains begun by an earlier version. */
  readonly limits?: ChainLimits;
}

export interface ChainLimits {
  readonly depth: number;
  readonly handoffs: number;
}

/**
 * One layer of tool policy in canonical form. A tool is allowed by the layer when `allow` is `'*'` or lists a pattern that matches it, and no pattern of
 * `deny` does. Patterns are canonical tool names, `group:<name>`, or a prefix ending in `*`.
 */
export interface PolicyLayer {
  /** Where the layer came from, for explanations: `agent coder`, `chain hop delegate` … */
  readonly source: string;
  readonly allow: '*' | readonly string[];
  readonly deny: readonly string[];
}
