/** Opening SQLite connections the one way they are opened here, and asserting that they are as safe as promised. */
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@guildhall/protocol';

/** Earlier libraries can damage a WAL database that two connections write or checkpoint. */
const oldestLibrary = [3, 51, 3] as const;

/** Blocks the whole process while it waits, so it is short; nobody else is meant to write. */
const busyTimeoutMs = 500;

/** Marks a file as ours. */
export const applicationId = 0x47_48_4c_44;

export function isLibrarySafe(version: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, wanted] of oldestLibrary.entries()) {
    const part = parts[index] ?? 0;
    if (part !== wanted) return part > wanted;
  }
  return true;
}

/** The connection that writes. */
export function openWriter(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000; pragma journal_size_limit = 67108864');
  const found = { journal: readPragma(db, 'journal_mode'), synchronous: readPragma(db, 'synchronous'), foreignKeys: readPragma(db, 'foreign_keys') };
  if (found.journal !== 'wal' || found.synchronous !== 2 || found.foreignKeys !== 1) {
    db.close();
    throw new Fault('unsafe-database', `the database ${file} does not take the settings that keep acknowledged writes: ${JSON.stringify(found)}`);
  }
  return db;
}

/** A connection that can only read. Does not change the file, not even when it is of another version. */
export function openReader(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
}

export function readPragma(db: DatabaseSync, name: string): unknown {
  const row = db.prepare(`pragma ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

/** What `quick_check` found wrong, at most ten lines; empty for a sound file. */
export function findDamage(db: DatabaseSync): readonly string[] {
  const lines = db
    .prepare('pragma quick_check(10)')
    .all()
    .map((row) => String(Object.values(row)[0]));
  return lines.length === 1 && lines[0] === 'ok' ? [] : lines;
}
