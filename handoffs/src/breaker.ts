/**
 * The breaker of an edge. **Closed**: everything passes. So many failures in a row **open** it, and nothing passes until it has rested. Then it is **half-open**: one handoff passes and tries, while it
 * tries the breaker is open for every other, and how that one ends closes the breaker or opens it anew. Instants are lease time.
 */
import type { HandoffFacts } from './decision.ts';
import type { EdgeRules } from './rules.ts';

export interface BreakerRecord {
  /** In a row. */
  readonly failures: number;
  /** Null while it is closed. */
  readonly openedLease: number | null;
  /** The handoff that tries; null also when that is the one being judged. */
  readonly probe: string | null;
}

/** `opensInMs`: until the next one may try; 0 where that hangs on the one that tries now. */
export function breakerState(edge: BreakerRecord, leaseNow: number, rules: EdgeRules['breaker']): HandoffFacts['breaker'] {
  const { failures, openedLease, probe } = edge;
  if (openedLease === null || failures < rules.failures) return { failures, state: 'closed', opensInMs: 0 };
  const opensInMs = Math.max(0, openedLease + rules.restMs - leaseNow);
  if (opensInMs > 0) return { failures, state: 'open', opensInMs };
  return { failures, state: probe === null ? 'half-open' : 'open', opensInMs: 0 };
}

/** After one handoff of the edge has ended. */
export function breakerAfter(edge: BreakerRecord, ended: 'well' | 'badly', leaseNow: number, rules: EdgeRules['breaker']): BreakerRecord {
  if (ended === 'well') return { failures: 0, openedLease: null, probe: null };
  const failures = edge.failures + 1;
  return { failures, openedLease: failures >= rules.failures ? leaseNow : null, probe: null };
}
