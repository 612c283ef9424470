/**
 * Who sends a request: the live credential behind a bearer secret or behind the page's cookie. What it may do is read from its row alone; see `access.ts`.
 *
 * A cookie carries a browser session and nothing else does: an operator's token in a cookie, or a browser session's secret as a bearer, is no credential. With an `Authorization`
 * header the cookie is not looked at.
 */
import type { IncomingMessage } from 'node:http';
import type { Credential } from '@guildhall/authority';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { isClaimToken } from '@guildhall/board';
import { sha256, type Clock } from '@guildhall/kernel';
import type { Operations } from '../operations.ts';
import { clientAddress, type FailedAttempts } from './failed-attempts.ts';

export const cookieName = 'guildhall_session';

export interface Caller {
  readonly credential: Credential;
  readonly viaCookie: boolean;
}

interface Presented {
  readonly secret: string;
  readonly viaCookie: boolean;
}

export interface Authenticator {
  authenticate(incoming: IncomingMessage): Promise<Settled<Caller>>;
}

/**
 * Secrets that were right in this life of the daemon, remembered by digest: they are let through while their address is slowed down for wrong ones. Claims end all the time and their holders
 * learn of it here: the token of a claim that lived is no guess, and as it never lives again it is refused without another look.
 */
const knownLimit = 1_000;

export function createAuthenticator(parts: { readonly operations: Operations; readonly clock: Clock; readonly failures: FailedAttempts }): Authenticator {
  const known = new Set<string>();
  const endedClaims = new Set<string>();
  return {
    async authenticate(incoming) {
      const presented = readPresented(incoming);
      if (!presented.ok) return presented;
      const { secret, viaCookie } = presented.value;
      const client = clientAddress(incoming.socket.remoteAddress);
      const digest = sha256(secret);
      if (endedClaims.has(digest)) return refuse('not-authenticated', deadClaim);
      const wait = parts.failures.waitSeconds(client);
      if (wait > 0 && !known.has(digest)) return tooManyFailures(wait);
      const credential = await parts.operations.authenticate(secret);
      if (credential === undefined || !isLive(credential, parts.clock.now()) || credential.scopes.includes('browser') !== viaCookie) {
        const wasRight = known.delete(digest);
        if (wasRight && isClaimToken(secret)) {
          remember(endedClaims, digest);
          return refuse('not-authenticated', deadClaim);
        }
        parts.failures.recordFailure(client);
        return refuse('not-authenticated', isClaimToken(secret) ? deadClaim : unknownCredential);
      }
      remember(known, digest);
      return done({ credential, viaCookie });
    },
  };
}

const unknownCredential = 'This credential is unknown, expired or revoked. "guildhall tokens list" shows the ones that are valid.';
const deadClaim = 'The claim of this token has ended: it was completed, given back, taken back or lapsed. Stop the work on it, and claim again.';

export function tooManyFailures(seconds: number) {
  return refuse('rate-limited', `Too many wrong credentials from this address. Try again in ${seconds} s.`, { retryAfterSeconds: seconds });
}

/** The store finds only live rows; a row that expires while its connection lives is noticed here. */
export function isLive(credential: Credential, now: number): boolean {
  return credential.revokedAt === undefined && (credential.expiresAt === undefined || credential.expiresAt > now);
}

function remember(known: Set<string>, digest: string): void {
  known.delete(digest);
  known.add(digest);
  const oldest = known.values().next();
  if (known.size > knownLimit && oldest.done !== true) known.delete(oldest.value);
}

function readPresented(incoming: IncomingMessage): Settled<Presented> {
  const { authorization, cookie } = incoming.headers;
  if (authorization !== undefined) {
    const secret = /^Bearer +([\w.~+/=-]{1,400})$/i.exec(authorization)?.[1];
    if (secret === undefined) return refuse('not-authenticated', 'The Authorization header must be "Bearer" and a token.');
    return done({ secret, viaCookie: false });
  }
  const sessions = cookiesNamed(cookie ?? '', cookieName);
  if (sessions.length > 1)
    return refuse(
      'invalid-input',
      `The request has the cookie "${cookieName}" more than once; another program on this machine may have set one. Clear the cookies of this address.`,
    );
  const secret = sessions[0];
  if (secret === undefined || secret === '') return refuse('not-authenticated', 'This needs a credential: "Authorization: Bearer …", or sign in at the page.');
  return done({ secret, viaCookie: true });
}

function cookiesNamed(header: string, name: string): readonly string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
