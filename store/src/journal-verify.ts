/** Recomputes the hash chain of every stream, page by page, and compares it with what is stored. */
import { bodyDigest, eventHash, genesisHash, type JournalVerdict } from '@guildhall/kernel';
import { installationStream, type JsonObject, type StreamHead } from '@guildhall/protocol';
import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import { headDigest } from './journal-heads.ts';
import { movingDigest, readSeals, type Seal } from './journal-seals.ts';
import type { EventRow, Schema } from './schema.ts';
import { fromStoredJson, toStoredJson, type StoredJson } from './stored-text.ts';

type Bad = NonNullable<JournalVerdict['firstBad']>;
type StoredEvent = EventRow & { readonly data: StoredJson<JsonObject> | null };

/** Small, because the hashes of a page are computed in one go. */
const pageSize = 200;

type Heads = ReadonlyMap<string, { readonly seq: number; readonly hash: string }>;

interface Walked {
  readonly events: number;
  readonly erased: number;
  /** Where each stream ended; only as far as the walk came. */
  readonly heads: Heads;
  readonly firstBad?: Bad;
  /** The first seal that does not hold. It tells that something before it is not what it was, and not what: told when nothing more telling is found. */
  readonly seal?: Bad;
}

/** `expected` are heads that were exported before: each must still be where it was. */
export function verifyJournal(database: Database, expected: readonly StreamHead[] = []): Promise<JournalVerdict> {
  return database.readLong(async (db) => {
    const { end, beyond } = await findEnd(db);
    const walked = await walk(db, end, expected);
    const stored = await checkHeads(db, walked.heads);
    const firstBad = walked.firstBad ?? beyond ?? findShortened(expected, walked.heads) ?? stored.firstBad ?? (await findStrayBody(db)) ?? walked.seal;
    return {
      valid: firstBad === undefined,
      head: stored.head,
      events: walked.events,
      ...(walked.erased === 0 ? {} : { erased: walked.erased }),
      ...(firstBad === undefined ? {} : { firstBad }),
    };
  });
}

/** Where the journal says it ends, and the event behind that, if there is one. One statement: what commits meanwhile moves both. */
async function findEnd(db: Kysely<Schema>): Promise<{ readonly end: number; readonly beyond?: Bad }> {
  const last = await db
    .selectFrom('events')
    .select(['events.position', 'stream', 'seq'])
    .select((eb) => eb.selectFrom('journal_head').select('position').as('end'))
    .orderBy('events.position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined) return { end: (await db.selectFrom('journal_head').select('position').executeTakeFirst())?.position ?? 0 };
  const end = last.end ?? 0;
  if (last.position <= end) return { end };
  return { end, beyond: { stream: last.stream, seq: last.seq, reason: `it stands behind position ${end}, where the journal is said to end` } };
}

/** Follows every chain through the positions 1 … `end`, and looks at the seals and at the expected heads in passing. */
async function walk(db: Kysely<Schema>, end: number, expected: readonly StreamHead[]): Promise<Walked> {
  const heads = new Map<string, { readonly seq: number; readonly hash: string }>();
  const exported = new Map(expected.map((head) => [head.name, head]));
  const brokenSeal = sealCheck(await readSeals(db, end));
  let position = 0;
  let events = 0;
  let erased = 0;
  let seal: Bad | undefined;
  while (position < end) {
    const page = await readPage(db, position, end);
    for (const event of page) {
      const head = heads.get(event.stream) ?? { seq: 0, hash: genesisHash };
      const reason = findFault(event, head, position) ?? rewritten(event, exported.get(event.stream));
      if (reason !== undefined) return { events, erased, heads, firstBad: { stream: event.stream, seq: event.seq, reason } };
      heads.set(event.stream, { seq: event.seq, hash: event.hash });
      position = event.position;
      events += 1;
      if (event.data === null) erased += 1;
      seal ??= brokenSeal(position, heads);
    }
    if (page.length === 0)
      return { events, erased, heads, firstBad: { stream: '', seq: 0, reason: `the events at positions ${position + 1} to ${end} are missing` } };
  }
  return { events, erased, heads, ...(seal === undefined ? {} : { seal }) };
}

function readPage(db: Kysely<Schema>, after: number, end: number): Promise<readonly StoredEvent[]> {
  return db
    .selectFrom('events')
    .leftJoin('event_bodies', 'event_bodies.position', 'events.position')
    .selectAll('events')
    .select('data')
    .where('events.position', '>', after)
    .where('events.position', '<=', end)
    .orderBy('events.position')
    .limit(pageSize)
    .execute();
}

function rewritten(event: StoredEvent, exported: StreamHead | undefined): string | undefined {
  if (exported?.seq !== event.seq || exported.hash === event.hash) return undefined;
  return 'rewritten: this event, or one before it, is not the one whose hash was exported';
}

/** An expected head whose stream ends before it. */
function findShortened(expected: readonly StreamHead[], heads: Heads): Bad | undefined {
  for (const { name, seq } of expected) {
    const ends = heads.get(name)?.seq ?? 0;
    if (ends < seq) return { stream: name, seq: ends + 1, reason: `shortened: it had ${seq} events when its head was exported, and has ${ends} now` };
  }
  return undefined;
}

function sealCheck(seals: ReadonlyMap<number, Seal>): (position: number, heads: Heads) => Bad | undefined {
  const digestOf = movingDigest();
  return (position, heads) => {
    const seal = seals.get(position);
    if (seal === undefined || (seal.events === position && seal.head === digestOf(heads))) return undefined;
    return {
      stream: installationStream,
      seq: seal.seq,
      reason: `rewritten: what it sealed, the first ${seal.events} events of the journal, are not the same any more`,
    };
  };
}

/** Why an event does not follow from what came before it; undefined when it does. */
function findFault(event: StoredEvent, head: { readonly seq: number; readonly hash: string }, before: number): string | undefined {
  if (event.seq !== head.seq + 1) return `its number should be ${head.seq + 1}: an event before it was removed, added or moved`;
  if (event.prev_hash !== head.hash) return 'it does not name the hash of the event before it';
  if (event.position !== before + 1) return `it stands at position ${event.position}, after ${before}: an event between them was removed`;
  const provenance = readJson(event.provenance);
  const body = readJson(event.data);
  if (provenance === undefined || body === undefined) return 'its content is not in the form in which it was recorded';
  const { stream, seq, at, type, actor, body_digest: digest } = event;
  if (eventHash(head.hash, { stream, seq, at, type, actor, provenance, bodyDigest: digest }) !== event.hash) return 'its hash is not the hash of its content';
  if (body !== null && bodyDigest(body) !== digest) return 'its body is not the one that was recorded';
  return undefined;
}

/** Null where nothing is stored (an erased body), undefined where what is stored cannot be read or is not written as we write it. */
function readJson<T>(text: StoredJson<T> | null): T | null | undefined {
  if (text === null) return null;
  try {
    const value = fromStoredJson(text);
    return value === null || toStoredJson(value) !== text ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Compares the stored heads with the last events; a shortened stream is found here, and one that lost its head. */
async function checkHeads(db: Kysely<Schema>, walked: Heads): Promise<{ readonly head: string; readonly firstBad?: Bad }> {
  const digest = headDigest();
  const lost = new Map(walked);
  let name = '';
  let firstBad: Bad | undefined;
  for (;;) {
    const page = await db
      .selectFrom('streams')
      .leftJoin('events', (join) => join.onRef('events.stream', '=', 'streams.name').onRef('events.seq', '=', 'streams.seq'))
      .select(['name', 'streams.seq', 'streams.hash', 'events.hash as lastHash'])
      .where('name', '>', name)
      .orderBy('name')
      .limit(pageSize)
      .execute();
    for (const stream of page) {
      lost.delete(stream.name);
      digest.add({ name: stream.name, seq: stream.seq, hash: stream.hash });
      if (stream.hash !== stream.lastHash)
        firstBad ??= { stream: stream.name, seq: stream.seq, reason: 'the stream does not end with the event its head names' };
    }
    const last = page.at(-1);
    if (last === undefined) {
      for (const [headless, { seq }] of lost) firstBad ??= { stream: headless, seq, reason: 'its stream has no head any more' };
      return firstBad === undefined ? { head: digest.end() } : { head: digest.end(), firstBad };
    }
    name = last.name;
  }
}

async function findStrayBody(db: Kysely<Schema>): Promise<Bad | undefined> {
  const stray = await db
    .selectFrom('event_bodies')
    .leftJoin('events', 'events.position', 'event_bodies.position')
    .select('event_bodies.position')
    .where('events.position', 'is', null)
    .orderBy('event_bodies.position')
    .limit(1)
    .executeTakeFirst();
  return stray && { stream: '', seq: 0, reason: `the body at position ${stray.position} belongs to no event` };
}
