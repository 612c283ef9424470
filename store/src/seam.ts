/**
 * Everything in which the two databases differ for the ports, by name. Whatever is not here is the same query on both.
 *
 * The function `lease_now()` is the same name on both: on PostgreSQL it is SQL (clock of the database plus the offset in `lease_clock`), on SQLite the daemon's
 * monotonic clock, registered with each connection.
 */
import type { Fence } from '@guildhall/kernel';
import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { Schema } from './schema.ts';

export interface Seam {
  readonly kind: 'sqlite' | 'postgres';
  /** True while the lease lives with that epoch. Where writers run side by side it also holds the lease still until the transaction ends. */
  fenceHolds(fence: Fence): RawBuilder<SqlBool>;
  /** True for a row of `runs` whose claim lives: its lease is held, with the run's epoch. Where writers run side by side it also holds the lease still until the transaction ends. */
  readonly claimHolds: RawBuilder<SqlBool>;
  /** Ends a select whose rows this transaction will change: where writers run side by side, it holds them until the transaction ends. Select in the order of the key. */
  readonly holdRows: RawBuilder<unknown>;
  /** The same, passing over the rows somebody else holds. */
  readonly holdFreeRows: RawBuilder<unknown>;
  /** Ends a select whose rows nobody may change until the transaction ends, though others may hold them in the same way. */
  readonly shareRows: RawBuilder<unknown>;
  /** Makes an entry findable by its words. */
  indexEntry(db: Kysely<Schema>, entryId: number, words: readonly string[]): Promise<void>;
  /** Ids of the entries of a place that contain every phrase, best first. A phrase is one word or several that follow each other. */
  findEntries(db: Kysely<Schema>, place: SearchPlace, phrases: readonly (readonly string[])[], limit: number): Promise<readonly number[]>;
}

/** One session, or those of an agent in which it did not fill a role, nor was the child of a turn that did. */
export type SearchPlace = { readonly agent: string } | { readonly sessionKey: string };

function isIn(place: SearchPlace): RawBuilder<SqlBool> {
  if ('sessionKey' in place) return sql`sessions.key = ${place.sessionKey}`;
  return sql`sessions.agent = ${place.agent} and sessions.platform not in ('role', 'predecessor') and substr(sessions.key, 1, 5) <> 'role:'
    and not (sessions.platform = 'delegate' and exists (select 1 from turns where turns.session_key = sessions.key and turns.provenance like '%"via":"role"%'))`;
}

/** Lease time now. */
export const leaseNow = sql<number>`lease_now()`;

function fence(held: Fence, lock: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from leases where name = ${held.lease} and epoch = ${held.epoch} and holder is not null and expires_at > lease_now()${lock})`;
}

function claim(lock: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from leases where leases.name = 'claim:' || runs.task and leases.epoch = runs.epoch and leases.holder is not null and leases.expires_at > lease_now()${lock})`;
}

export const sqliteSeam: Seam = {
  kind: 'sqlite',
  fenceHolds: (held) => fence(held, sql``),
  claimHolds: claim(sql``),
  holdRows: sql``,
  holdFreeRows: sql``,
  shareRows: sql``,
  async indexEntry(db, entryId, words) {
    await sql`insert into entry_search (rowid, words) values (${entryId}, ${words.join(' ')})`.execute(db);
  },
  async findEntries(db, place, phrases, limit) {
    const match = phrases.map((words) => `"${words.join(' ')}"`).join(' AND ');
    const found = await sql<{ id: number }>`
      select entries.id from entry_search join entries on entries.id = entry_search.rowid join sessions on sessions.key = entries.session_key
      where entry_search match ${match} and ${isIn(place)} order by entry_search.rank, entries.id desc limit ${limit}`.execute(db);
    return found.rows.map((row) => row.id);
  },
};

/** The highest position a lexeme can have in a `tsvector`. */
const lastPosition = 16_383;

export const postgresSeam: Seam = {
  kind: 'postgres',
  fenceHolds: (held) => fence(held, sql` for no key update`),
  claimHolds: claim(sql` for no key update`),
  holdRows: sql`for no key update`,
  holdFreeRows: sql`for no key update skip locked`,
  shareRows: sql`for share`,
  async indexEntry(db, entryId, words) {
    const vector = words.map((word, index) => `'${word}':${Math.min(index + 1, lastPosition)}`).join(' ');
    await sql`insert into entry_search (entry_id, words) values (${entryId}, ${vector}::tsvector)`.execute(db);
  },
  async findEntries(db, place, phrases, limit) {
    const query = phrases.map((words) => `(${words.map((word) => `'${word}'`).join(' <-> ')})`).join(' & ');
    const found = await sql<{ id: number }>`
      select entries.id from entry_search join entries on entries.id = entry_search.entry_id join sessions on sessions.key = entries.session_key
      where entry_search.words @@ ${query}::tsquery and ${isIn(place)}
      order by ts_rank(entry_search.words, ${query}::tsquery) desc, entries.id desc limit ${limit}`.execute(db);
    return found.rows.map((row) => row.id);
  },
};
