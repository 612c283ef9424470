import { bodyDigest, eventHash, genesisHash, type JournalStore, type NewEvent } from '@guildhall/kernel';
import type { JournalEvent, JsonObject } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import { expectSound, ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';

function happened(stream: string, data: JsonObject = {}): NewEvent {
  return { stream, type: 'turn.started', actor: 'daemon', provenance: null, data };
}

async function readAll(journal: JournalStore, after: string, stream?: string): Promise<readonly JournalEvent[]> {
  const events: JournalEvent[] = [];
  for (let cursor = after; ;) {
    const page = value(await journal.readEvents({ after: cursor, limit: 37, ...(stream === undefined ? {} : { stream }) }));
    if (page.events.length === 0) return events;
    events.push(...page.events);
    cursor = page.cursor;
  }
}

onBothDatabases('the journal', (suite) => {
  test('numbers each stream without gaps, chains the hashes, and orders everything by cursor', async () => {
    const { journal } = suite.store;
    const [a, b] = [ids.next('a'), ids.next('b')];
    const before = await journal.headCursor();
    await journal.appendEvents([happened(b, { n: 1 }), happened(a), happened(b, { n: 2 })]);
    await journal.appendEvents([happened(a)]);
    const events = await readAll(journal, before);
    expect(events.map(({ stream, seq }) => [stream, seq])).toEqual([
      [b, 1],
      [a, 1],
      [b, 2],
      [a, 2],
    ]);
    expect(events.map(({ cursor }) => cursor)).toEqual(events.map(({ cursor }) => cursor).toSorted());
    const ofB = await readAll(journal, before, b);
    expect(ofB.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }]);
    let prevHash = genesisHash;
    for (const { stream, seq, at, type, actor, provenance, data, hash, prevHash: named } of ofB) {
      expect(named).toBe(prevHash);
      prevHash = eventHash(prevHash, { stream, seq, at, type, actor, provenance, bodyDigest: bodyDigest(data ?? {}) });
      expect(hash).toBe(prevHash);
    }
  });

  test('goes on from a cursor, from stream@seq, and says what is neither', async () => {
    const { journal } = suite.store;
    const stream = ids.next('go');
    const events = await journal.appendEvents([happened(stream), happened(stream), happened(stream)]);
    const from = (after: string) => journal.readEvents({ after, stream, limit: 10 });
    expect(value(await from(events[0]?.cursor ?? '')).events.map(({ seq }) => seq)).toEqual([2, 3]);
    expect(value(await from(`${stream}@2`)).events.map(({ seq }) => seq)).toEqual([3]);
    expect(value(await from(`${stream}@0`)).events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const end = await journal.headCursor();
    expect(value(await from(end))).toEqual({ events: [], cursor: end });
    for (const text of ['x', 'c1', '42', `${stream}@`, `${stream}@-1`, '@1', `c${'z'.repeat(40)}`])
      expect(refusalOf(await from(text)), text).toBe('invalid-input');
    for (const text of [`${stream}@4`, 'c0001000000zzzzz', 'nowhere@1']) expect(refusalOf(await from(text)), text).toBe('cursor-expired');
  });

  test('gives back text of every kind as it was', async () => {
    const { journal } = suite.store;
    const stream = `odd ${ids.next('odd')} ’\n@"\\`;
    const bodies: JsonObject[] = ['\n\r\t\u001b[31m', '{"a":1}', '\0', '\ud800', '𝒳', 'x'.repeat(1_000_000)].map((text) => ({
      text,
      [text.slice(0, 50)]: [null, 1e21, -0, { text }],
    }));
    await journal.appendEvents(bodies.map((data) => happened(stream, data)));
    const events = await readAll(journal, `${stream}@0`, stream);
    expect(events.map(({ data }) => JSON.stringify(data))).toEqual(bodies.map((data) => JSON.stringify(data)));
  });

  test('a consumer only moves forward, and never past the end', async () => {
    const { journal } = suite.store;
    const consumer = ids.next('consumer');
    expect(await journal.readConsumer(consumer)).toBe('');
    const [first, second] = await journal.appendEvents([happened('c'), happened('c')]);
    await journal.commitConsumer(consumer, second?.cursor ?? '');
    await journal.commitConsumer(consumer, second?.cursor ?? '');
    expect(await journal.readConsumer(consumer)).toBe(second?.cursor);
    await expect(journal.commitConsumer(consumer, first?.cursor ?? '')).rejects.toMatchObject({ code: 'consumer-out-of-order' });
    await expect(journal.commitConsumer(ids.next('eager'), 'c0001000000zzzzz')).rejects.toMatchObject({ code: 'consumer-out-of-order' });
    await expect(journal.commitConsumer(consumer, 'nonsense')).rejects.toMatchObject({ code: 'bad-cursor' });
    expect(await journal.readConsumer(consumer)).toBe(second?.cursor);
  });

  test('calls those who wait after the commit, many appends in one call', async () => {
    const { journal, wakeups } = suite.store;
    const seen: number[] = [];
    const stream = ids.next('wake');
    const stop = wakeups.onAppend(() => {
      void readAll(journal, `${stream}@0`, stream).then((events) => seen.push(events.length));
    });
    await Promise.all(Array.from({ length: 20 }, () => journal.appendEvents([happened(stream)])));
    await expect.poll(() => seen.at(-1)).toBe(20);
    stop();
    const calls = seen.length;
    // On PostgreSQL the poll of the listening connection may add a few.
    expect(calls).toBeLessThanOrEqual(suite.database.kind === 'sqlite' ? 20 : 30);
    await journal.appendEvents([happened(stream)]);
    expect(seen.length).toBe(calls);
  });

  test('an append that fails leaves no gap', async () => {
    const { journal } = suite.store;
    const stream = ids.next('gap');
    await journal.appendEvents([happened(stream)]);
    const outcomes = await Promise.allSettled([
      journal.appendEvents([happened(stream), happened(stream, { bad: Number.NaN })]),
      journal.appendEvents([happened(stream)]),
      journal.appendEvents([happened(stream), happened(stream)]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect((await readAll(journal, `${stream}@0`, stream)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  test('8 writers at once, held up at random, and a reader by cursor: nothing is missed, nothing comes twice', async () => {
    const { store } = suite;
    const daemons = await severalDaemons(suite);
    const streams = Array.from({ length: 3 }, () => ids.next('busy'));
    const start = await store.journal.headCursor();
    let writing = true;
    const writers = Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 40; round += 1) {
          const { journal } = daemons.of(writer + round);
          await journal.appendEvents(streams.slice(0, 1 + ((writer + round) % 3)).map((stream) => happened(stream, { writer, round })));
        }
      }),
    ).finally(() => {
      writing = false;
    });
    const seen: JournalEvent[] = [];
    let cursor = start;
    const reader = daemons.of(2);
    for (let more = true; more;) {
      more = writing;
      const page = value(await reader.journal.readEvents({ after: cursor, limit: 11 }));
      seen.push(...page.events);
      cursor = page.cursor;
      more ||= page.events.length > 0;
    }
    await writers;
    const all = await readAll(store.journal, start);
    expect(seen.map((event) => event.cursor)).toEqual(all.map((event) => event.cursor));
    for (const stream of streams) {
      const numbers = seen.filter((event) => event.stream === stream).map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
    await daemons.close();
  });
});

onBothDatabases('an erased body', (suite) => {
  test('leaves its event, and the chain still verifies', async () => {
    const { database, store } = suite;
    const [event] = await store.journal.appendEvents([happened('erased', { secret: 'word' })]);
    await database.raw('delete from event_bodies');
    const page = value(await store.journal.readEvents({ after: '', limit: 1 }));
    expect(page.events[0]).toEqual({ ...event, data: null });
    expect((await store.journal.verifyJournal()).valid).toBe(true);
    await expectSound(store);
  });
});
