/**
 * Credentials. A credential is a secret shown once and stored as a hash; what it may do comes from its row, never from the request that carries it.
 */
import type { Settled } from '@guildhall/protocol';

/**
 * What a credential may do. `operator` everything; `read` every GET; `chat` post messages and read the sessions it may name; `agent:<id>` use one agent through the
 * OpenAI-compatible door; `lane:<name>` claims tasks as that lane and does what its claims allow; `claim:<task>` is good for one task while one claim on it lives; `browser` is an operator at the page, bound to a cookie; `sign-in` is good
 * for one exchange against a `browser` credential and nothing else.
 */
export type Scope = 'operator' | 'read' | 'chat' | 'browser' | 'sign-in' | `agent:${string}` | `lane:${string}` | `claim:${string}`;

export interface Credential {
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly label: string;
  readonly createdAt: number;
  /** Milliseconds since the epoch; absent means it does not expire. */
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}

/** A person, at the terminal or at the page. */
export function isOperator({ scopes }: Pick<Credential, 'scopes'>): boolean {
  return scopes.includes('operator') || scopes.includes('browser');
}

/** The lane whose token it is. */
export function laneOf({ scopes }: Pick<Credential, 'scopes'>): string | undefined {
  return scopes.find((scope) => scope.startsWith('lane:'))?.slice('lane:'.length);
}

export interface NewCredential {
  readonly id: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly scopes: readonly Scope[];
  readonly label: string;
  readonly expiresAt?: number;
}

export interface CredentialStore {
  /** Records it with `credential.created`. */
  createCredential(credential: NewCredential, actor: string): Promise<Credential>;
  /** The live credential with that hash: not revoked, not expired. */
  findCredential(secretHash: string): Promise<Credential | undefined>;
  listCredentials(): Promise<readonly Credential[]>;
  /** `not-found`, or the revoked row; revoking twice is the same as once. Records `credential.revoked`. */
  revokeCredential(id: string, actor: string): Promise<Settled<Credential>>;
  /**
   * Uses up a one-time secret that has exactly this scope: revokes it and returns it, in one statement, so that of two racing uses one wins. `not-authenticated` otherwise.
   */
  redeemCredential(secretHash: string, scope: Scope): Promise<Settled<Credential>>;
}
