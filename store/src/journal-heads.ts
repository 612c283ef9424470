/** Where every stream stands, or stood when the journal ended at a position: what is kept elsewhere, and what a seal is about. */
import { createHash } from 'node:crypto';
import type { HeadsPage } from '@guildhall/kernel';
import { headLine, type StreamHead } from '@guildhall/protocol';
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

const pageSize = 1_000;

/** The digest over all heads, given in the order of the bytes of their names. */
export function headDigest(): { add(head: StreamHead): void; end(): string } {
  const digest = createHash('sha256');
  return { add: (head) => void digest.update(headLine(head)), end: () => digest.digest('hex') };
}

export async function readHeads(db: Kysely<Schema>, query: { readonly after: string; readonly events?: number; readonly limit: number }): Promise<HeadsPage> {
  const end = await readEnd(db);
  const events = Math.min(query.events ?? end, end);
  const { streams } = await headsAt(db, events, query.after, query.limit);
  return { events, streams };
}

/** The digest over all heads as they were at a position, and how many there were. */
export async function digestAt(db: Kysely<Schema>, position: number): Promise<{ readonly head: string; readonly streams: number }> {
  const digest = headDigest();
  let after: string | undefined = '';
  let count = 0;
  while (after !== undefined) {
    const page: Page = await headsAt(db, position, after, pageSize);
    for (const head of page.streams) digest.add(head);
    count += page.streams.length;
    after = page.next;
  }
  return { head: digest.end(), streams: count };
}

interface Page {
  readonly streams: readonly StreamHead[];
  /** The name to go on after; undefined when nothing follows. A page can be short of streams that began later. */
  readonly next: string | undefined;
}

/** Heads move while they are read: the first event of a stream behind the position names the hash before it, so what was is found from what is, without holding anybody up. */
async function headsAt(db: Kysely<Schema>, position: number, after: string, limit: number): Promise<Page> {
  const heads: StreamHead[] = [];
  let from = after;
  for (;;) {
    const rows = await readRows(db, position, from, limit);
    for (const { name, seq, hash, nextSeq, hashBefore } of rows) {
      const head = nextSeq === null || hashBefore === null ? { name, seq, hash } : { name, seq: nextSeq - 1, hash: hashBefore };
      if (head.seq > 0) heads.push(head);
      if (heads.length === limit) return { streams: heads, next: name };
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return { streams: heads, next: undefined };
    from = last.name;
  }
}

/** Streams with their heads, and the first event of each behind the position. */
function readRows(db: Kysely<Schema>, position: number, after: string, limit: number) {
  return db
    .selectFrom('streams')
    .leftJoin('events', (join) =>
      join.on('events.position', '=', (eb) =>
        eb
          .selectFrom('events as later')
          .select((one) => one.fn.min('later.position').as('first'))
          .whereRef('later.stream', '=', 'streams.name')
          .where('later.position', '>', position),
      ),
    )
    .select(['name', 'streams.seq', 'streams.hash', 'events.seq as nextSeq', 'events.prev_hash as hashBefore'])
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
}

export async function readEnd(db: Kysely<Schema>): Promise<number> {
  const { position } = await db.selectFrom('journal_head').select('position').executeTakeFirstOrThrow();
  return position;
}
