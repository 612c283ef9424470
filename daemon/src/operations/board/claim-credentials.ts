/** The token of a claim as a credential: good for its one task, for as long as the claim lives. Nothing of it is stored; it is looked up again with every request. */
import type { Credential } from '@guildhall/authority';
import { hashClaimToken, isClaimToken, type ClaimVerbs, type Run } from '@guildhall/board';

export interface ClaimCredentials {
  /** The credential behind a token, while its claim lives. */
  find(secret: string): Promise<Credential | undefined>;
  /** The run a credential was made for. */
  runOf(credential: Credential): Run | undefined;
}

export function createClaimCredentials(claims: Pick<ClaimVerbs, 'findClaim'>): ClaimCredentials {
  const runs = new WeakMap<Credential, Run>();
  return {
    async find(secret) {
      const run = isClaimToken(secret) ? await claims.findClaim(hashClaimToken(secret)) : undefined;
      if (run === undefined) return undefined;
      const credential: Credential = { id: `claim:${run.id}`, scopes: [`claim:${run.task}`], label: `a claim of ${run.lane}`, createdAt: run.startedAt };
      runs.set(credential, run);
      return credential;
    },
    runOf: (credential) => runs.get(credential),
  };
}
