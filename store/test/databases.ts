/** Real databases for tests: a SQLite file in a directory of its own, or a schema of its own in the PostgreSQL of the run. Time moves when told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, systemIds, type Clock } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject } from 'vitest';
import { openStore, type Store, type StorePlace } from '../src/index.ts';

export const ids = systemIds(() => Date.now());

/** The real clock, plus what was added to it. `jump` moves the wall clock alone. */
export interface TestClock extends Clock {
  advance(ms: number): void;
  jump(ms: number): void;
}

export function testClock(): TestClock {
  let passed = 0;
  let jumped = 0;
  return {
    now: () => systemClock.now() + passed + jumped,
    mono: () => systemClock.mono() + passed,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    advance: (ms) => void (passed += ms),
    jump: (ms) => void (jumped += ms),
  };
}

export interface TestDatabase {
  readonly kind: 'sqlite' | 'postgres';
  readonly place: StorePlace;
  readonly clock: TestClock;
  /** Opens it; closed by `dispose` at the latest. On PostgreSQL several may be open at once. */
  open(boot?: string): Promise<Store>;
  /** Lets `ms` of lease time and of every other time pass. */
  advance(ms: number): Promise<void>;
  /** Reads or damages the tables past the store. */
  raw(sql: string): Promise<readonly Record<string, unknown>[]>;
  dispose(): Promise<void>;
}

export function sqliteDatabase(folder = mkdtempSync(join(tmpdir(), 'guildhall-store-'))): TestDatabase {
  const clock = testClock();
  const opened: Store[] = [];
  const file = join(folder, 'guildhall.db');
  const place = { kind: 'sqlite', file } as const;
  return {
    kind: 'sqlite',
    place,
    clock,
    async open(boot = ids.next('boot')) {
      const store = expectDone(await openStore(place, { clock, ids, boot }));
      opened.push(store);
      return store;
    },
    async advance(ms) {
      clock.advance(ms);
    },
    async raw(sql) {
      const db = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: false });
      try {
        return db.prepare(sql).all();
      } finally {
        db.close();
      }
    },
    async dispose() {
      for (const store of opened) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function postgresUrl(): string | undefined {
  const provided = inject('postgres');
  return 'url' in provided ? provided.url : undefined;
}

export async function postgresDatabase(url = postgresUrl()): Promise<TestDatabase> {
  if (url === undefined) throw new Error('there is no PostgreSQL in this run');
  const clock = testClock();
  const opened: Store[] = [];
  const schema = `t_${ids
    .next('s')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')}`;
  const place = { kind: 'postgres', url, schema, pollMs: 200 } as const;
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${schema}` });
  await client.connect();
  return {
    kind: 'postgres',
    place,
    clock,
    async open(boot = ids.next('boot')) {
      const store = expectDone(await openStore(place, { clock, ids, boot }));
      opened.push(store);
      return store;
    },
    async advance(ms) {
      clock.advance(ms);
      await client.query('update lease_clock set ms = ms + $1', [ms]);
    },
    async raw(sql) {
      const { rows } = await client.query<Record<string, unknown>>(sql);
      return rows;
    },
    async dispose() {
      for (const store of opened) await store.close();
      await client.query(`drop schema if exists "${schema}" cascade`);
      await client.end();
    },
  };
}

/** What a suite works with; filled before its first test. */
export interface Suite {
  database: TestDatabase;
  store: Store;
}

/** Runs a suite over both databases. After every test all invariants must hold, so each test is one of them all. */
export function onBothDatabases(name: string, suite: (parts: Suite) => void): void {
  const kinds = { SQLite: async () => sqliteDatabase(), PostgreSQL: postgresDatabase };
  for (const [kind, make] of Object.entries(kinds)) {
    describe.skipIf(kind === 'PostgreSQL' && postgresUrl() === undefined)(`${name} on ${kind}`, () => {
      const parts = {} as Suite;
      beforeAll(async () => {
        parts.database = await make();
        parts.store = await parts.database.open();
      });
      afterEach(async () => {
        await expectSound(parts.store);
      });
      afterAll(async () => {
        await parts.database.dispose();
      });
      suite(parts);
    });
  }
}

/** Three daemons where the database takes several, else the one, three times. */
export async function severalDaemons({ database, store }: Suite): Promise<{ of(index: number): Store; close(): Promise<void> }> {
  const others = database.kind === 'postgres' ? [await database.open(), await database.open()] : [];
  const all = [store, ...others];
  return {
    of: (index) => all[index % all.length] ?? store,
    async close() {
      for (const other of others) await other.close();
    },
  };
}

/** Every invariant holds. */
export async function expectSound(store: Store): Promise<void> {
  const findings = await store.verify();
  expect(findings.filter((finding) => !finding.ok)).toEqual([]);
}

/** The value, or a failing test that shows the refusal. */
export { expectDone as value } from '@guildhall/protocol';

/** The code of a refusal; fails where there was none. */
export function refusalOf(settled: { readonly ok: true } | { readonly ok: false; readonly refusal: { readonly code: string } }): string {
  if (settled.ok) throw new Error('it was not refused');
  return settled.refusal.code;
}
