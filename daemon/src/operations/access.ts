/** Credentials, the page's sign-in, approvals. */
import type { ApprovalStore, Credential, CredentialStore, Scope, StandingApprovalStore } from '@guildhall/authority';
import { type Clock, type Ids, sha256 } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { Operations } from '../operations.ts';
import { viewApproval, viewCredential, viewStandingApproval } from '../views.ts';
import type { ClaimCredentials } from './board/claim-credentials.ts';
import { actorOf } from './messages.ts';

const signInCodeMs = 10 * 60_000;
const browserSessionMs = 30 * 24 * 3_600_000;

export interface AccessDeps {
  readonly credentials: CredentialStore;
  readonly approvals: ApprovalStore;
  readonly standingApprovals: StandingApprovalStore;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly hasAgent: (agent: string) => boolean;
  /** The tokens of claims are credentials too. */
  readonly claims: Pick<ClaimCredentials, 'find'>;
  /** Tells open connections at once. */
  readonly revoked: (credentialId: string) => void;
}

export type AccessOperations = Pick<
  Operations,
  | 'listCredentials'
  | 'createCredential'
  | 'revokeCredential'
  | 'signIn'
  | 'authenticate'
  | 'listApprovals'
  | 'readApproval'
  | 'answerApproval'
  | 'listStandingApprovals'
  | 'forgetStandingApproval'
>;

export function accessOperations(deps: AccessDeps): AccessOperations {
  return {
    async listCredentials() {
      return (await deps.credentials.listCredentials()).map(viewCredential);
    },

    async createCredential(request, by) {
      const scope = parseScope(request.scope, deps.hasAgent);
      if (!scope.ok) return scope;
      const lifetimeMs = scope.value === 'sign-in' ? signInCodeMs : request.expiresInSeconds === undefined ? undefined : request.expiresInSeconds * 1000;
      const issued = await issueCredential(deps, scope.value, request.label ?? '', lifetimeMs, actorOf(by));
      return done({ credential: viewCredential(issued.credential), secret: issued.secret });
    },

    async revokeCredential(id, by) {
      const revoked = await deps.credentials.revokeCredential(id, actorOf(by));
      if (!revoked.ok) return revoked;
      deps.revoked(id);
      return done(viewCredential(revoked.value));
    },

    async signIn(code) {
      const redeemed = await deps.credentials.redeemCredential(sha256(normaliseCode(code)), 'sign-in');
      if (!redeemed.ok)
        return refuse('not-authenticated', 'that code is wrong, used or out of date. Get a fresh one with: guildhall tokens create --scope sign-in');
      const { secret, credential } = await issueCredential(deps, 'browser', 'browser', browserSessionMs, 'operator');
      return done({ secret, expiresAt: credential.expiresAt ?? deps.clock.now() + browserSessionMs });
    },

    authenticate: async (secret) => (await deps.credentials.findCredential(sha256(secret))) ?? deps.claims.find(secret),

    async listApprovals(query) {
      await deps.approvals.expireApprovals();
      return (await deps.approvals.listApprovals(query)).map(viewApproval);
    },

    async readApproval(id) {
      await deps.approvals.expireApprovals();
      const approval = await deps.approvals.readApproval(id);
      return approval === undefined
        ? refuse('not-found', `there is no approval ${id.slice(0, 80)}; see: guildhall approvals list`)
        : done(viewApproval(approval));
    },

    async answerApproval(id, answer, by, reason) {
      await deps.approvals.expireApprovals();
      const answered = await deps.approvals.answerApproval(id, answer, actorOf(by), reason);
      return answered.ok ? done(viewApproval(answered.value)) : answered;
    },

    listStandingApprovals: async () => (await deps.standingApprovals.listStandingApprovals()).map(viewStandingApproval),

    async forgetStandingApproval(id, by) {
      const forgotten = await deps.standingApprovals.forgetStandingApproval(id, actorOf(by));
      return forgotten.ok ? done(viewStandingApproval(forgotten.value)) : forgotten;
    },
  };
}

/** Makes a credential and its secret; the secret is nowhere else. A sign-in code is short, for typing; everything else has 256 bits. */
export async function issueCredential(
  deps: Pick<AccessDeps, 'credentials' | 'ids' | 'clock'>,
  scope: Scope,
  label: string,
  lifetimeMs: number | undefined,
  actor: string,
): Promise<{ readonly credential: Credential; readonly secret: string }> {
  const secret = scope === 'sign-in' ? `${deps.ids.code(5)}-${deps.ids.code(5)}` : deps.ids.secret(scope.startsWith('agent:') ? 'a' : scope.charAt(0));
  const credential = await deps.credentials.createCredential(
    {
      id: deps.ids.next('cred'),
      secretHash: sha256(scope === 'sign-in' ? normaliseCode(secret) : secret),
      scopes: [scope],
      label,
      ...(lifetimeMs === undefined ? {} : { expiresAt: deps.clock.now() + lifetimeMs }),
    },
    actor,
  );
  return { credential, secret };
}

function normaliseCode(code: string): string {
  return `sign-in:${code.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')}`;
}

const plainScopes = ['operator', 'read', 'chat', 'sign-in'] as const;

function parseScope(text: string, hasAgent: (agent: string) => boolean): Settled<Scope> {
  const plain = plainScopes.find((scope) => scope === text);
  if (plain !== undefined) return done(plain);
  if (text.startsWith('agent:')) {
    const agent = text.slice('agent:'.length);
    return hasAgent(agent) ? done<Scope>(`agent:${agent}`) : refuse('not-found', `there is no agent "${agent.slice(0, 64)}"; see: guildhall agents list`);
  }
  if (text.startsWith('lane:') || text.startsWith('claim:'))
    return refuse(
      'invalid-input',
      `"${text.slice(0, 80)}" cannot be made as a token: a lane gets its token from "guildhall kanban lanes register", a claim from claiming`,
    );
  return refuse('invalid-input', `"${text.slice(0, 80)}" is not a scope. Scopes are ${plainScopes.join(', ')} and agent:<id>.`);
}
