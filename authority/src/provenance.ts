/** Deriving the chain of cause. A derivation only narrows: trust never rises, forbidden actions, layers and budgets only grow. */
import { type ChainLimits, trustTiers, type Hop, type PolicyLayer, type Provenance, type Settled, type TrustTier, done, refuse } from '@guildhall/protocol';

/** The provenance of a first cause: nobody acted before it. */
export function rootProvenance(root: {
  readonly id: string;
  readonly origin: string;
  readonly trust: TrustTier;
  /** Absent where no agent acts yet: a task that waits. */
  readonly agent?: string;
  /** The role `role:<plan>/<role>` that is filled, beside the agent. */
  readonly role?: string;
  readonly via: Hop['via'];
  readonly ref: string;
  readonly layers?: readonly PolicyLayer[];
  readonly limits?: ChainLimits;
}): Provenance {
  return {
    root: root.id,
    origin: root.origin,
    trust: root.trust,
    hops: [{ via: root.via, actor: root.origin, ref: root.ref }],
    depth: 0,
    visited: [root.agent, root.role].filter((name) => name !== undefined),
    forbidden: [],
    layers: root.layers ?? [],
    budgets: root.agent === undefined ? [] : [`agent:${root.agent}`],
    limits: narrower(usualChain, root.limits ?? usualChain),
  };
}

/** One step further along the chain. */
export function deriveProvenance(
  parent: Provenance,
  step: {
    readonly hop: Hop;
    readonly agent: string;
    readonly trust?: TrustTier;
    readonly forbidden?: readonly string[];
    readonly layers?: readonly PolicyLayer[];
    readonly budgets?: readonly string[];
    /** The role `role:<plan>/<role>` that is filled, beside the agent. */
    readonly role?: string;
    readonly limits?: ChainLimits;
  },
): Provenance {
  return {
    root: parent.root,
    origin: parent.origin,
    trust: lessTrusted(parent.trust, step.trust ?? parent.trust),
    hops: [...parent.hops, step.hop],
    depth: parent.depth + 1,
    visited: [...parent.visited, step.agent, ...(step.role === undefined ? [] : [step.role])],
    forbidden: union(parent.forbidden, step.forbidden ?? []),
    layers: [...parent.layers, ...(step.layers ?? [])],
    budgets: union(parent.budgets, step.budgets ?? []),
    limits: narrower(chainLimits(parent), step.limits ?? chainLimits(parent)),
  };
}

/** What holds for every chain, whatever the configuration says. */
const usualChain: ChainLimits = { depth: 64, handoffs: 16 };

export function chainLimits(provenance: Provenance): ChainLimits {
  return provenance.limits ?? usualChain;
}

/** Handoffs in the chain. A summary of what came back counts: else a chain could ask and sum up for ever. */
export function handoffDepth({ hops }: Pick<Provenance, 'hops'>): number {
  return hops.filter(({ via }) => via === 'handoff' || via === 'reply').length;
}

/** The handoff within whose work a link of the chain stands. */
export function innermostHandoff({ hops }: Pick<Provenance, 'hops'>): string | null {
  return hops.findLast(({ via }) => via === 'handoff')?.ref ?? null;
}

/** `limit-reached` for a link that would make its chain longer than it may get. */
export function checkChain(provenance: Provenance): Settled<null> {
  const limits = chainLimits(provenance);
  if (provenance.depth > limits.depth)
    return refuse(
      'limit-reached',
      `this would be step ${provenance.depth} of a chain that may have ${limits.depth} (limits.chain_depth); what goes on and on must begin anew with a person`,
      { depth: provenance.depth, limit: limits.depth },
    );
  return done(null);
}

function narrower(a: ChainLimits, b: ChainLimits): ChainLimits {
  return { depth: Math.min(a.depth, b.depth), handoffs: Math.min(a.handoffs, b.handoffs) };
}

export function lessTrusted(a: TrustTier, b: TrustTier): TrustTier {
  return trustTiers.indexOf(a) >= trustTiers.indexOf(b) ? a : b;
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
