/** Opens a SQLite file for the one daemon that may: lock, checks, migrations, then one connection that writes, one that reads, and a thread for long reads. */
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@guildhall/kernel';
import { done, Fault, refuse, type Settled } from '@guildhall/protocol';
import { storeGuard, type WriteTransaction } from '../database.ts';
import { kyselyOver } from '../kysely-over.ts';
import type { OpenedDatabase } from '../opened-database.ts';
import { sqliteSeam } from '../seam.ts';
import { wakeupBell } from '../wakeups.ts';
import { copyDatabase } from './backup-file.ts';
import { findDamage, isLibrarySafe, openReader, openWriter } from './connection.ts';
import { takeDaemonLock, type DaemonLock } from './daemon-lock.ts';
import { statementRunner } from './statements.ts';
import { groupCommit } from './group-commit.ts';
import { leaseTimeFrom, type LeaseTime } from './lease-time.ts';
import { checkSchema, migrateSqlite } from './migrate-sqlite.ts';
import { choosePlace, refuseStorage } from './place.ts';
import { checkInFreshThread, readerThread, type ReaderThread } from './reader-thread.ts';
import { sameFileAssertion } from './same-file.ts';
import { turnTaking } from './turn-taking.ts';

/** Files larger than this are not read whole at every start; `verifyDatabase` does it when asked. */
const checkedAtStartBytes = 256 * 1024 * 1024;

export interface SqliteOpening {
  readonly file: string;
  readonly clock: Clock;
  readonly boot: string;
}

/**
 * `already-running` when another daemon holds the file; `storage-unavailable` when it is damaged, foreign, newer, on a network file system, or cannot be opened. A file
 * that is refused is left as it was.
 */
export async function openSqlite(opening: SqliteOpening): Promise<Settled<OpenedDatabase>> {
  try {
    const library = process.versions['sqlite'] ?? '0';
    if (!isLibrarySafe(library))
      return refuse('storage-unavailable', `this Node brings SQLite ${library}, which can damage a database. Use a Node with SQLite 3.51.3 or newer`, {
        library,
      });
    const place = choosePlace(opening.file);
    if (!place.ok) return place;
    const lock = takeDaemonLock(dirname(place.value), opening.boot);
    if (!lock.ok) return lock;
    return await openOrRelease(place.value, opening, lock.value);
  } catch (error) {
    return refuseStorage(error, opening.file);
  }
}

async function openOrRelease(file: string, opening: SqliteOpening, lock: DaemonLock): Promise<Settled<OpenedDatabase>> {
  let opened: Settled<OpenedDatabase> | undefined;
  try {
    opened = await openLocked(file, opening, lock);
    return opened;
  } finally {
    if (opened?.ok !== true) lock.release();
  }
}

async function openLocked(file: string, opening: SqliteOpening, lock: DaemonLock): Promise<Settled<OpenedDatabase>> {
  const sound = checkUntouched(file);
  if (!sound.ok) return sound;
  // The companions of the file get the rights of the file.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  const writer = openWriter(file);
  try {
    const migrated = await migrateSqlite(writer, {
      file,
      now: () => opening.clock.now(),
      backup: async (migration) => {
        const target = join(dirname(file), 'backups', `before-${migration.name}-${opening.boot}.db`);
        const copied = await copyDatabase(file, target);
        if (!copied.ok) throw new Fault('storage-unavailable', copied.refusal.message);
      },
    });
    if (!migrated.ok) {
      writer.close();
      return migrated;
    }
    chmodSync(file, 0o600);
    return done(assemble(connect(file, opening, lock, writer), opening, migrated.value));
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** Judges the file through a connection that cannot change it. */
function checkUntouched(file: string): Settled<null> {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return done(null);
  const reader = openReader(file);
  try {
    const schema = checkSchema(reader, file);
    if (!schema.ok) return schema;
    const damage = size > checkedAtStartBytes ? [] : findDamage(reader);
    if (damage.length === 0) return done(null);
    return refuse(
      'storage-unavailable',
      `the database ${file} is damaged (${damage.join('; ')}). Nothing was touched; restore a backup with: guildhall db restore FILE`,
      { file },
    );
  } finally {
    reader.close();
  }
}

/** What an open file consists of. */
interface Connections {
  readonly file: string;
  readonly lock: DaemonLock;
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  readonly thread: ReaderThread;
  readonly leaseTime: LeaseTime;
  storeLeaseTime(ms: number): void;
}

function connect(file: string, { clock, boot }: SqliteOpening, lock: DaemonLock, writer: DatabaseSync): Connections {
  const stored = Number(writer.prepare('select ms from lease_clock').get()?.['ms'] ?? 0);
  const leaseTime = leaseTimeFrom(stored, clock);
  const storeTime = writer.prepare('update lease_clock set ms = max(ms, ?)');
  const reader = openReader(file);
  for (const connection of [writer, reader]) connection.function('lease_now', () => BigInt(leaseTime.now()));
  lapseEarlierBoots(writer, boot);
  return { file, lock, writer, reader, thread: readerThread(file), leaseTime, storeLeaseTime: (ms) => void storeTime.run(ms) };
}

function assemble(connections: Connections, { clock, boot }: SqliteOpening, schemaVersion: number): OpenedDatabase {
  const { file, lock, writer, leaseTime, thread } = connections;
  const guard = storeGuard();
  const bell = wakeupBell();
  const takeTurns = turnTaking(() => clock.mono());
  const write = kyselyOver('sqlite', statementRunner(writer, file));
  const read = kyselyOver('sqlite', statementRunner(connections.reader, file));
  const long = kyselyOver('sqlite', thread.run);
  const commits = groupCommit({
    connection: writer,
    file,
    mono: () => clock.mono(),
    begin: (): WriteTransaction => ({ db: write, seam: sqliteSeam, at: clock.now(), boot, events: [], placed: [] }),
    assertSameFile: sameFileAssertion(file, lock),
    beforeCommit() {
      const due = leaseTime.due();
      if (due !== undefined) connections.storeLeaseTime(due);
    },
    afterAppend: () => bell.ring(),
  });
  let closing: Promise<void> | undefined;
  return {
    seam: sqliteSeam,
    schemaVersion,
    location: file,
    read: (work) =>
      guard.enter(async () => {
        await takeTurns();
        return work(read);
      }),
    readLong: (work) => guard.enter(() => work(long)),
    transaction: (work) => guard.enter(() => commits.transaction((tx) => guard.inside(() => work(tx)))),
    findDamage: () => checkInFreshThread(file),
    onAppend: (wake) => bell.onAppend(wake),
    announce: (url) => lock.announce(url),
    copyTo: (target) => copyDatabase(file, target),
    close: () => (closing ??= guard.close().then(() => disconnect(connections))),
  };
}

/** Lets go of everything, also when the disk has no room for the last word. */
async function disconnect({ lock, writer, reader, thread, leaseTime, storeLeaseTime }: Connections): Promise<void> {
  await thread.stop();
  reader.close();
  try {
    storeLeaseTime(leaseTime.now());
  } finally {
    writer.close();
    lock.release();
  }
}

/** Earlier boots of the only daemon are dead, so nothing they held is held any more. */
function lapseEarlierBoots(writer: DatabaseSync, boot: string): void {
  const own = `node:${boot}`;
  writer
    .prepare(
      "update leases set expires_at = lease_now() where holder like 'node:%' and expires_at > lease_now() and holder <> ? and substr(holder, 1, length(?) + 1) <> ? || '/'",
    )
    .run(own, own, own);
}
