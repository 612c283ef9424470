/**
 * Writes what a transaction appends to the journal on PostgreSQL. The server chains the hashes itself, so that nothing goes back and forth between the lock on a stream
 * and the commit: all who append to that stream wait from the one to the other.
 */
import { bodyDigest, canonicalJson, genesisHash, type NewEvent } from '@guildhall/kernel';
import type { PlacedEvent, WriteTransaction } from '../database.ts';
import { streamsOf } from '../journal-append.ts';
import type { StatementRunner } from '../kysely-over.ts';
import { toStoredJson } from '../stored-text.ts';

/** Runs the statements one right behind the other and waits for neither, so that the commit can be sent along. The last answers with the places of the events. */
export function recordEvents(run: StatementRunner, { events, at }: WriteTransaction): readonly ReturnType<StatementRunner>[] {
  if (events.length === 0) return [];
  const streams = JSON.stringify(streamsOf(events));
  const counts = new Map<string, number>();
  const rows = events.map((event) => {
    const nth = (counts.get(event.stream) ?? 0) + 1;
    counts.set(event.stream, nth);
    return { nth, ...toRow(event, at) };
  });
  return [run(takeNumbers, [streams, genesisHash]), run(writeEvents, [streams, JSON.stringify(rows), events.length, at])];
}

/** Where the events of a committed transaction came to lie, by its mark. */
export async function findPlaced(run: StatementRunner, token: string, count: number): Promise<readonly PlacedEvent[]> {
  const { rows } = await run(findEvents, [token, count]);
  return toPlaced(rows).toReversed();
}

export function toPlaced(rows: readonly unknown[]): readonly PlacedEvent[] {
  return rows as readonly PlacedEvent[];
}

/** `before`, the number in the stream and `after` are the text `eventHash` hashes: the canonical JSON of the fields it covers. */
function toRow({ stream, type, actor, provenance, data }: NewEvent, at: number) {
  const digest = bodyDigest(data);
  return {
    stream,
    type,
    actor,
    provenance: provenance === null ? null : toStoredJson(provenance),
    digest,
    data: toStoredJson(data),
    before: `${canonicalJson({ actor, at, bodyDigest: digest, provenance }).slice(0, -1)},"seq":`,
    after: `,${canonicalJson({ stream, type }).slice(1)}`,
  };
}

/** Locks the streams in the order given. */
const takeNumbers = `
insert into streams (name, seq, hash) select name, count, $2 from json_to_recordset($1) as held (name text, count bigint)
on conflict (name) do update set seq = streams.seq + excluded.seq`;

/**
 * The streams are looked up and moved row by row, by their key: PostgreSQL takes any JSON for a hundred rows, and would rather read all the streams for those.
 */
const writeEvents = `
with recursive
  given as materialized (
    select * from rows from (json_to_recordset($2) as (nth bigint, stream text, type text, actor text, provenance text, digest text, data text, before text, after text))
      with ordinality as given (nth, stream, type, actor, provenance, digest, data, before, after, place)),
  chain (stream, nth, seq, prev_hash, hash) as (
    select held.name, 0::bigint, start.seq - held.count, null, start.hash
    from json_to_recordset($1) as held (name text, count bigint) cross join lateral (select seq, hash from streams where streams.name = held.name limit 1) as start
    union all
    select chain.stream, given.nth, chain.seq + 1, chain.hash,
      encode(sha256(convert_to(chain.hash || E'\\n' || given.before || (chain.seq + 1) || given.after, 'UTF8')), 'hex')
    from chain join given on given.stream = chain.stream and given.nth = chain.nth + 1),
  moved as (
    insert into streams (name, seq, hash) select distinct on (stream) stream, seq, hash from chain order by stream, nth desc
    on conflict (name) do update set hash = excluded.hash),
  head as (update journal_head set position = position + $3 returning position),
  placed as (
    select (select position from head) - $3 + given.place as position, given.*, chain.seq, chain.prev_hash, chain.hash
    from given join chain on chain.stream = given.stream and chain.nth = given.nth),
  recorded as (
    insert into events (position, stream, seq, at, type, actor, provenance, body_digest, prev_hash, hash)
    select position, stream, seq, $4, type, actor, provenance, digest, prev_hash, hash from placed),
  told as (insert into event_bodies (position, data) select position, data from placed)
select position, seq, hash, prev_hash as "prevHash" from placed order by position`;

/** All rows a transaction wrote bear its number. Events are looked through from the newest on. */
const findEvents = `
select position, seq, hash, prev_hash as "prevHash" from events
where xmin = (select xmin from commit_marks where token = $1) order by position desc limit $2`;
