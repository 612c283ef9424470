/** Brings a SQLite file to the newest schema; a file that holds something is backed up before each step. */
import type { DatabaseSync } from 'node:sqlite';
import { failpoint } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { loadMigrations, pendingMigrations, versionTable, type AppliedMigration, type Migration } from '../migrations.ts';
import { applicationId, readPragma } from './connection.ts';

/** Judges a file without changing it: `storage-unavailable` when it is not ours or was written by a newer program. */
export function checkSchema(db: DatabaseSync, file: string, known: readonly Migration[] = loadMigrations('sqlite')): Settled<readonly Migration[]> {
  const tables = Number(db.prepare('select count(*) as n from sqlite_schema').get()?.['n'] ?? 0);
  if (tables > 0 && readPragma(db, 'application_id') !== applicationId) {
    return refuse('storage-unavailable', `${file} is a SQLite database of another program. Nothing was touched; choose another file`, { file });
  }
  return pendingMigrations(known, tables === 0 ? [] : readApplied(db), 'sqlite', file);
}

function readApplied(db: DatabaseSync): readonly AppliedMigration[] {
  return db
    .prepare('select version, name, breaking from schema_version order by version')
    .all()
    .map((row) => ({ version: Number(row['version']), name: String(row['name']), breaking: row['breaking'] === 1 }));
}

export async function migrateSqlite(
  db: DatabaseSync,
  parts: {
    readonly file: string;
    readonly now: () => number;
    readonly backup: (migration: Migration) => Promise<unknown>;
    readonly known?: readonly Migration[];
  },
): Promise<Settled<number>> {
  const known = parts.known ?? loadMigrations('sqlite');
  const pending = checkSchema(db, parts.file, known);
  if (!pending.ok) return pending;
  const isNew = pending.value.length === known.length;
  for (const migration of pending.value) {
    if (!isNew) await parts.backup(migration);
    await applyOne(db, migration, parts.now());
  }
  return done(known.at(-1)?.version ?? 0);
}

async function applyOne(db: DatabaseSync, migration: Migration, now: number): Promise<void> {
  db.exec('begin immediate');
  try {
    if (migration.version === 1) db.exec(`pragma application_id = ${applicationId}`);
    db.exec(versionTable);
    db.prepare('insert into schema_version (version, name, breaking, applied_at) values (?, ?, ?, ?)').run(
      migration.version,
      migration.name,
      migration.breaking ? 1 : 0,
      now,
    );
    db.exec(migration.sql);
    await failpoint('migration.before-commit');
    db.exec('commit');
  } catch (error) {
    if (db.isTransaction) db.exec('rollback');
    throw error;
  }
  await failpoint('migration.after-commit');
}
