import type { Config } from '@guildhall/agents';
import type { ChainLimits } from '@guildhall/protocol';

/** What a chain that begins now is held to, wherever it leads. A handoff narrows it further, by the rules of who asks. */
export function chainLimitsOf({ limits: { chainDepth } }: Config): ChainLimits {
  return { depth: chainDepth, handoffs: chainDepth };
}
