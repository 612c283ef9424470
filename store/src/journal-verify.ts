/** Recomputes the hash chain of every stream, page by page, and compares it with what is stored. */
import { createHash } from 'node:crypto';
import { bodyDigest, eventHash, genesisHash, type JournalVerdict } from '@guildhall/kernel';
import type { JsonObject } from '@guildhall/protocol';
import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { EventRow, Schema } from './schema.ts';
import { fromStoredJson, type StoredJson } from './stored-text.ts';

type Bad = NonNullable<JournalVerdict['firstBad']>;
type StoredEvent = EventRow & { readonly data: StoredJson<JsonObject> | null };

/** Small, because the hashes of a page are computed in one go. */
const pageSize = 200;

/** The digest of all stream heads, in the order of their names: what to keep elsewhere, so that even a rewritten end is noticed. */
function headDigest(): { add(name: string, seq: number, hash: string): void; end(): string } {
  const digest = createHash('sha256');
  return {
    add: (name, seq, hash) => void digest.update(`${JSON.stringify([name, seq, hash])}\n`),
    end: () => digest.digest('hex'),
  };
}

export function verifyJournal(database: Database): Promise<JournalVerdict> {
  return database.readLong(async (db) => {
    const { position: end } = await db.selectFrom('journal_head').select('position').executeTakeFirstOrThrow();
    const chain = await checkChain(db, end);
    const heads = await checkHeads(db);
    const firstBad = chain.firstBad ?? heads.firstBad;
    return { valid: firstBad === undefined, head: heads.head, events: chain.events, ...(firstBad === undefined ? {} : { firstBad }) };
  });
}

/** Follows every chain through the positions 1 … `end`. */
async function checkChain(db: Kysely<Schema>, end: number): Promise<{ readonly events: number; readonly firstBad?: Bad }> {
  const heads = new Map<string, { readonly seq: number; readonly hash: string }>();
  let position = 0;
  let events = 0;
  while (position < end) {
    const page = await db
      .selectFrom('events')
      .leftJoin('event_bodies', 'event_bodies.position', 'events.position')
      .selectAll('events')
      .select('data')
      .where('events.position', '>', position)
      .where('events.position', '<=', end)
      .orderBy('events.position')
      .limit(pageSize)
      .execute();
    for (const event of page) {
      const head = heads.get(event.stream) ?? { seq: 0, hash: genesisHash };
      const reason = findFault(event, head, position);
      if (reason !== undefined) return { events, firstBad: { stream: event.stream, seq: event.seq, reason } };
      heads.set(event.stream, { seq: event.seq, hash: event.hash });
      position = event.position;
      events += 1;
    }
    if (page.length === 0) return { events, firstBad: { stream: '', seq: 0, reason: `the events at positions ${position + 1} to ${end} are missing` } };
  }
  return { events };
}

/** Why an event does not follow from what came before it; undefined when it does. */
function findFault(event: StoredEvent, head: { readonly seq: number; readonly hash: string }, before: number): string | undefined {
  if (event.seq !== head.seq + 1) return `its number should be ${head.seq + 1}: an event before it was removed, added or moved`;
  if (event.prev_hash !== head.hash) return 'it does not name the hash of the event before it';
  if (event.position !== before + 1) return `it stands at position ${event.position}, after ${before}: an event between them was removed`;
  const provenance = readJson(event.provenance);
  const body = readJson(event.data);
  if (provenance === undefined || body === undefined) return 'its content is no longer JSON';
  const { stream, seq, at, type, actor, body_digest: digest } = event;
  if (eventHash(head.hash, { stream, seq, at, type, actor, provenance, bodyDigest: digest }) !== event.hash) return 'its hash is not the hash of its content';
  if (body !== null && bodyDigest(body) !== digest) return 'its body is not the one that was recorded';
  return undefined;
}

/** Null where nothing is stored (an erased body), undefined where what is stored cannot be read. */
function readJson<T>(text: StoredJson<T> | null): T | null | undefined {
  if (text === null) return null;
  try {
    return fromStoredJson(text);
  } catch {
    return undefined;
  }
}

/** Compares the stored heads with the last events; a shortened stream is found here. */
async function checkHeads(db: Kysely<Schema>): Promise<{ readonly head: string; readonly firstBad?: Bad }> {
  const digest = headDigest();
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
      digest.add(stream.name, stream.seq, stream.hash);
      if (stream.hash !== stream.lastHash)
        firstBad ??= { stream: stream.name, seq: stream.seq, reason: 'the stream does not end with the event its head names' };
    }
    const last = page.at(-1);
    if (last === undefined) return firstBad === undefined ? { head: digest.end() } : { head: digest.end(), firstBad };
    name = last.name;
  }
}
