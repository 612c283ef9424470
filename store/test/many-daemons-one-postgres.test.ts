/** What is true of PostgreSQL alone: several daemons, connections that break, a server that goes away. */
import { expectDone } from '@guildhall/protocol';
import type { NewEvent } from '@guildhall/kernel';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../../scripts/postgres.ts';
import { openStore, type Store } from '../src/index.ts';
import { startProxy } from './postgres-proxy.ts';
import { expectSound, ids, postgresDatabase, postgresUrl, refusalOf, testClock, value } from './databases.ts';
import { beginTurn, reply } from './session-fixtures.ts';

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function event(mark: string): NewEvent {
  return { stream: `s ${mark.length % 3}`, type: 'turn.started', actor: 'daemon', provenance: null, data: { mark } };
}

async function newSchema() {
  const database = await postgresDatabase();
  cleanUps.push(() => database.dispose());
  if (database.place.kind !== 'postgres') throw new Error('not a schema');
  const { url, schema = '' } = database.place;
  return { ...database, url, schema };
}

async function openAt(url: string, schema: string, pollMs = 200, boot = ids.next('boot')): Promise<Store> {
  const store = expectDone(await openStore({ kind: 'postgres', url, schema, pollMs }, { clock: testClock(), ids, boot }));
  cleanUps.push(() => store.close());
  return store;
}

/** How often each mark was recorded. */
async function countMarks(store: Store): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let cursor = '';
  for (;;) {
    const page = value(await store.journal.readEvents({ after: cursor, limit: 500 }));
    if (page.events.length === 0) return counts;
    for (const { data } of page.events) counts[String(data?.['mark'])] = (counts[String(data?.['mark'])] ?? 0) + 1;
    cursor = page.cursor;
  }
}

describe.skipIf(postgresUrl() === undefined)('several daemons on one PostgreSQL', () => {
  test('tell each other at once that the journal grew', async () => {
    const schema = await newSchema();
    const [a, b] = [await openAt(schema.url, schema.schema, 600_000), await openAt(schema.url, schema.schema, 600_000)];
    let woken = 0;
    cleanUps.push(b.wakeups.onAppend(() => void (woken += 1)));
    // Its connection may still be on the way to listening; each append tells again.
    await expect.poll(async () => (await a.journal.appendEvents([event('x')])).length > 0 && woken, { timeout: 10_000, interval: 100 }).toBeGreaterThan(0);
  });

  test('leave alone what another living one is sending, and take over when it is gone', async () => {
    const schema = await newSchema();
    const [a, b] = [await openAt(schema.url, schema.schema), await openAt(schema.url, schema.schema)];
    const held = await beginTurn(a.sessions);
    const outbound = reply();
    value(await a.sessions.finishTurn(held.fence, held.turn.id, { text: 'x', usage: null }, outbound));
    value(await a.sessions.beginSend(outbound.id));
    expect(await b.sessions.recoverOutbound([])).toEqual([]);
    expect(await b.idempotency.begin('key', 'cred', 'd')).toEqual({ state: 'first', attempt: 1 });
    await a.close();
    expect((await b.sessions.recoverOutbound([])).map(({ status }) => status)).toEqual(['unknown']);
    await expectSound(b);
  });

  test('go on when a newer one has added a column to a table they read', async () => {
    const schema = await newSchema();
    const store = await openAt(schema.url, schema.schema);
    const lease = value(await store.leases.acquireLease('one', 'a', 60_000));
    for (let often = 0; often < 8; often += 1) value(await store.leases.renewLease(lease, 60_000));
    await schema.raw("alter table leases add column later text not null default ''");
    expect(await store.leases.readLease('one')).toMatchObject({ epoch: 1 });
    expect(value(await store.leases.renewLease(lease, 60_000))).toMatchObject({ holder: 'a', epoch: 1 });
  });

  test('when connections are cut again and again under load, nothing is lost and nothing comes twice', async () => {
    const schema = await newSchema();
    const boots = [ids.next('boot'), ids.next('boot')];
    const stores = [await openAt(schema.url, schema.schema, 200, boots[0]), await openAt(schema.url, schema.schema, 200, boots[1])];
    const admin = new pg.Client({ connectionString: schema.url });
    await admin.connect();
    cleanUps.push(() => admin.end());
    let writing = true;
    const cutter = (async () => {
      for (let cuts = 0; writing; cuts += 1) {
        await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = any($1) and state <> 'idle'", [
          boots.map((boot) => `guildhall ${boot}`),
        ]);
        await testClock().sleep(40);
      }
    })();
    const marks = Array.from({ length: 120 }, (_, index) => `mark ${index}${'.'.repeat(index % 3)}`);
    await Promise.all(
      Array.from({ length: 6 }, async (_, lane) => {
        for (let index = lane; index < marks.length; index += 6) await (stores[index % 2] ?? stores[0])?.journal.appendEvents([event(marks[index] ?? '')]);
      }),
    ).finally(() => {
      writing = false;
    });
    await cutter;
    const [store] = stores;
    if (store === undefined) throw new Error('no store');
    expect(await countMarks(store)).toEqual(Object.fromEntries(marks.map((mark) => [mark, 1])));
    await expectSound(store);
  });
});

/** As it goes over the wire. */
const commitMessage = 'Q\0\0\0\u{b}commit\0';

describe.skipIf(postgresUrl() === undefined)('a commit whose answer is lost', () => {
  test.each([
    ['the commit had arrived', 'cut-after'],
    ['the commit never arrived', 'cut-before'],
  ] as const)('happens exactly once when %s', async (_, fate) => {
    const schema = await newSchema();
    const proxy = await startProxy(schema.url);
    cleanUps.push(() => proxy.close());
    const store = await openAt(proxy.url, schema.schema);
    for (let round = 0; round < 4; round += 1) {
      let cuts = 2;
      proxy.onSend = (text) => (text.includes(commitMessage) && cuts-- > 0 ? fate : 'pass');
      const [appended] = await store.journal.appendEvents([event(`round ${round}`)]);
      expect(cuts).toBeLessThan(2);
      expect(value(await store.journal.readEvents({ after: '', limit: 10 })).events.at(-1)).toEqual(appended);
      const lease = value(await store.leases.acquireLease(`lease ${round}`, 'a', 60_000));
      expect(lease.epoch).toBe(1);
    }
    proxy.onSend = () => 'pass';
    expect(await countMarks(store)).toEqual({ 'round 0': 1, 'round 1': 1, 'round 2': 1, 'round 3': 1 });
    await expectSound(store);
  });

  test('a lost commit of a lease is told as what it was', async () => {
    const schema = await newSchema();
    const proxy = await startProxy(schema.url);
    cleanUps.push(() => proxy.close());
    const store = await openAt(proxy.url, schema.schema);
    let cuts = 1;
    proxy.onSend = (text) => (text.includes(commitMessage) && cuts-- > 0 ? 'cut-after' : 'pass');
    expect(value(await store.leases.acquireLease('one', 'a', 60_000))).toMatchObject({ holder: 'a', epoch: 1 });
    expect(refusalOf(await store.leases.acquireLease('one', 'b', 60_000))).toBe('lease-held');
  });
});

describe.skipIf(postgresUrl() === undefined)('a connection that died in silence', () => {
  test('is noticed by the one that listens, and what happened meanwhile is found', async () => {
    const schema = await newSchema();
    const proxy = await startProxy(schema.url);
    cleanUps.push(() => proxy.close());
    let freezing = false;
    const listeners: string[] = [];
    proxy.onSend = (text) => {
      if (text.includes('listen "')) listeners.push(text);
      return freezing && text.includes('select position from journal_head') ? 'freeze' : 'pass';
    };
    const deaf = await openAt(proxy.url, schema.schema);
    const other = await openAt(schema.url, schema.schema);
    await expect.poll(() => listeners.length, { timeout: 10_000 }).toBe(1);
    freezing = true;
    await testClock().sleep(500);
    let woken = 0;
    cleanUps.push(deaf.wakeups.onAppend(() => void (woken += 1)));
    await other.journal.appendEvents([event('meanwhile')]);
    freezing = false;
    await expect.poll(() => woken, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect.poll(() => listeners.length, { timeout: 20_000 }).toBeGreaterThan(1);
  });
});

describe.skipIf(postgresUrl() === undefined)('a server that crashes and comes back', () => {
  test('loses nothing that was acknowledged, and the daemon goes on by itself', async () => {
    const server = await startPostgres();
    if (!('url' in server)) throw new Error(server.missing);
    cleanUps.push(() => server.stop());
    const store = await openAt(server.url, 'crashing');
    const acknowledged: string[] = [];
    let writing = true;
    const lanes = Promise.all(
      Array.from({ length: 4 }, async (_, lane) => {
        for (let count = 0; writing; count += 1) {
          const mark = `${lane} ${count}`;
          await store.journal.appendEvents([event(mark)]);
          acknowledged.push(mark);
        }
      }),
    );
    for (let crash = 0; crash < 3; crash += 1) {
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
      server.crashAndRestart();
    }
    const before = acknowledged.length;
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 20);
    writing = false;
    await lanes;
    const counts = await countMarks(store);
    expect(acknowledged.filter((mark) => counts[mark] !== 1)).toEqual([]);
    expect(Object.values(counts).every((count) => count === 1)).toBe(true);
    await expectSound(store);
  });
});

describe.skipIf(postgresUrl() === undefined)('what cannot be used', () => {
  const parts = () => ({ clock: testClock(), ids, boot: ids.next('boot') });
  const open = (url: string, schema = 'public') => openStore({ kind: 'postgres', url, schema }, parts());

  test('a server that is not there, a name that is no schema, and settings that lose what was acknowledged are refused', async () => {
    const url = postgresUrl() ?? '';
    expect(refusalOf(await open('postgres://nobody@/x?host=%2Fnowhere'))).toBe('storage-unavailable');
    expect(refusalOf(await open(url.replace('/postgres?', '/no_such_database?')))).toBe('storage-unavailable');
    for (const name of ['Upper', 'x; drop schema public', '', '"', '1st', 'x'.repeat(60)]) expect(refusalOf(await open(url, name))).toBe('invalid-input');
    const unsafe = await open(`${url}&options=-c%20synchronous_commit%3Doff`);
    expect(unsafe).toMatchObject({ ok: false, refusal: { code: 'storage-unavailable', message: expect.stringContaining('synchronous_commit') } });
  });

  test('a password is never shown', async () => {
    const refused = await open('postgres://user:hunter2@127.0.0.1:1/x');
    expect(refusalOf(refused)).toBe('storage-unavailable');
    expect(JSON.stringify(refused)).not.toContain('hunter2');
  });

  test('options in the URL are kept beside the schema', async () => {
    const schema = await newSchema();
    const store = await openAt(`${schema.url}&options=-c%20lock_timeout%3D1234`, schema.schema);
    await store.journal.appendEvents([event('here')]);
    expect(await schema.raw('select count(*)::int as n from events')).toEqual([{ n: 1 }]);
  });
});
