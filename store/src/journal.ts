/** The journal as the kernel asks for it. */
import type { JournalPage, JournalStore, NewEvent } from '@guildhall/kernel';
import { done, Fault, type JournalEvent, type Settled } from '@guildhall/protocol';
import type { Kysely } from 'kysely';
import { expiredCursor, formatCursor, notACursor, parseCursor, parseStreamPoint, positionOf, type CursorPoint } from './cursor.ts';
import type { Database } from './database.ts';
import { appendInTransaction } from './journal-append.ts';
import { readEnd, readHeads } from './journal-heads.ts';
import { nextSeal } from './journal-seals.ts';
import { verifyJournal } from './journal-verify.ts';
import type { Schema } from './schema.ts';
import { fromStoredJson, type StoredJson } from './stored-text.ts';

/** The most events one page has, whatever was asked for. */
const largestPage = 1_000;

/** `timeline` is the newest one of the open database; it changes only while nothing is open. */
export function journalStore(database: Database, timeline: number): JournalStore {
  const cursorAt = (position: number) => (position === 0 ? '' : formatCursor({ timeline, position }));
  /** The end as this daemon has seen it; it only moves on. A cursor up to it needs no look at the tables. */
  let seenEnd = 0;
  return {
    appendEvents(events) {
      return appendAlone(database, events, cursorAt);
    },
    readEvents: ({ after, stream, limit }) =>
      database.read(async (db) => {
        const point = parseCursor(after);
        const isKnown = point?.timeline === timeline && point.position <= seenEnd;
        const from = isKnown ? done(point.position) : await resolvePoint(db, after, point);
        if (!from.ok) return from;
        const events = await readPage(db, from.value, stream, Math.max(1, Math.min(limit, largestPage)), cursorAt);
        const last = events.at(-1);
        if (last === undefined) return done<JournalPage>({ events, cursor: after });
        seenEnd = Math.max(seenEnd, positionOf(last.cursor));
        return done<JournalPage>({ events, cursor: last.cursor });
      }),
    headCursor: () => database.read(async (db) => cursorAt(await readEnd(db))),
    readConsumer: (consumer) =>
      database.read(async (db) => {
        const row = await db.selectFrom('consumers').select('position').where('name', '=', consumer).executeTakeFirst();
        return cursorAt(row?.position ?? 0);
      }),
    commitConsumer: async (consumer, cursor) => commitConsumer(database, consumer, positionOf(cursor)),
    verifyJournal: (expected) => verifyJournal(database, expected),
    readHeads: (query) => database.readLong((db) => readHeads(db, query)),
    async sealJournal(notAfter) {
      const seal = await nextSeal(database, notAfter);
      if (seal !== undefined) await appendAlone(database, [seal], cursorAt);
      return seal !== undefined;
    },
  };
}

async function appendAlone(database: Database, events: readonly NewEvent[], cursorAt: (position: number) => string): Promise<readonly JournalEvent[]> {
  const { at, placed } = await database.transaction(async (tx) => {
    await appendInTransaction(tx, events);
    return tx;
  });
  return placed.flatMap(({ position, ...place }, index) => {
    const event = events[index];
    return event === undefined ? [] : [{ cursor: cursorAt(position), ...event, at, ...place }];
  });
}

/** Moves the consumer forward, never back and never past the end. */
async function commitConsumer(database: Database, consumer: string, position: number): Promise<void> {
  await database.transaction(async ({ db }) => {
    const head = await readEnd(db);
    const moved = await db
      .insertInto('consumers')
      .values({ name: consumer, position })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet((eb) => ({ position: eb.ref('excluded.position') }))
          .whereRef('consumers.position', '<=', 'excluded.position'),
      )
      .executeTakeFirst();
    if (position <= head && moved.numInsertedOrUpdatedRows === 1n) return;
    throw new Fault(
      'consumer-out-of-order',
      `the consumer ${consumer} cannot move to position ${position}: that is behind where it was, or past the end at ${head}`,
    );
  });
}

/** The position to go on after. A point past the end is refused: its reader would wait for events and then miss them. */
async function resolvePoint(db: Kysely<Schema>, after: string, point: CursorPoint | undefined): Promise<Settled<number>> {
  if (point !== undefined) {
    if (point.position === 0) return done(0);
    const fork = await firstForkAfter(db, point.timeline);
    const end = Math.min(fork ?? Number.MAX_SAFE_INTEGER, await readEnd(db));
    return point.position > end ? expiredCursor(after) : done(point.position);
  }
  const named = parseStreamPoint(after);
  if (named === undefined) return notACursor(after);
  if (named.seq === 0) return done(0);
  const event = await db.selectFrom('events').select('position').where('stream', '=', named.stream).where('seq', '=', named.seq).executeTakeFirst();
  return event === undefined ? expiredCursor(after) : done(event.position);
}

/** What lies beyond the fork of a later timeline is another history. */
async function firstForkAfter(db: Kysely<Schema>, timeline: number): Promise<number | null> {
  const { at } = await db
    .selectFrom('timelines')
    .select((eb) => eb.fn.min('forked_at').as('at'))
    .where('id', '>', timeline)
    .executeTakeFirstOrThrow();
  return at;
}

async function readPage(
  db: Kysely<Schema>,
  after: number,
  stream: string | undefined,
  limit: number,
  cursorAt: (position: number) => string,
): Promise<readonly JournalEvent[]> {
  const rows = await db
    .selectFrom('events')
    .leftJoin('event_bodies', 'event_bodies.position', 'events.position')
    .select(['events.position', 'stream', 'seq', 'at', 'type', 'actor', 'provenance', 'hash', 'prev_hash', 'data'])
    .where('events.position', '>', after)
    .$if(stream !== undefined, (query) => query.where('stream', '=', stream ?? ''))
    .orderBy('events.position')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    cursor: cursorAt(row.position),
    stream: row.stream,
    seq: row.seq,
    at: row.at,
    type: row.type,
    actor: row.actor,
    provenance: parseOrNull(row.provenance),
    data: parseOrNull(row.data),
    hash: row.hash,
    prevHash: row.prev_hash,
  }));
}

function parseOrNull<T>(text: StoredJson<T> | null): T | null {
  return text === null ? null : fromStoredJson(text);
}
