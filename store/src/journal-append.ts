/**
 * The only way into the journal. Streams are locked in the order of their names and the head last, so that appends to several streams never wait for each other in a circle;
 * the position comes from the one head row, so positions are gapless and in commit order, and a reader that has seen one has seen all before it.
 */
import { bodyDigest, eventHash, genesisHash, type NewEvent } from '@guildhall/kernel';
import { Fault, type JournalEvent } from '@guildhall/protocol';
import type { WriteTransaction } from './database.ts';
import type { UnplacedEvent } from './schema.ts';
import { toStoredJson } from './stored-text.ts';

export type AppendedEvent = Omit<JournalEvent, 'cursor'> & { readonly position: number };

/** Appends what the transaction did, in order. Called at most once in a transaction, after everything else it does: the head of the journal stays locked until it commits. */
export async function appendInTransaction(tx: WriteTransaction, events: readonly NewEvent[]): Promise<readonly AppendedEvent[]> {
  if (tx.appended) throw new Fault('appended-twice', 'a transaction appends all its events in one call');
  if (events.length === 0) return [];
  tx.appended = true;
  const chains = await lockStreams(tx, events);
  const rows = events.map((event) => chain(chains, event, tx.at));
  const heads = [...chains].map(([name, { hash }]) => ({ name, hash }));
  const position = await tx.seam.recordEvents(tx.db, heads, rows);
  return events.map((event, index) => {
    const row = rows[index]?.row;
    if (row === undefined) throw new Fault('appended-twice', 'an event was lost while it was appended');
    return { ...event, seq: row.seq, at: row.at, hash: row.hash, prevHash: row.prev_hash, position: position - events.length + index + 1 };
  });
}

/** Where the chain of a stream has come to. */
interface Chain {
  seq: number;
  hash: string;
}

/** Takes the numbers of all events and holds the streams; what it gives is where each chain stood before them. */
async function lockStreams({ db }: WriteTransaction, events: readonly NewEvent[]): Promise<Map<string, Chain>> {
  const counts = Map.groupBy(events, ({ stream }) => stream);
  const names = [...counts.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  const rows = await db
    .insertInto('streams')
    .values(names.map((name) => ({ name, seq: counts.get(name)?.length ?? 0, hash: genesisHash })))
    .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ seq: eb('streams.seq', '+', eb.ref('excluded.seq')) })))
    .returning(['name', 'seq', 'hash'])
    .execute();
  return new Map(rows.map(({ name, seq, hash }) => [name, { seq: seq - (counts.get(name)?.length ?? 0), hash }]));
}

/** Adds an event to the chain of its stream. */
function chain(chains: ReadonlyMap<string, Chain>, event: NewEvent, at: number): UnplacedEvent {
  const { stream, type, actor, provenance, data } = event;
  const head = chains.get(stream);
  if (head === undefined) throw new Fault('appended-twice', `the stream ${stream} was not locked`);
  const prevHash = head.hash;
  const digest = bodyDigest(data);
  head.seq += 1;
  head.hash = eventHash(prevHash, { stream, seq: head.seq, at, type, actor, provenance, bodyDigest: digest });
  const stored = provenance === null ? null : toStoredJson(provenance);
  const row = { stream, seq: head.seq, at, type, actor, provenance: stored, body_digest: digest, prev_hash: prevHash, hash: head.hash };
  return { row, data: toStoredJson(data) };
}
