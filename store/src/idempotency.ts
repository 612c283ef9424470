/** Answers kept by `Idempotency-Key`, so that a request sent twice is done once and answered twice. */
import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { Schema } from './schema.ts';
import { storableText } from './stored-text.ts';

/**
 * `first`: do it, then `finish`. `attempt` above 1 means that an earlier attempt died and left no answer: it may have taken effect.
 * `replay`: this was the answer. `mismatch`: the key was used for another request. `in-progress`: another request with this key is being worked on.
 */
export type IdempotencyAnswer =
  | { readonly state: 'first'; readonly attempt: number }
  | { readonly state: 'replay'; readonly status: number; readonly body: string }
  | { readonly state: 'mismatch' }
  | { readonly state: 'in-progress' };

export interface IdempotencyStore {
  begin(key: string, credentialId: string, requestDigest: string): Promise<IdempotencyAnswer>;
  /** Keeps the answer for a day. */
  finish(key: string, credentialId: string, status: number, body: string): Promise<void>;
  /** Forgets a request that was begun and changed nothing, so that it can be sent again. */
  abandon(key: string, credentialId: string): Promise<void>;
}

/** How long a request may be in progress before its daemon is taken for dead, and how long answers are kept. */
const workTtlMs = 120_000;
const answersKeptMs = 86_400_000;

export function idempotencyStore(database: Database): IdempotencyStore {
  return {
    begin: (key, credentialId, requestDigest) =>
      database.transaction(async ({ db, at, boot }) => {
        await db
          .deleteFrom('idempotency_keys')
          .where('started_at', '<', at - answersKeptMs)
          .execute();
        const begun = await db
          .insertInto('idempotency_keys')
          .values({ credential_id: credentialId, key, request_digest: requestDigest, attempt: 1, owner: boot, started_at: at, lapses_at: lapse() })
          .onConflict((conflict) =>
            conflict
              .columns(['credential_id', 'key'])
              .doUpdateSet((eb) => ({ attempt: eb('idempotency_keys.attempt', '+', 1), owner: boot, started_at: at, lapses_at: lapse() }))
              .where('idempotency_keys.request_digest', '=', requestDigest)
              .where('idempotency_keys.status', 'is', null)
              .where(ownerIsGone(boot)),
          )
          .returning('attempt')
          .executeTakeFirst();
        return begun === undefined ? readAnswer(db, key, credentialId, requestDigest) : { state: 'first', attempt: begun.attempt };
      }),
    async finish(key, credentialId, status, body) {
      await database.transaction(({ db }) =>
        db
          .updateTable('idempotency_keys')
          .set({ status, body: storableText(body) })
          .where('credential_id', '=', credentialId)
          .where('key', '=', key)
          .execute(),
      );
    },
    async abandon(key, credentialId) {
      await database.transaction(({ db }) =>
        db.deleteFrom('idempotency_keys').where('credential_id', '=', credentialId).where('key', '=', key).where('status', 'is', null).execute(),
      );
    },
  };
}

function lapse() {
  return sql<number>`lease_now() + ${sql.lit(workTtlMs)}`;
}

/** The daemon that worked on it is another one and no longer seen, or it has taken longer than any request may. */
function ownerIsGone(boot: string) {
  return sql<boolean>`(idempotency_keys.lapses_at <= lease_now() or (idempotency_keys.owner <> ${boot}
    and not exists (select 1 from leases where leases.name = 'node:' || idempotency_keys.owner and leases.expires_at > lease_now())))`;
}

async function readAnswer(db: Kysely<Schema>, key: string, credentialId: string, requestDigest: string): Promise<IdempotencyAnswer> {
  const row = await db.selectFrom('idempotency_keys').selectAll().where('credential_id', '=', credentialId).where('key', '=', key).executeTakeFirstOrThrow();
  if (row.request_digest !== requestDigest) return { state: 'mismatch' };
  if (row.status === null || row.body === null) return { state: 'in-progress' };
  return { state: 'replay', status: row.status, body: row.body };
}
