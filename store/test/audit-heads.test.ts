/** Heads that were kept elsewhere, and seals within the journal: they catch what its own hashes cannot, a past that was written anew as a whole. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { bodyDigest, eventHash, genesisHash, type NewEvent } from '@guildhall/kernel';
import { headLine, type JsonObject, type Provenance, type StreamHead } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { postgresDatabase, postgresUrl, sqliteDatabase, type TestDatabase } from './databases.ts';
import { provenance } from './session-fixtures.ts';

function happened(stream: string, data: JsonObject = {}, actor = 'operator'): NewEvent {
  return { stream, type: 'turn.started', actor, provenance, data };
}

async function exportHeads(store: Store, pageSize = 3): Promise<{ readonly events: number; readonly head: string; readonly streams: readonly StreamHead[] }> {
  const streams: StreamHead[] = [];
  let events: number | undefined;
  for (;;) {
    const page = await store.journal.readHeads({ after: streams.at(-1)?.name ?? '', limit: pageSize, ...(events === undefined ? {} : { events }) });
    events ??= page.events;
    streams.push(...page.streams);
    if (page.streams.length < pageSize) break;
  }
  return { events, head: createHash('sha256').update(streams.map(headLine).join('')).digest('hex'), streams };
}

const kinds = { SQLite: async () => sqliteDatabase(), PostgreSQL: postgresDatabase };

for (const [kind, make] of Object.entries(kinds)) {
  describe.skipIf(kind === 'PostgreSQL' && postgresUrl() === undefined)(`exported heads on ${kind}`, () => {
    async function withJournal(work: (store: Store, database: TestDatabase) => Promise<void>): Promise<void> {
      const database: TestDatabase = await make();
      try {
        const store = await database.open();
        for (let index = 0; index < 6; index += 1)
          await store.journal.appendEvents([happened('a', { index }), happened('b', { index }), happened(`ünique ${index}`), happened(`\u{1F984} ${index}`)]);
        await work(store, database);
      } finally {
        await database.dispose();
      }
    }

    /** Writes the chain of a stream anew from event `from` on, so that every hash follows again. */
    async function rehash(database: TestDatabase, stream: string, from: number): Promise<void> {
      const rows = await database.raw(`select * from events where stream = '${stream}' order by seq`);
      const before = rows.find((row) => Number(row['seq']) === from - 1);
      let hash = before === undefined ? genesisHash : String(before['hash']);
      for (const row of rows.filter(({ seq }) => Number(seq) >= from)) {
        const [body] = await database.raw(`select data from event_bodies where position = ${String(row['position'])}`);
        const digest = body === undefined ? String(row['body_digest']) : bodyDigest(JSON.parse(String(body['data'])) as JsonObject);
        const fields = { stream, seq: Number(row['seq']), at: Number(row['at']), type: String(row['type']), actor: String(row['actor']) };
        const caused = row['provenance'] === null ? null : (JSON.parse(String(row['provenance'])) as Provenance);
        const prev = hash;
        hash = eventHash(prev, { ...fields, provenance: caused, bodyDigest: digest });
        await database.raw(`update events set body_digest = '${digest}', prev_hash = '${prev}', hash = '${hash}' where position = ${String(row['position'])}`);
      }
      await database.raw(`update streams set hash = '${hash}' where name = '${stream}'`);
    }

    /** Takes the events of a stream from `from` on away, with everything that told of them, and closes the gaps. */
    async function truncate(database: TestDatabase, stream: string, from: number): Promise<void> {
      const gone = `select position from events where stream = '${stream}' and seq >= ${from}`;
      await database.raw(`delete from event_bodies where position in (${gone})`);
      await database.raw(`delete from events where stream = '${stream}' and seq >= ${from}`);
      const [last] = await database.raw(`select hash from events where stream = '${stream}' and seq = ${from - 1}`);
      if (last === undefined) await database.raw(`delete from streams where name = '${stream}'`);
      if (last !== undefined) await database.raw(`update streams set seq = ${from - 1}, hash = '${String(last['hash'])}' where name = '${stream}'`);
      const left = await database.raw('select position from events order by position');
      if (database.kind === 'postgres') await database.raw('alter table event_bodies drop constraint if exists event_bodies_position_fkey');
      for (const [index, { position }] of left.entries()) {
        await database.raw(`update events set position = ${index + 1} where position = ${String(position)}`);
        await database.raw(`update event_bodies set position = ${index + 1} where position = ${String(position)}`);
      }
      await database.raw(`update journal_head set position = ${left.length}`);
    }

    test('hold, whatever was recorded since', () =>
      withJournal(async (store) => {
        const kept = await exportHeads(store);
        expect(kept).toMatchObject({ events: 24, head: (await store.journal.verifyJournal()).head });
        expect(kept.streams).toHaveLength(14);
        await store.journal.appendEvents([happened('a'), happened('new'), happened('ünique 3')]);
        expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({ valid: true, events: 27 });
      }));

    test('name the stream whose end was cut off together with its head', () =>
      withJournal(async (store, database) => {
        const kept = await exportHeads(store);
        await truncate(database, 'b', 4);
        await store.journal.appendEvents([happened('a')]);
        expect(await store.journal.verifyJournal()).toMatchObject({ valid: true, events: 22 });
        const firstBad = { stream: 'b', seq: 4, reason: 'shortened: it had 6 events when its head was exported, and has 3 now' };
        expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({ valid: false, firstBad });
      }));

    test('name a stream that is gone altogether', () =>
      withJournal(async (store, database) => {
        const kept = await exportHeads(store);
        await truncate(database, 'ünique 2', 1);
        expect((await store.journal.verifyJournal()).valid).toBe(true);
        expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({
          firstBad: { stream: 'ünique 2', seq: 1, reason: expect.stringContaining('shortened') },
        });
      }));

    test('name the stream whose end was written anew with all its hashes', () =>
      withJournal(async (store, database) => {
        const kept = await exportHeads(store);
        await database.raw(`update events set actor = 'somebody' where stream = 'a' and seq = 3`);
        expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({ firstBad: { stream: 'a', seq: 3 } });
        await rehash(database, 'a', 3);
        expect((await store.journal.verifyJournal()).valid).toBe(true);
        await store.journal.appendEvents([happened('a'), happened('b')]);
        const verdict = await store.journal.verifyJournal(kept.streams);
        expect(verdict).toMatchObject({ valid: false, firstBad: { stream: 'a', seq: 6, reason: expect.stringContaining('rewritten') } });
      }));

    test('of a journal that goes on meanwhile are all of one moment', () =>
      withJournal(async (store) => {
        const names = fc.constantFrom('a', 'b', 'ünique 0', 'new', '\u{1F984} 9');
        await fc.assert(
          fc.asyncProperty(fc.array(fc.array(names, { minLength: 1, maxLength: 3 }), { maxLength: 4 }), async (later) => {
            const { events, streams } = await store.journal.readHeads({ after: '', limit: 100 });
            for (const batch of later) await store.journal.appendEvents(batch.map((name) => happened(name)));
            const paged: StreamHead[] = [];
            for (let page = await store.journal.readHeads({ after: '', events, limit: 4 }); page.streams.length > 0;) {
              paged.push(...page.streams);
              page = await store.journal.readHeads({ after: paged.at(-1)?.name ?? '', events, limit: 4 });
            }
            expect(paged).toEqual(streams);
          }),
          { numRuns: 15 },
        );
      }));

    test(
      'ten thousand streams are exported and compared',
      () =>
        withJournal(async (store) => {
          for (let from = 0; from < 10_000; from += 1000)
            await store.journal.appendEvents(Array.from({ length: 1000 }, (_, index) => happened(`session:${from + index}`)));
          const kept = await exportHeads(store, 1000);
          expect(kept.streams).toHaveLength(10_014);
          expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({ valid: true, head: kept.head });
        }),
      60_000,
    );

    test('a seal within the journal notices an end that was cut off before it', () =>
      withJournal(async (store, database) => {
        expect(await store.journal.sealJournal(Number.MAX_SAFE_INTEGER)).toBe(true);
        await store.journal.appendEvents([happened('a'), happened('a')]);
        const kept = await exportHeads(store);
        await truncate(database, 'b', 6);
        const firstBad = { stream: 'installation', seq: 1, reason: expect.stringContaining('the first 24 events') };
        expect(await store.journal.verifyJournal()).toMatchObject({ valid: false, firstBad });
        expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({
          firstBad: { stream: 'b', seq: 6, reason: expect.stringContaining('shortened') },
        });
      }));

    test('a seal within the journal notices a past that was written anew, until the seal is written anew too', () =>
      withJournal(async (store, database) => {
        const never = Number.MAX_SAFE_INTEGER;
        const { head } = await store.journal.verifyJournal();
        expect(await store.journal.sealJournal(database.clock.now() - 3_600_000)).toBe(false);
        expect(await store.journal.sealJournal(never)).toBe(true);
        expect(await store.journal.sealJournal(never)).toBe(false);
        const [sealed] = await database.raw('select data from event_bodies where position = 25');
        expect(JSON.parse(String(sealed?.['data']))).toEqual({ head, streams: 14, events: 24 });
        await store.journal.appendEvents([happened('a'), happened('new')]);
        expect(await store.journal.sealJournal(database.clock.now() - 3_600_000)).toBe(false);
        database.clock.jump(3_600_001);
        expect(await store.journal.sealJournal(database.clock.now() - 3_600_000)).toBe(true);
        expect(await store.journal.verifyJournal()).toMatchObject({ valid: true, events: 28 });
        const kept = await exportHeads(store);
        await database.raw(`update event_bodies set data = '{"index":70}' where position = (select position from events where stream = 'b' and seq = 6)`);
        await rehash(database, 'b', 6);
        const firstBad = { stream: 'installation', seq: 1, reason: expect.stringContaining('the first 24 events') };
        expect(await store.journal.verifyJournal()).toMatchObject({ valid: false, firstBad });
        expect(await store.journal.verifyJournal(kept.streams)).toMatchObject({ valid: false, firstBad: { stream: 'b', seq: 6 } });
      }));
  });
}
