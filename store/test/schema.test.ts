/** Migrations: what they yield on both databases, what an interruption leaves, and what is done with a database of the future. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@guildhall/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from '../src/index.ts';
import { loadMigrations, pendingMigrations, type Migration } from '../src/migrations.ts';
import { migrateSqlite } from '../src/sqlite/migrate-sqlite.ts';
import { copyDatabase } from '../src/sqlite/backup-file.ts';
import { migratePostgres } from '../src/postgres/migrate-postgres.ts';
import { openPool } from '../src/postgres/pool.ts';
import { expectSound, ids, postgresDatabase, postgresUrl, refusalOf, sqliteDatabase, value, type TestDatabase } from './databases.ts';

const disposals: TestDatabase[] = [];
afterEach(async () => {
  for (const database of disposals.splice(0)) await database.dispose();
});

function newFile() {
  const database = sqliteDatabase();
  disposals.push(database);
  if (database.place.kind !== 'sqlite') throw new Error('not a file');
  return { ...database, file: database.place.file };
}

async function newSchema() {
  const database = await postgresDatabase();
  disposals.push(database);
  if (database.place.kind !== 'postgres') throw new Error('not a schema');
  return { ...database, url: database.place.url, schema: database.place.schema ?? '' };
}

const program = fileURLToPath(new URL('store-process.ts', import.meta.url));
const openInProcess = (file: string, failpoints = '') => spawnSync(process.execPath, [program, file, 'open', failpoints], { encoding: 'utf8' });

/** What every table has, as lines `table.column type null?`; the tables one database alone has are left out. */
const ownTables = new Set(['commit_marks']);

function tellColumns(rows: readonly Record<string, unknown>[]): readonly string[] {
  return rows
    .filter((row) => !ownTables.has(String(row['t'])) && !String(row['t']).startsWith('entry_search'))
    .map(
      (row) =>
        `${String(row['t'])}.${String(row['c'])} ${String(row['type']).toLowerCase().replace('bigint', 'integer')}${row['required'] === 1 ? '' : ' or null'}`,
    )
    .toSorted();
}

describe.skipIf(postgresUrl() === undefined)('both databases', () => {
  test('have the same tables with the same columns', async () => {
    const [file, schema] = [newFile(), await newSchema()];
    await file.open();
    await schema.open();
    const ofSqlite = await file.raw(`select m.name as t, c.name as c, c.type as type, c."notnull" as required
      from sqlite_schema as m join pragma_table_info(m.name) as c where m.type = 'table' and m.name not like 'sqlite_%'`);
    const ofPostgres = await schema.raw(`select table_name as t, column_name as c, data_type as type, case when is_nullable = 'NO' then 1 else 0 end as required
      from information_schema.columns where table_schema = current_schema()`);
    expect(tellColumns(ofSqlite)).toEqual(tellColumns(ofPostgres));
    expect(tellColumns(ofSqlite).length).toBeGreaterThan(120);
  });

  test('have the same migrations under the same names with the same marks', () => {
    const marks = (kind: 'sqlite' | 'postgres') => loadMigrations(kind).map(({ version, name, breaking }) => [version, name, breaking]);
    expect(marks('sqlite')).toEqual(marks('postgres'));
  });
});

const next = (sql: string, breaking = true): Migration => ({ version: loadMigrations('sqlite').length + 1, name: '9999-next', breaking, sql });

describe('an interrupted migration', () => {
  test('killed before or after the commit of any step of a new file: the next start finishes it', async () => {
    const steps = loadMigrations('sqlite').length;
    for (const point of ['before', 'after']) {
      for (let step = 1; step <= steps; step += 1) {
        const file = newFile();
        expect(openInProcess(file.file, `migration.${point}-commit=kill@${step}`).signal).toBe('SIGKILL');
        const left = new DatabaseSync(file.file);
        const applied =
          left.prepare("select count(*) as n from sqlite_schema where name = 'schema_version'").get()?.['n'] === 1
            ? left.prepare('select max(version) as n from schema_version').get()?.['n']
            : 0;
        left.close();
        expect(applied).toBe(point === 'before' ? step - 1 : step);
        await expectSound(await file.open());
      }
    }
  });

  test('one that fails half-way leaves the tables and the version as they were, and a checked backup', async () => {
    const file = newFile();
    await (await file.open()).close();
    const db = new DatabaseSync(file.file);
    const before = db.prepare('select name, sql from sqlite_schema order by name').all();
    const backups: string[] = [];
    const parts = {
      file: file.file,
      now: () => 1,
      backup: async ({ name }: Migration) => {
        const target = join(file.file, '..', `before-${name}.db`);
        backups.push(value(await copyDatabase(file.file, target)).file);
      },
      known: [...loadMigrations('sqlite'), next('create table half (a integer) strict; insert into nowhere values (1);')],
    };
    await expect(migrateSqlite(db, parts)).rejects.toThrow(/nowhere/);
    expect(db.prepare('select name, sql from sqlite_schema order by name').all()).toEqual(before);
    expect(db.isTransaction).toBe(false);
    db.close();
    expect(backups.length).toBe(1);
    const copy = new DatabaseSync(backups[0] ?? '', { readOnly: true });
    expect(copy.prepare('select max(version) as v from schema_version').get()).toEqual({ v: loadMigrations('sqlite').length });
    copy.close();
    await expectSound(await file.open());
  });

  test.skipIf(postgresUrl() === undefined)('one that fails half-way on PostgreSQL leaves nothing behind', async () => {
    const schema = await newSchema();
    await schema.open();
    const pool = openPool(schema, 2);
    const known = [...loadMigrations('postgres'), next('create table half (a bigint); insert into nowhere values (1);')];
    await expect(migratePostgres(pool, { schema: schema.schema, location: 'test', now: () => 1, known })).rejects.toThrow(/nowhere/);
    expect(await schema.raw("select 1 from information_schema.tables where table_schema = current_schema() and table_name = 'half'")).toEqual([]);
    expect(await schema.raw('select count(*)::int as n from schema_version')).toEqual([{ n: loadMigrations('postgres').length }]);
    await pool.end();
  });

  test.skipIf(postgresUrl() === undefined)('of daemons that start on a new schema at once, one migrates and all open', async () => {
    const schema = await newSchema();
    const stores = await Promise.all(Array.from({ length: 5 }, () => schema.open()));
    expect(await schema.raw('select version::int as v from schema_version order by version')).toEqual(
      loadMigrations('postgres').map(({ version }) => ({ v: version })),
    );
    for (const store of stores) await store.journal.appendEvents([{ stream: 's', type: 'turn.started', actor: 'daemon', provenance: null, data: {} }]);
    await expectSound(stores[0] ?? (await schema.open()));
  });
});

describe('a database of the future', () => {
  const later = loadMigrations('sqlite').length + 1;

  test('is refused, and not a byte of the file changes', async () => {
    const file = newFile();
    await (await file.open()).close();
    const db = new DatabaseSync(file.file);
    db.exec(`insert into schema_version values (${later}, 'one-later', 0, 1); create table later (a)`);
    db.close();
    const before = sha256(readFileSync(file.file));
    const refused = await openStore(file.place, { clock: file.clock, ids, boot: 'b' });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'storage-unavailable', message: expect.stringContaining('one-later') } });
    expect(sha256(readFileSync(file.file))).toBe(before);
    for (const left of readdirSync(join(file.file, '..'))) if (left.endsWith('-wal') || left.endsWith('-shm')) rmSync(join(file.file, '..', left));
    expect(existsSync(join(file.file, '..', 'backups'))).toBe(false);
  });

  test.skipIf(postgresUrl() === undefined)('is refused on PostgreSQL when a step breaks older daemons, and used when none does', async () => {
    const schema = await newSchema();
    await (await schema.open()).close();
    await schema.raw(`insert into schema_version values (${later}, 'one-later', 0, 1)`);
    await (await schema.open()).close();
    await schema.raw(`insert into schema_version values (${later + 1}, 'breaking', 1, 1)`);
    expect(refusalOf(await openStore(schema.place, { clock: schema.clock, ids, boot: 'b' }))).toBe('storage-unavailable');
  });

  test('a gap in what was applied is filled, in order', () => {
    const known = [1, 2, 3].map((version) => ({ ...next(''), version, name: `${version}` }));
    const applied = [{ version: 2, name: '2', breaking: true }];
    expect(value(pendingMigrations(known, applied, 'sqlite', 'x')).map(({ version }) => version)).toEqual([1, 3]);
  });
});
