import type { Provenance } from '@guildhall/protocol';

/** The chain with these actions forbidden too. It only ever grows. */
export function forbidding(provenance: Provenance, forbidden: readonly string[]): Provenance {
  return { ...provenance, forbidden: [...new Set([...provenance.forbidden, ...forbidden])] };
}
