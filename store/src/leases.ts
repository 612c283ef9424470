/** Leases: one row for each name, whose epoch grows with every holder and never goes back. */
import { staleFence, type Fence, type Lease, type LeaseStore } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { sql, type Kysely } from 'kysely';
import { settle, type Database, type WriteTransaction } from './database.ts';
import type { LeaseRow, Schema } from './schema.ts';
import { leaseNow } from './seam.ts';

/** Epochs granted on one timeline; those of a later timeline are higher than any granted before a restore. */
export const epochsPerTimeline = 2 ** 32;

export function leaseStore(database: Database): LeaseStore {
  return {
    acquireLease: (name, holder, ttlMs) => settle(database, (tx) => acquireInTransaction(tx, name, holder, ttlMs)),
    renewLease: (fence, ttlMs) => settle(database, (tx) => renewInTransaction(tx, fence, ttlMs)),
    releaseLease: (fence) => settle(database, (tx) => releaseInTransaction(tx, fence)),
    readLease: (name) =>
      database.read(async (db) => {
        const row = await db.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
        return toLease(row);
      }),
    lapsedLeases: (prefix, limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('leases')
          .selectAll()
          .where('holder', 'is not', null)
          .where('expires_at', '<=', leaseNow)
          .where(sql<boolean>`substr(name, 1, length(${prefix})) = ${prefix}`)
          .orderBy('expires_at')
          .orderBy('name')
          .limit(limit)
          .execute();
        return rows.flatMap((row) => toLease(row) ?? []);
      }),
  };
}

export async function acquireInTransaction({ db }: WriteTransaction, name: string, holder: string, ttlMs: number): Promise<Settled<Lease>> {
  const expiresAt = expiry(ttlMs);
  const row = await db
    .insertInto('leases')
    .values((eb) => ({
      name,
      holder,
      epoch: eb.selectFrom('timelines').select(sql<number>`(max(id) - 1) * ${sql.lit(epochsPerTimeline)} + 1`.as('epoch')),
      expires_at: expiresAt,
    }))
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet((eb) => ({ holder, epoch: eb('leases.epoch', '+', 1), expires_at: expiresAt }))
        .where('leases.expires_at', '<=', leaseNow),
    )
    .returningAll()
    .executeTakeFirst();
  const lease = toLease(row);
  return lease === undefined ? refuseHeld(db, name) : done(lease);
}

async function refuseHeld(db: Kysely<Schema>, name: string): Promise<Settled<never>> {
  const held = await db.selectFrom('leases').select('holder').where('name', '=', name).executeTakeFirst();
  return refuse('lease-held', `${name} is held by ${held?.holder ?? 'another'}; wait until it is given back or lapses`, {
    lease: name,
    holder: held?.holder ?? null,
  });
}

export async function renewInTransaction({ db }: WriteTransaction, fence: Fence, ttlMs: number): Promise<Settled<Lease>> {
  const row = await liveLease(db, fence)
    .set({ expires_at: expiry(ttlMs) })
    .returningAll()
    .executeTakeFirst();
  const lease = toLease(row);
  return lease === undefined ? staleFence(fence) : done(lease);
}

export async function releaseInTransaction({ db }: WriteTransaction, fence: Fence): Promise<Settled<null>> {
  const row = await liveLease(db, fence).set({ holder: null, expires_at: 0 }).returning('name').executeTakeFirst();
  return row === undefined ? staleFence(fence) : done(null);
}

function liveLease(db: Kysely<Schema>, fence: Fence) {
  return db
    .updateTable('leases')
    .where('name', '=', fence.lease)
    .where('epoch', '=', fence.epoch)
    .where('holder', 'is not', null)
    .where('expires_at', '>', leaseNow);
}

function expiry(ttlMs: number) {
  return sql<number>`lease_now() + ${sql.lit(Math.max(1, Math.round(ttlMs)))}`;
}

/** Undefined for a lease nobody holds. */
function toLease(row: LeaseRow | undefined): Lease | undefined {
  if (row === undefined || row.holder === null) return undefined;
  return { lease: row.name, epoch: row.epoch, holder: row.holder, expiresAt: row.expires_at };
}
