/** Somebody changes the past behind the store's back: the verification says so, and where. */
import fc from 'fast-check';
import type { JournalStore, NewEvent } from '@guildhall/kernel';
import { describe, expect, test } from 'vitest';
import { onBothDatabases, postgresDatabase, postgresUrl, sqliteDatabase, type TestDatabase } from './databases.ts';
import { provenance } from './session-fixtures.ts';

function history(stream: string, count: number): readonly NewEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    stream,
    type: 'turn.started',
    actor: 'operator',
    provenance: index % 2 === 0 ? provenance : null,
    data: { index },
  }));
}

const columns = {
  stream: "stream = 'c'",
  seq: 'seq = seq + 100',
  at: 'at = at + 1',
  type: "type = 'turn.failed'",
  actor: "actor = 'daemon'",
  provenance: "provenance = replace(provenance, 'operator', 'peer')",
  body_digest: "body_digest = replace(body_digest, substr(body_digest, 1, 1), 'x')",
  prev_hash: "prev_hash = replace(prev_hash, substr(prev_hash, 1, 1), 'x')",
  hash: "hash = replace(hash, substr(hash, 1, 1), 'x')",
} as const;

/** Each with the column its rows are told apart by. */
const everyColumn = [
  ...['stream', 'seq', 'at', 'type', 'actor', 'provenance', 'body_digest', 'prev_hash', 'hash', 'position'].map(
    (column) => ['events', column, 'position'] as const,
  ),
  ...['data', 'position'].map((column) => ['event_bodies', column, 'position'] as const),
  ...['seq', 'hash', 'name'].map((column) => ['streams', column, 'name'] as const),
  ['journal_head', 'position', 'id'] as const,
];

const moved = (table: string, from: number, to: number) => `update ${table} set position = ${to} where position = ${from}`;
const exchanged = (table: string, one: number, other: number) => [moved(table, one, 900), moved(table, other, one), moved(table, 900, other)];
const copied = (at: number, seq: string) =>
  `insert into events select 21, stream, ${seq}, at, type, actor, provenance, body_digest, hash, hash from events where position = ${at}`;

/** What is done with the row at one position and another one of the same stream. */
const rowChanges: readonly (readonly [string, (at: number, other: number) => readonly string[]])[] = [
  ['delete', (at) => [`delete from event_bodies where position = ${at}`, `delete from events where position = ${at}`]],
  ['delete, body left', (at) => [`delete from events where position = ${at}`]],
  [
    'delete, gap closed',
    (at) => [
      `delete from event_bodies where position = ${at}`,
      `delete from events where position = ${at}`,
      ...Array.from({ length: 20 - at }, (_, n) => at + n + 1).flatMap((from) => [moved('events', from, from - 1), moved('event_bodies', from, from - 1)]),
      'update journal_head set position = 19',
    ],
  ],
  ['exchange', (at, other) => exchanged('events', at, other)],
  ['exchange with bodies', (at, other) => [...exchanged('events', at, other), ...exchanged('event_bodies', at, other)]],
  ['exchange of bodies', (at, other) => exchanged('event_bodies', at, other)],
  ['exchange of a body with the other stream', (at) => exchanged('event_bodies', at, at % 2 === 0 ? at - 1 : at + 1)],
  ['insert behind the end', (at) => [copied(at, 'seq + 100')]],
  ['insert as the newest', (at) => [copied(at, '11'), 'update journal_head set position = 21']],
  ['insert of a body', (at) => [`insert into event_bodies (position, data) select 21, data from event_bodies where position = ${at}`]],
];

/** The text with one byte that is another. */
function flipped(text: string, at: number, into: number): string {
  const bytes = [...text];
  const index = at % bytes.length;
  const other = String.fromCodePoint(33 + (into % 93));
  bytes[index] = bytes[index] === other ? '~' : other;
  return bytes.join('');
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The references between tables, which a vandal would lift as well. */
async function liftConstraints(database: TestDatabase): Promise<void> {
  if (database.kind === 'sqlite') return;
  await database.raw('alter table events drop constraint events_stream_fkey, drop constraint events_stream_seq_key');
  await database.raw('alter table event_bodies drop constraint event_bodies_position_fkey');
  await database.raw('alter table events drop constraint events_pkey');
}

const kinds = { SQLite: async () => sqliteDatabase(), PostgreSQL: postgresDatabase };

for (const [kind, make] of Object.entries(kinds)) {
  describe.skipIf(kind === 'PostgreSQL' && postgresUrl() === undefined)(`a journal on ${kind} that was changed by hand`, () => {
    /** A journal of two streams with ten events each, at the positions 1 to 20, alternating; the references between tables are out of the way. */
    async function tamperedBy(...statements: readonly string[]) {
      const database: TestDatabase = await make();
      try {
        const store = await database.open();
        const [a, b] = [history('a', 10), history('b', 10)];
        await store.journal.appendEvents(a.flatMap((event, index) => [event, b[index] ?? event]));
        const before = await store.journal.verifyJournal();
        expect(before).toMatchObject({ valid: true, events: 20 });
        await liftConstraints(database);
        for (const statement of statements) await database.raw(statement);
        const after = await store.journal.verifyJournal();
        const findings = await store.verify();
        expect(findings.some((finding) => !finding.ok)).toBe(!after.valid);
        return { before, after };
      } finally {
        await database.dispose();
      }
    }

    test.each(Object.entries(columns))('the column %s of one event', async (_, change) => {
      const { after } = await tamperedBy(`update events set ${change} where position = 5`);
      expect(after).toMatchObject({ valid: false, firstBad: { reason: expect.any(String) } });
    });

    test('the body of an event', async () => {
      for (const text of ['{"index":3}', '{"index":2', '']) {
        const { after } = await tamperedBy(`update event_bodies set data = '${text}' where position = 5`);
        expect(after).toMatchObject({ valid: false, firstBad: { stream: 'a', seq: 3 } });
      }
    });

    test('an event taken out of the middle, from the end, or with everything after it', async () => {
      const cut = (where: string) => [`delete from event_bodies where ${where}`, `delete from events where ${where}`];
      expect((await tamperedBy(...cut('position = 5'))).after).toMatchObject({ valid: false });
      expect((await tamperedBy(...cut('position = 20'))).after).toMatchObject({ valid: false });
      expect((await tamperedBy(...cut('position > 10'))).after).toMatchObject({ valid: false });
      const { after } = await tamperedBy(...cut('position > 10'), 'update journal_head set position = 10');
      expect(after).toMatchObject({ valid: false, firstBad: { seq: 10, reason: expect.stringContaining('head') } });
    });

    test('what is only told around the events: a head that is gone, an end moved back or gone, a body that belongs nowhere', async () => {
      expect((await tamperedBy("delete from streams where name = 'b'")).after).toMatchObject({ firstBad: { stream: 'b', seq: 10 } });
      expect((await tamperedBy('update journal_head set position = 18')).after).toMatchObject({
        firstBad: { stream: 'b', seq: 10, reason: expect.stringContaining('behind') },
      });
      expect((await tamperedBy('delete from journal_head')).after).toMatchObject({ valid: false, firstBad: { seq: 10 } });
      const { after } = await tamperedBy('update event_bodies set position = 77 where position = 5');
      expect(after).toMatchObject({ valid: false, erased: 1, firstBad: { reason: 'the body at position 77 belongs to no event' } });
    });

    test('what reads the same and is written otherwise', async () => {
      for (const text of ['null', '{"index":2.0}', '{ "index":2}', '{"inde\\u0078":2}'])
        expect((await tamperedBy(`update event_bodies set data = '${text}' where position = 5`)).after, text).toMatchObject({
          firstBad: { stream: 'a', seq: 3 },
        });
      expect((await tamperedBy("update events set provenance = 'null' where position = 3")).after).toMatchObject({ firstBad: { stream: 'a', seq: 2 } });
    });

    test('two events that changed places', async () => {
      const { after } = await tamperedBy(
        'update events set position = 900 where position = 5',
        'update events set position = 5 where position = 7',
        'update events set position = 7 where position = 900',
      );
      expect(after).toMatchObject({ valid: false, firstBad: { stream: 'a' } });
    });

    test('an event that was moved away from its place', async () => {
      const { after } = await tamperedBy(
        'update event_bodies set position = 25 where position = 20',
        'update events set position = 25 where position = 20',
        'update journal_head set position = 25',
      );
      expect(after).toMatchObject({ valid: false, firstBad: { stream: 'b', seq: 10 } });
    });

    test('an event that was put in', async () => {
      const { after } = await tamperedBy(
        "insert into events select 21, stream, 11, at, type, actor, provenance, body_digest, hash, hash from events where stream = 'a' and seq = 10",
        'update journal_head set position = 21',
        "update streams set seq = 11 where name = 'a'",
      );
      expect(after).toMatchObject({ valid: false, firstBad: { stream: 'a', seq: 11 } });
    });

    test('any byte of any column of events, bodies, heads and the end of the journal', async () => {
      const database: TestDatabase = await make();
      try {
        const store = await database.open();
        await store.journal.appendEvents(
          history('a', 6).flatMap((event) => [event, { ...event, stream: 'b', data: { deep: { 'k\u0001é': [1e21, null, 'x\ud800'] } } }]),
        );
        await liftConstraints(database);
        expect((await store.journal.verifyJournal()).valid).toBe(true);
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...everyColumn), fc.nat(), fc.nat(), fc.nat(), async ([table, column, key], row, at, into) => {
            const rows = await database.raw(`select ${key} as id, ${column} as was from ${table} order by ${key}`);
            const target = rows[row % rows.length];
            if (target === undefined || target['was'] === null) return;
            const was = String(target['was']);
            const changed =
              typeof target['was'] === 'number' || /^\d+$/.test(was)
                ? String(Number(was) + (column === 'seq' ? 100 : 1) + (into % 900))
                : flipped(was, at, into);
            // The same number twice in a key is refused by the database itself.
            if (column === key && rows.some(({ id }) => String(id) === changed)) return;
            const set = (from: string, to: string) => `update ${table} set ${column} = ${literal(to)} where ${key} = ${literal(from)}`;
            const id = String(target['id']);
            await database.raw(set(id, changed));
            const verdict = await store.journal.verifyJournal();
            expect(verdict, `${table}.${column} of ${id}: ${was} became ${changed}`).toMatchObject({ valid: false, firstBad: { reason: expect.any(String) } });
            if (table === 'events' && column !== 'position') {
              const [now] = await database.raw(`select stream, seq from events where position = ${id}`);
              expect({ stream: verdict.firstBad?.stream, seq: verdict.firstBad?.seq }).toEqual({ stream: now?.['stream'], seq: Number(now?.['seq']) });
            }
            await database.raw(column === key ? set(changed, was) : set(id, was));
          }),
          { numRuns: 150 },
        );
        expect((await store.journal.verifyJournal()).valid).toBe(true);
      } finally {
        await database.dispose();
      }
    });

    test('any row taken away, put in, or changed with another', async () => {
      const database: TestDatabase = await make();
      try {
        const store = await database.open();
        const own = (stream: string) => history(stream, 10).map((event) => ({ ...event, data: { ...event.data, stream } }));
        const [a, b] = [own('a'), own('b')];
        await store.journal.appendEvents(a.flatMap((event, index) => [event, b[index] ?? event]));
        await liftConstraints(database);
        for (const table of ['events', 'event_bodies', 'journal_head']) await database.raw(`create table kept_${table} as select * from ${table}`);
        const putBack = [
          ...['event_bodies', 'events', 'journal_head'].map((table) => `delete from ${table}`),
          ...['events', 'event_bodies', 'journal_head'].map((table) => `insert into ${table} select * from kept_${table}`),
        ];
        await fc.assert(
          fc.asyncProperty(fc.constantFrom(...rowChanges), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), async ([name, change], at, by) => {
            for (const statement of change(at, ((at - 1 + 2 * by) % 20) + 1)) await database.raw(statement);
            expect(await store.journal.verifyJournal(), `${name} ${at} ${by}`).toMatchObject({ valid: false, firstBad: { reason: expect.any(String) } });
            for (const statement of putBack) await database.raw(statement);
          }),
          { numRuns: 120 },
        );
        expect(await store.journal.verifyJournal()).toMatchObject({ valid: true, events: 20 });
      } finally {
        await database.dispose();
      }
    });

    test('an end that was rewritten with all its hashes verifies, but no longer gives the head that was noted before', async () => {
      const database: TestDatabase = await make();
      try {
        const store = await database.open();
        await store.journal.appendEvents(history('a', 5));
        const noted = await store.journal.verifyJournal();
        await database.raw('delete from event_bodies where position > 3');
        await database.raw('delete from events where position > 3');
        const [last] = await database.raw("select hash from events where stream = 'a' and seq = 3");
        await database.raw(`update streams set seq = 3, hash = '${String(last?.['hash'])}' where name = 'a'`);
        await database.raw('update journal_head set position = 3');
        await store.journal.appendEvents(history('a', 2).map((event) => ({ ...event, actor: 'somebody' })));
        const after = await store.journal.verifyJournal();
        expect(after).toMatchObject({ valid: true, events: 5 });
        expect(after.head).not.toBe(noted.head);
      } finally {
        await database.dispose();
      }
    });
  });
}

onBothDatabases('a journal nobody touched', (suite) => {
  test('verifies, whatever was written into it', async () => {
    const { journal } = suite.store;
    const verifies = async (store: JournalStore) => (await store.verifyJournal()).valid;
    const word = fc.string({ unit: 'binary', maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.dictionary(word, fc.jsonValue())), { minLength: 1, maxLength: 6 }),
        async (events) => {
          await journal.appendEvents(
            events.map(([stream, data]) => ({
              stream: `any ${stream}`,
              type: 'hook.ran',
              actor: 'daemon',
              provenance,
              data: JSON.parse(JSON.stringify(data)),
            })),
          );
        },
      ),
      { numRuns: 60 },
    );
    expect(await verifies(journal)).toBe(true);
  });
});
