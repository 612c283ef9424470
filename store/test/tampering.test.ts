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
        if (database.kind === 'postgres') {
          await database.raw('alter table events drop constraint events_stream_fkey, drop constraint events_stream_seq_key');
          await database.raw('alter table event_bodies drop constraint event_bodies_position_fkey');
          await database.raw('alter table events drop constraint events_pkey');
        }
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
