/** Deriving the chain of cause. A derivation only narrows: trust never rises, forbidden actions, layers and budgets only grow. */
import { trustTiers, type Hop, type PolicyLayer, type Provenance, type TrustTier } from '@guildhall/protocol';

/** The provenance of a first cause: nobody acted before it. */
export function rootProvenance(root: {
  readonly id: string;
  readonly origin: string;
  readonly trust: TrustTier;
  /** Absent where no agent acts yet: a task that waits. */
  readonly agent?: string;
  readonly via: Hop['via'];
  readonly ref: string;
  readonly layers?: readonly PolicyLayer[];
}): Provenance {
  return {
    root: root.id,
    origin: root.origin,
    trust: root.trust,
    hops: [{ via: root.via, actor: root.origin, ref: root.ref }],
    depth: 0,
    visited: root.agent === undefined ? [] : [root.agent],
    forbidden: [],
    layers: root.layers ?? [],
    budgets: root.agent === undefined ? [] : [`agent:${root.agent}`],
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
  },
): Provenance {
  return {
    root: parent.root,
    origin: parent.origin,
    trust: lessTrusted(parent.trust, step.trust ?? parent.trust),
    hops: [...parent.hops, step.hop],
    depth: parent.depth + 1,
    visited: [...parent.visited, step.agent],
    forbidden: union(parent.forbidden, step.forbidden ?? []),
    layers: [...parent.layers, ...(step.layers ?? [])],
    budgets: union(parent.budgets, step.budgets ?? []),
  };
}

export function lessTrusted(a: TrustTier, b: TrustTier): TrustTier {
  return trustTiers.indexOf(a) >= trustTiers.indexOf(b) ? a : b;
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}
