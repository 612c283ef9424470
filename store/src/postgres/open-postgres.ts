/** Opens a PostgreSQL database for one daemon of possibly many. */
import type { Clock, Ids } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type pg from 'pg';
import { storeGuard } from '../database.ts';
import { kyselyOver, type StatementRunner } from '../kysely-over.ts';
import type { OpenedDatabase } from '../opened-database.ts';
import { postgresSeam } from '../seam.ts';
import { wakeupBell } from '../wakeups.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { openPool, statementRunner, withoutPassword, type PostgresPlace } from './pool.ts';
import { renewPresence, startPresence } from './presence.ts';
import { patiently, runTransaction, type PostgresParts } from './transactions.ts';
import { Trouble } from './trouble.ts';

const oldestServer = 150_000;
const defaultPollMs = 2_000;

/** Transactions at a time: more would only wait for each other at the head of the journal. Reads have connections of their own, so that none waits behind those who wait there. */
const writingConnections = 8;
const readingConnections = 4;

export interface PostgresOpening extends PostgresPlace {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly boot: string;
  /** How often the head of the journal is read when no notification comes, milliseconds. */
  readonly pollMs?: number;
}

/** `storage-unavailable` when the server cannot be reached, is too old, is not set to keep what it acknowledged, or was migrated by a newer program. */
export async function openPostgres(opening: PostgresOpening): Promise<Settled<OpenedDatabase>> {
  const location = withoutPassword(opening.url);
  if (opening.schema !== undefined && !/^[a-z_][a-z0-9_]{0,50}$/.test(opening.schema)) {
    return refuse('invalid-input', `"${opening.schema.slice(0, 80)}" is not a schema name: lower-case letters, digits and _, at most 51`, {
      schema: opening.schema,
    });
  }
  const pool = openPool(opening, writingConnections);
  let opened: Settled<OpenedDatabase> | undefined;
  try {
    const fit = await checkServer(statementRunner(pool), location);
    const migrated = fit.ok ? await migratePostgres(pool, { schema: opening.schema, location, now: () => opening.clock.now() }) : fit;
    opened = migrated.ok ? done(await assemble(opening, pool, location, migrated.value)) : migrated;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    opened = refuse('storage-unavailable', `the database ${location} cannot be used: ${error.message}. Check that the server runs and the URL is right`, {
      location,
    });
  } finally {
    if (opened?.ok !== true) await pool.end();
  }
  return opened;
}

/** Settings without which an acknowledged write could be lost, or text could come back changed. */
async function checkServer(run: StatementRunner, location: string): Promise<Settled<null>> {
  const { rows } = await run(
    "select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('server_encoding') as encoding",
    [],
  );
  const [server] = rows as readonly { version: number; fsync: string; commit: string; encoding: string }[];
  const no = (what: string) => refuse('storage-unavailable', `the database ${location} ${what}`, { location });
  if (server === undefined || server.version < oldestServer) return no(`is PostgreSQL ${server?.version ?? 'of an unknown version'}; use 15 or newer`);
  if (server.fsync !== 'on' || server.commit === 'off')
    return no(`does not keep what it acknowledges (fsync = ${server.fsync}, synchronous_commit = ${server.commit}); switch both on`);
  if (server.encoding !== 'UTF8') return no(`has the encoding ${server.encoding}; create it with UTF8`);
  return done(null);
}

async function assemble(opening: PostgresOpening, pool: pg.Pool, location: string, schemaVersion: number): Promise<OpenedDatabase> {
  const { clock, ids, boot } = opening;
  const guard = storeGuard();
  const bell = wakeupBell();
  await renewPresence({ pool, boot });
  const readers = openPool(opening, readingConnections);
  const presence = startPresence({ place: opening, pool: readers, clock, boot, bell, pollMs: opening.pollMs ?? defaultPollMs });
  const parts: PostgresParts = { pool, location, clock, ids, boot, guard };
  const run = statementRunner(readers);
  const db = kyselyOver('postgres', (sql, parameters) => patiently(parts, () => run(sql, parameters)));

  let closing: Promise<void> | undefined;
  const close = async () => {
    await guard.close();
    await presence.stop();
    await Promise.all([pool.end(), readers.end()]);
  };
  return {
    seam: postgresSeam,
    schemaVersion,
    location,
    read: (work) => guard.enter(() => work(db)),
    readLong: (work) => guard.enter(() => work(db)),
    async transaction(work) {
      const { value, appended } = await guard.enter(() => runTransaction(parts, work));
      if (appended) {
        bell.ring();
        presence.notify();
      }
      return value;
    },
    findDamage: async () => [],
    onAppend: (wake) => bell.onAppend(wake),
    announce: () => undefined,
    copyTo: async () => refuse('not-available', 'a PostgreSQL database is backed up with its own tools: pg_dump, or base backups with WAL archiving'),
    close: () => (closing ??= close()),
  };
}
