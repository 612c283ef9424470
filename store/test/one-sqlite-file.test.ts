/** What is true of a SQLite file alone: who may open it, what happens to it when things go wrong, and what comes back afterwards. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sha256, type NewEvent } from '@guildhall/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from '../src/index.ts';
import { isLibrarySafe } from '../src/sqlite/connection.ts';
import { networkFileSystem } from '../src/sqlite/network-file-system.ts';
import { expectSound, ids, refusalOf, sqliteDatabase, testClock, value, type TestDatabase } from './databases.ts';
import { beginTurn } from './session-fixtures.ts';

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function newDatabase(folder?: string): TestDatabase & { readonly file: string } {
  const database = sqliteDatabase(folder);
  cleanUps.push(() => database.dispose());
  if (database.place.kind !== 'sqlite') throw new Error('not a file');
  return { ...database, file: database.place.file };
}

const event: NewEvent = { stream: 's', type: 'turn.started', actor: 'daemon', provenance: null, data: { n: 1 } };

const program = fileURLToPath(new URL('store-process.ts', import.meta.url));

/** A process of its own that opens the file, and does what it is told until it is killed. */
function startProcess(file: string, task: string, failpoints = ''): ChildProcess & { readonly lines: string[] } {
  const child = spawn(process.execPath, [program, file, task, failpoints], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  cleanUps.push(() => void child.kill('SIGKILL'));
  return Object.assign(child, { lines });
}

describe('two daemons, one file', () => {
  test('the second is refused and told who the first is; when the first is killed the file is free at once', async () => {
    const database = newDatabase();
    const first = startProcess(database.file, 'hold');
    await expect.poll(() => first.lines, { timeout: 20_000 }).toEqual(['ready']);
    const second = await openStore(database.place, { clock: database.clock, ids, boot: 'boot_b' });
    expect(second).toMatchObject({ ok: false, refusal: { code: 'already-running', details: { pid: first.pid, url: 'http://127.0.0.1:4733' } } });
    if (!second.ok) expect(second.refusal.message).toContain('http://127.0.0.1:4733');
    first.kill('SIGKILL');
    await once(first, 'exit');
    const store = await database.open();
    expect(refusalOf(await openStore(database.place, { clock: database.clock, ids, boot: 'boot_c' }))).toBe('already-running');
    await store.close();
    await database.open();
  });
});

describe('what was acknowledged is kept', () => {
  test('killed again and again while it writes: every acknowledged event is there, and everything holds', async () => {
    const database = newDatabase();
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const child = startProcess(database.file, `write ${round}`);
      await expect.poll(() => child.lines.length, { timeout: 20_000 }).toBeGreaterThan(20 + round * 7);
      child.kill('SIGKILL');
      await once(child, 'exit');
      acknowledged.push(...child.lines.filter((line) => line.startsWith('ack ')).map((line) => line.slice(4)));
    }
    const store = await database.open();
    await expectSound(store);
    const kept = new Set((await database.raw('select data from event_bodies')).map((row) => String(row['data'])));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((mark) => !kept.has(JSON.stringify({ mark })))).toEqual([]);
  });

  test('the settings that keep it are on', async () => {
    const database = newDatabase();
    await database.open();
    expect(await database.raw('pragma journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
    expect(statSync(database.file).mode & 0o777).toBe(0o600);
  });
});

describe('many transactions, one commit', () => {
  test('one that fails is taken back alone; the others stay', async () => {
    const database = newDatabase();
    const store = await database.open();
    const bad: NewEvent = { ...event, data: { n: Number.NaN } };
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => store.journal.appendEvents([event, index % 3 === 0 ? bad : event])));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(20);
    expect(await database.raw('select count(*) as n from events')).toMatchObject([{ n: 40 }]);
    await expectSound(store);
  });

  test('thousands of small ones a second', async () => {
    const database = newDatabase();
    const store = await database.open();
    const startedAt = performance.now();
    let left = 2_000;
    await Promise.all(
      Array.from({ length: 16 }, async (_, lane) => {
        while (left-- > 0) await store.journal.appendEvents([{ ...event, stream: `lane ${lane}` }]);
      }),
    );
    // Ten times less than a quiet machine does, because this one is shared.
    expect(2_000 / ((performance.now() - startedAt) / 1_000)).toBeGreaterThan(300);
  });

  test('a long read does not keep the others waiting', async () => {
    const database = newDatabase();
    const store = await database.open();
    for (let round = 0; round < 20; round += 1) await store.journal.appendEvents(Array.from({ length: 500 }, () => event));
    const checked = store.journal.verifyJournal();
    let longest = 0;
    let running = true;
    void checked.finally(() => {
      running = false;
    });
    while (running) {
      const before = performance.now();
      await pause(1);
      longest = Math.max(longest, performance.now() - before);
    }
    expect(await checked).toMatchObject({ valid: true, events: 10_000 });
    expect(longest).toBeLessThan(500);
  });
});

/** A disk of two megabytes, where this process may mount one; undefined where not. */
function mountSmallDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-small-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  cleanUps.push(() => void execFileSync('umount', ['-l', folder]));
  return folder;
}

describe('a small disk', () => {
  test('without room nothing is half done, reads go on, and writes go on once there is room', async ({ skip }) => {
    const folder = mountSmallDisk();
    if (folder === undefined) {
      skip('only root may mount a small disk');
      return;
    }
    const database = sqliteDatabase(join(folder, 'home'));
    mkdirSync(join(folder, 'home'));
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(600_000));
    const store = await database.open();
    const held = await beginTurn(store.sessions);
    let notes = 0;
    const fill = async () => {
      for (; notes < 1_000; notes += 1) value(await store.sessions.recordNote(held.fence, held.turn.id, { code: 'hook', text: `${notes} `.repeat(2_000) }));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'storage-unavailable' });
    const large = Array.from({ length: 200 }, () => ({ ...event, data: { text: 'x'.repeat(2_000) } }));
    await expect(store.journal.appendEvents(large)).rejects.toMatchObject({ code: 'storage-unavailable' });
    expect((await store.sessions.readEntries(held.turn.sessionKey, { last: true, limit: 1 }))[0]?.seq).toBe(notes + 1);
    rmSync(join(folder, 'ballast'));
    value(await store.sessions.recordNote(held.fence, held.turn.id, { code: 'hook', text: 'room again' }));
    await expectSound(store);
    await store.close();
  });

  test('that becomes read-only refuses writes, answers reads, and takes writes again afterwards', async ({ skip }) => {
    const folder = mountSmallDisk();
    if (folder === undefined) {
      skip('only root may mount a small disk');
      return;
    }
    const database = sqliteDatabase(join(folder, 'home'));
    mkdirSync(join(folder, 'home'));
    await (await database.open()).close();
    const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, folder]);
    remount('ro');
    expect(refusalOf(await openStore(database.place, { clock: database.clock, ids, boot: 'b' }))).toBe('storage-unavailable');
    remount('rw');
    const store = await database.open();
    await store.journal.appendEvents([event]);
    await store.close();
  });
});

describe('a file that is not as it was', () => {
  test('gone, replaced, or without its log while it is open: nothing more is written, and nothing new is made', async () => {
    for (const ending of ['', '-wal']) {
      const database = newDatabase();
      const store = await database.open();
      await store.journal.appendEvents([event]);
      renameSync(`${database.file}${ending}`, `${database.file}.away`);
      await expect(store.journal.appendEvents([event])).rejects.toMatchObject({ code: 'storage-unavailable' });
      expect(existsSync(`${database.file}${ending}`)).toBe(false);
      renameSync(`${database.file}.away`, `${database.file}${ending}`);
      await store.journal.appendEvents([event]);
      await expectSound(store);
    }
  });

  test('gone before the start, with its log left behind: refused, nothing is made', async () => {
    const database = newDatabase();
    writeFileSync(`${database.file}-wal`, 'what was written last');
    expect(refusalOf(await openStore(database.place, { clock: database.clock, ids, boot: 'b' }))).toBe('storage-unavailable');
    expect(existsSync(database.file)).toBe(false);
  });

  test('damaged, foreign or no database at all: refused, and left byte for byte', async () => {
    const database = newDatabase();
    const store = await database.open();
    for (let round = 0; round < 50; round += 1) await store.journal.appendEvents([{ ...event, data: { text: 'x'.repeat(1_000) } }]);
    await store.close();
    const good = readFileSync(database.file);
    const foreign = new DatabaseSync(join(tmpdir(), ids.next('foreign')));
    foreign.exec('create table theirs (a)');
    const foreignBytes = readFileSync(foreign.location() ?? '');
    foreign.close();
    const damaged = Buffer.from(good);
    damaged.fill(0xa5, 20_000, 40_000);
    for (const bytes of [damaged, foreignBytes, Buffer.from('not a database, but long enough to look like something'.repeat(100))]) {
      writeFileSync(database.file, bytes);
      expect(refusalOf(await openStore(database.place, { clock: database.clock, ids, boot: 'b' }))).toBe('storage-unavailable');
      expect(sha256(readFileSync(database.file))).toBe(sha256(bytes));
    }
    writeFileSync(database.file, good);
    await expectSound(await database.open());
  });
});

describe('where a file may be', () => {
  test('file systems of other machines are known by their number', () => {
    for (const [type, name] of [
      [0x6969, 'NFS'],
      [0x01021997, '9p'],
      [0xfe534d42, 'SMB2'],
      [0xfe534d42 - 2 ** 32, 'SMB2'],
    ] as const)
      expect(networkFileSystem(type)).toBe(name);
    for (const local of [0xef53, 0x794c7630, 0x01021994, 0x9123683e]) expect(networkFileSystem(local)).toBeUndefined();
  });

  test('a library that can damage a file is known by its version', () => {
    expect(['3.51.3', '3.52.0', '3.53.4', '4.0.0'].map(isLibrarySafe)).toEqual([true, true, true, true]);
    expect(['3.51.2', '3.50.9', '3.45.1', '2.99.99', ''].map(isLibrarySafe)).toEqual([false, false, false, false, false]);
  });
});

describe('lease time', () => {
  test('goes on where it stopped, and what an earlier boot held as a node has lapsed at once', async () => {
    const database = newDatabase();
    const first = await database.open('boot_1');
    const node = value(await first.leases.acquireLease('session:a', 'node:boot_1', 3_600_000));
    const part = value(await first.leases.acquireLease('session:b', 'node:boot_1/worker', 3_600_000));
    const lane = value(await first.leases.acquireLease('claim:x', 'lane:far', 60_000));
    await database.advance(30_000);
    await first.journal.appendEvents([event]);
    await first.close();
    database.clock.jump(-86_400_000);
    const second = await database.open('boot_2');
    expect((await second.leases.lapsedLeases('session:', 10)).map(({ lease }) => lease)).toEqual(['session:a', 'session:b']);
    expect(refusalOf(await second.leases.renewLease(node, 1_000))).toBe('stale-claim');
    expect(refusalOf(await second.leases.renewLease(part, 1_000))).toBe('stale-claim');
    expect(refusalOf(await second.leases.acquireLease('claim:x', 'lane:other', 1_000))).toBe('lease-held');
    await database.advance(31_000);
    expect(value(await second.leases.acquireLease('claim:x', 'lane:other', 1_000)).epoch).toBe(lane.epoch + 1);
  });
});

describe('a new clock at every start', () => {
  test('never takes lease time back, however early the process began', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'guildhall-store-'));
    cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
    let newest = 0;
    for (const mono of [1_000_000, 5, 900]) {
      const clock = { ...testClock(), mono: () => mono };
      const store = value(await openStore({ kind: 'sqlite', file: join(folder, 'g.db') }, { clock, ids, boot: ids.next('boot') }));
      const lease = value(await store.leases.acquireLease(ids.next('l'), 'h', 10));
      expect(lease.expiresAt).toBeGreaterThanOrEqual(newest);
      newest = lease.expiresAt - 10;
      await store.close();
    }
  });
});

describe('a copy', () => {
  test('is one file, taken while others write, checked, never over another', async () => {
    const database = newDatabase();
    const store = await database.open();
    let writing = true;
    const writes = (async () => {
      while (writing) await store.journal.appendEvents([event]);
    })();
    const target = join(database.file, '..', 'copies', 'one.db');
    const copied = value(await store.backup(target));
    writing = false;
    await writes;
    expect(copied).toEqual({ file: target, bytes: statSync(target).size });
    expect(existsSync(`${target}-wal`)).toBe(false);
    expect(refusalOf(await store.backup(target))).toBe('already-exists');
    expect(await database.raw("select type from events where type = 'backup.taken'")).toHaveLength(1);
    copyFileSync(target, `${target}.again`);
    const copy = sqliteDatabase(mkdtempSync(join(tmpdir(), 'guildhall-copy-')));
    cleanUps.push(() => copy.dispose());
    if (copy.place.kind === 'sqlite') copyFileSync(target, copy.place.file);
    await expectSound(await copy.open());
  });
});
