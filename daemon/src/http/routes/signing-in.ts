/** From a typed one-time code to a cookie that scripts cannot read, and back. */
import { z } from 'zod';
import { done, refuse } from '@guildhall/protocol';
import type { Clock } from '@guildhall/kernel';
import type { Operations } from '../../operations.ts';
import { cookieName, tooManyFailures } from '../authentication.ts';
import { freeEndpoint, openEndpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import type { FailedAttempts } from '../failed-attempts.ts';

const signInRequest = z.strictObject({ code: z.string().min(1).max(200) });
const signInAnswer = z.object({ expiresAt: z.number() });

const cookieRules = 'HttpOnly; SameSite=Strict; Path=/';

export function signingInEndpoints(operations: Operations, failures: FailedAttempts, clock: Clock): Pick<Endpoints, 'post /v1/sign-in' | 'post /v1/sign-out'> {
  return {
    'post /v1/sign-in': openEndpoint({
      body: signInRequest,
      answer: { status: 200, content: { 'application/json': signInAnswer } },
      work: async ({ body }, { client }) => {
        const wait = failures.waitSeconds(client);
        if (wait > 0) return tooManyFailures(wait);
        const session = await operations.signIn(body.code);
        if (!session.ok) {
          failures.recordFailure(client);
          return session;
        }
        const { secret, expiresAt } = session.value;
        const seconds = Math.max(0, Math.floor((expiresAt - clock.now()) / 1000));
        return done({
          kind: 'json',
          status: 200,
          body: { expiresAt },
          headers: { 'set-cookie': `${cookieName}=${secret}; ${cookieRules}; Max-Age=${seconds}` },
        });
      },
    }),
    'post /v1/sign-out': freeEndpoint({
      mayEndItself: true,
      answer: { status: 200, content: { 'application/json': z.strictObject({}) } },
      work: async (_input, { by, viaCookie }) => {
        if (!viaCookie) return refuse('invalid-input', 'Only a browser signs out. A token is revoked with "guildhall tokens revoke ID".');
        const revoked = await operations.revokeCredential(by.id, by);
        return revoked.ok ? done({ kind: 'json', status: 200, body: {}, headers: { 'set-cookie': `${cookieName}=; ${cookieRules}; Max-Age=0` } }) : revoked;
      },
    }),
  };
}
