/** Credentials: hashes of secrets, and what their bearers may do. */
import type { Credential, CredentialStore, NewCredential } from '@guildhall/authority';
import type { NewEvent } from '@guildhall/kernel';
import { done, eventData, installationStream, refuse, type EventType } from '@guildhall/protocol';
import { settle, type Database, type WriteTransaction } from './database.ts';
import { appendInTransaction } from './journal-append.ts';
import type { CredentialRow } from './schema.ts';
import { fromStoredJson, storableText, toStoredJson } from './stored-text.ts';

/** How exact `lastUsedAt` is, milliseconds; a credential in constant use costs one write for each such span. */
const lastUseExactMs = 60_000;

export function credentialStore(database: Database, now: () => number): CredentialStore {
  return {
    createCredential: (credential, actor) =>
      database.transaction(async (tx) => {
        const { row, event } = await createInTransaction(tx, credential, actor);
        await appendInTransaction(tx, [event]);
        return toCredential(row);
      }),
    async findCredential(secretHash) {
      const row = await database.read((db) => db.selectFrom('credentials').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst());
      if (row === undefined || row.revoked_at !== null || row.expired_at !== null) return undefined;
      if (row.expires_at !== null && row.expires_at <= now()) {
        await database.transaction(({ db, at }) =>
          db.updateTable('credentials').set({ expired_at: at }).where('id', '=', row.id).where('expired_at', 'is', null).execute(),
        );
        return undefined;
      }
      if (Math.abs(now() - (row.last_used_at ?? 0)) > lastUseExactMs) {
        await database.transaction(({ db, at }) => db.updateTable('credentials').set({ last_used_at: at }).where('id', '=', row.id).execute());
      }
      return toCredential(row);
    },
    listCredentials: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('credentials').selectAll().orderBy('created_at').orderBy('id').execute();
        return rows.map(toCredential);
      }),
    revokeCredential: (id, actor) =>
      settle(database, async (tx) => {
        const revoked = await revokeInTransaction(tx, id, actor);
        if (revoked !== undefined) {
          await appendInTransaction(tx, [revoked.event]);
          return done(toCredential(revoked.row));
        }
        const row = await tx.db.selectFrom('credentials').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined
          ? refuse('not-found', `there is no credential "${id.slice(0, 80)}"; list them with: guildhall tokens list`, { id })
          : done(toCredential(row));
      }),
    redeemCredential: (secretHash, scope) =>
      settle(database, async (tx) => {
        const used = await tx.db
          .updateTable('credentials')
          .set({ revoked_at: tx.at, last_used_at: tx.at })
          .where('secret_hash', '=', secretHash)
          .where('scopes', '=', toStoredJson([scope]))
          .where('revoked_at', 'is', null)
          .where('expired_at', 'is', null)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', tx.at)]))
          .returningAll()
          .executeTakeFirst();
        if (used === undefined) return refuse('not-authenticated', 'this code was used before, has run out, or never was one; ask for a new one');
        await appendInTransaction(tx, [credentialEvent('credential.revoked', used, `credential:${used.id}`, 'used once')]);
        return done(toCredential(used));
      }),
  };
}

interface Recorded {
  readonly row: CredentialRow;
  /** For the caller to append. */
  readonly event: NewEvent;
}

export async function createInTransaction({ db, at }: WriteTransaction, credential: NewCredential, actor: string): Promise<Recorded> {
  const row = await db
    .insertInto('credentials')
    .values({
      id: credential.id,
      secret_hash: credential.secretHash,
      scopes: toStoredJson(credential.scopes),
      label: storableText(credential.label),
      created_at: at,
      expires_at: credential.expiresAt ?? null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { row, event: credentialEvent('credential.created', row, actor) };
}

/** Undefined where there is nothing to revoke any more. */
export async function revokeInTransaction({ db, at }: WriteTransaction, id: string, actor: string): Promise<Recorded | undefined> {
  const row = await db
    .updateTable('credentials')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? undefined : { row, event: credentialEvent('credential.revoked', row, actor) };
}

function credentialEvent(type: EventType, row: CredentialRow, actor: string, reason?: string): NewEvent {
  const data = eventData({ id: row.id, label: row.label, scopes: fromStoredJson(row.scopes), reason });
  return { stream: installationStream, type, actor, provenance: null, data };
}

function toCredential(row: CredentialRow): Credential {
  return {
    id: row.id,
    scopes: fromStoredJson(row.scopes),
    label: row.label,
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
  };
}
