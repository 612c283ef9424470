/** Writes what a transaction appends to the journal of a SQLite file. */
import { bodyDigest, eventHash, genesisHash, type NewEvent } from '@guildhall/kernel';
import { Fault } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import { streamsOf } from '../journal-append.ts';
import type { EventRow } from '../schema.ts';
import { toStoredJson } from '../stored-text.ts';

/** Keeps a statement below the number of parameters SQLite takes. */
const rowsPerInsert = 500;

/** Takes the numbers of all events, and writes them with their bodies and the new heads. The last thing in a transaction. */
export async function recordEvents(tx: WriteTransaction): Promise<void> {
  const { db, events } = tx;
  if (events.length === 0) return;
  const chains = await takeNumbers(tx);
  const links = events.map((event) => chain(chains, event, tx.at));
  for (const [name, { hash }] of chains) await db.updateTable('streams').set({ hash }).where('name', '=', name).execute();
  const { position } = await db
    .updateTable('journal_head')
    .set((eb) => ({ position: eb('position', '+', events.length) }))
    .returning('position')
    .executeTakeFirstOrThrow();
  const rows = links.map((link, index) => ({ ...link, position: position - events.length + index + 1 }));
  const bodies = events.map(({ data }, index) => ({ data: toStoredJson(data), position: position - events.length + index + 1 }));
  for (let from = 0; from < events.length; from += rowsPerInsert) {
    const to = from + rowsPerInsert;
    await db.insertInto('events').values(rows.slice(from, to)).execute();
    await db.insertInto('event_bodies').values(bodies.slice(from, to)).execute();
  }
  tx.placed = rows.map((row) => ({ position: row.position, seq: row.seq, hash: row.hash, prevHash: row.prev_hash }));
}

/** Where the chain of a stream has come to. */
interface Chain {
  seq: number;
  hash: string;
}

/** Moves the numbers of the streams on; what it gives is where each chain stood before. */
async function takeNumbers({ db, events }: WriteTransaction): Promise<Map<string, Chain>> {
  const streams = streamsOf(events);
  const rows = await db
    .insertInto('streams')
    .values(streams.map(({ name, count }) => ({ name, seq: count, hash: genesisHash })))
    .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ seq: eb('streams.seq', '+', eb.ref('excluded.seq')) })))
    .returning(['name', 'seq', 'hash'])
    .execute();
  const counts = new Map(streams.map(({ name, count }) => [name, count]));
  return new Map(rows.map(({ name, seq, hash }) => [name, { seq: seq - (counts.get(name) ?? 0), hash }]));
}

/** Adds an event to the chain of its stream. */
function chain(chains: ReadonlyMap<string, Chain>, event: NewEvent, at: number): Omit<EventRow, 'position'> {
  const { stream, type, actor, provenance, data } = event;
  const head = chains.get(stream);
  if (head === undefined) throw new Fault('appended-twice', `the stream ${stream} was not locked`);
  const prevHash = head.hash;
  const digest = bodyDigest(data);
  head.seq += 1;
  head.hash = eventHash(prevHash, { stream, seq: head.seq, at, type, actor, provenance, bodyDigest: digest });
  const stored = provenance === null ? null : toStoredJson(provenance);
  return { stream, seq: head.seq, at, type, actor, provenance: stored, body_digest: digest, prev_hash: prevHash, hash: head.hash };
}
