import { Fault } from '@guildhall/protocol';
import type { IdempotencyStore as KeptAnswers } from '@guildhall/store';
import type { IdempotencyStore } from './http/idempotency.ts';

/** The door keeps answers as texts; the store keeps JSON. */
export function idempotencyFor(kept: KeptAnswers): IdempotencyStore {
  return {
    async begin(key, credentialId, digest) {
      const answer = await kept.begin(key, credentialId, digest);
      if (answer.state === 'first') return { state: 'first' };
      if (answer.state !== 'replay') return answer;
      if (typeof answer.body !== 'string') throw new Fault('not-json', `the kept answer for ${key} is not a text`);
      return { state: 'replay', status: answer.status, body: answer.body };
    },
    async finish(key, credentialId, status, body) {
      await kept.finish(key, credentialId, status, body);
    },
    abandon: (key, credentialId) => kept.abandon(key, credentialId),
  };
}
