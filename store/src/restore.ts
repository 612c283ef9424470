/**
 * Putting a backup in the place of a SQLite database, while no daemon runs on it.
 *
 * What was true after the backup is forgotten, but not by the world: leases were granted, messages sent, secrets revoked. So the restored database begins a new timeline
 * (epochs above any granted before, cursors that are recognised as old), nothing that waited to be sent is sent again by itself, open approvals have run out, and every
 * credential is revoked: one that was revoked after the backup must not come back to life.
 */
import { existsSync, fsyncSync, linkSync, openSync, closeSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { done, eventData, installationStream, refuse, type Settled } from '@guildhall/protocol';
import { sql } from 'kysely';
import { approvalEvent } from './approvals.ts';
import type { WriteTransaction } from './database.ts';
import { appendInTransaction } from './journal-append.ts';
import { recordEvents } from './sqlite/record-events.ts';
import { kyselyOver } from './kysely-over.ts';
import { epochsPerTimeline } from './leases.ts';
import { sqliteSeam } from './seam.ts';
import { deliveryEvents } from './sessions/outbound.ts';
import { copyDatabase } from './sqlite/backup-file.ts';
import { applicationId, findDamage, openReader, openWriter, readPragma } from './sqlite/connection.ts';
import { takeDaemonLock } from './sqlite/daemon-lock.ts';
import { checkSchema, migrateSqlite } from './sqlite/migrate-sqlite.ts';
import type { StoreParts } from './opened-database.ts';
import { choosePlace, refuseStorage } from './sqlite/place.ts';
import { statementRunner } from './sqlite/statements.ts';

export interface RestoreRequest {
  readonly backup: string;
  /** The file that is replaced; the database that was there is kept beside it. */
  readonly database: string;
}

export interface Restored {
  readonly database: string;
  /** Where the database that was there before is now. */
  readonly previous?: string;
  readonly timeline: number;
  readonly revokedCredentials: number;
  readonly expiredApprovals: number;
  /** Messages that may or may not have been delivered since. */
  readonly unknownOutbound: number;
  /** Turns that go on, or begin, with the next start; they may have been answered before. */
  readonly openTurns: number;
}

type NewTimeline = Omit<Restored, 'database' | 'previous'>;

/** `already-running` while a daemon holds the file; `storage-unavailable` when the backup is damaged, foreign or newer. The database in place is untouched until all is ready. */
export async function restoreStore(request: RestoreRequest, parts: StoreParts): Promise<Settled<Restored>> {
  try {
    const place = choosePlace(request.database);
    if (!place.ok) return place;
    const fit = checkBackup(request.backup);
    if (!fit.ok) return fit;
    const lock = takeDaemonLock(dirname(place.value), parts.boot);
    if (!lock.ok) return lock;
    const prepared = `${place.value}.${parts.boot}.restoring`;
    try {
      return await prepareAndSwap(request.backup, place.value, prepared, parts);
    } finally {
      for (const ending of ['', '-wal', '-shm']) rmSync(`${prepared}${ending}`, { force: true });
      lock.value.release();
    }
  } catch (error) {
    return refuseStorage(error, request.database);
  }
}

function checkBackup(backup: string): Settled<null> {
  if (!existsSync(backup)) return refuse('not-found', `there is no file ${backup}`, { file: backup });
  const reader = openReader(backup);
  try {
    if (readPragma(reader, 'application_id') !== applicationId)
      return refuse('storage-unavailable', `${backup} is not a backup of a Guildhall database`, { file: backup });
    const schema = checkSchema(reader, backup);
    if (!schema.ok) return schema;
    const damage = findDamage(reader);
    return damage.length === 0
      ? done(null)
      : refuse('storage-unavailable', `the backup ${backup} is damaged (${damage.join('; ')}); take an older one`, { file: backup });
  } finally {
    reader.close();
  }
}

async function prepareAndSwap(backup: string, file: string, prepared: string, parts: StoreParts): Promise<Settled<Restored>> {
  const copied = await copyDatabase(backup, prepared);
  if (!copied.ok) return copied;
  const writer = openWriter(prepared);
  let changes: NewTimeline;
  try {
    const migrated = await migrateSqlite(writer, { file: prepared, now: () => parts.clock.now(), backup: async () => undefined });
    if (!migrated.ok) return migrated;
    changes = await beginNewTimeline(writer, prepared, backup, parts);
    writer.exec('pragma journal_mode = delete');
  } finally {
    writer.close();
  }
  const previous = existsSync(file) ? `${file}.before-restore-${parts.boot}` : undefined;
  if (previous !== undefined) setOldAside(file, previous);
  renameSync(prepared, file);
  syncDirectory(dirname(file));
  return done({ database: file, ...(previous === undefined ? {} : { previous }), ...changes });
}

/** Keeps the database that was there under another name, and leaves no log behind that would be taken for the new one's. There is a database at `file` at every instant. */
function setOldAside(file: string, setAside: string): void {
  try {
    const old = new DatabaseSync(file);
    old.exec('pragma journal_mode = delete');
    old.close();
  } catch {
    // It is too damaged to be closed properly: its log goes with it as it is.
    for (const ending of ['-wal', '-shm']) if (existsSync(`${file}${ending}`)) renameSync(`${file}${ending}`, `${setAside}${ending}`);
  }
  linkSync(file, setAside);
}

function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

async function beginNewTimeline(writer: DatabaseSync, file: string, backup: string, parts: StoreParts): Promise<NewTimeline> {
  const storedTime = Number(writer.prepare('select ms from lease_clock').get()?.['ms'] ?? 0);
  writer.function('lease_now', () => BigInt(storedTime));
  const db = kyselyOver('sqlite', statementRunner(writer, file));
  const tx: WriteTransaction = { db, seam: sqliteSeam, at: parts.clock.now(), boot: parts.boot, events: [], placed: [] };
  writer.exec('begin immediate');
  const changes = await writeNewTimeline(tx, backup);
  await recordEvents(tx);
  writer.exec('commit');
  return changes;
}

async function writeNewTimeline(tx: WriteTransaction, backup: string): Promise<NewTimeline> {
  const { db, at } = tx;
  const { position } = await db.selectFrom('journal_head').select('position').executeTakeFirstOrThrow();
  const { id: timeline } = await db
    .insertInto('timelines')
    .values((eb) => ({ id: eb.selectFrom('timelines').select(sql<number>`max(id) + 1`.as('id')), forked_at: position }))
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .updateTable('leases')
    .set({ holder: null, expires_at: 0, epoch: sql<number>`max(epoch, ${sql.lit((timeline - 1) * epochsPerTimeline)})` })
    .execute();
  const credentials = await db.updateTable('credentials').set({ revoked_at: at }).where('revoked_at', 'is', null).returning('id').execute();
  const approvals = await db.updateTable('approvals').set({ status: 'expired' }).where('status', 'in', ['pending', 'approved']).returningAll().execute();
  const outbound = await db
    .updateTable('outbound')
    .set({ status: 'unknown', sender: null, error: 'restored from a backup; it may have been delivered since' })
    .where('status', 'in', ['pending', 'sending'])
    .returningAll()
    .execute();
  const turns = await db.selectFrom('turns').select('id').where('status', 'in', ['queued', 'running']).execute();
  const changes = {
    timeline,
    revokedCredentials: credentials.length,
    expiredApprovals: approvals.length,
    unknownOutbound: outbound.length,
    openTurns: turns.length,
  };
  await appendInTransaction(tx, [
    { stream: installationStream, type: 'restore.completed', actor: 'operator', provenance: null, data: eventData({ backup, forkedAt: position, ...changes }) },
    ...approvals.map((row) => approvalEvent('approval.expired', row, 'daemon')),
    ...(await deliveryEvents(tx, 'message.delivery-unknown', outbound)),
  ]);
  return changes;
}
