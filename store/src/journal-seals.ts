/**
 * Seals: the digest over the heads of all streams, written into the journal itself now and then. Whoever rewrites the end of a stream with all its hashes would have to rewrite every seal since, too, and
 * with them the stream of the installation, of which a head kept elsewhere tells.
 */
import { eventData, installationStream, type StreamHead } from '@guildhall/protocol';
import type { NewEvent } from '@guildhall/kernel';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.ts';
import { digestAt, headDigest, readEnd } from './journal-heads.ts';
import type { Schema } from './schema.ts';

const sealData = z.object({ head: z.string(), streams: z.number(), events: z.number().int().positive() });

/** What to record; undefined when the newest seal, or the first event, is younger than `notAfter`, or nothing was recorded since. */
export function nextSeal(database: Database, notAfter: number): Promise<NewEvent | undefined> {
  return database.readLong(async (db) => {
    const events = await readEnd(db);
    const last = (await newestSeal(db)) ?? (await firstEvent(db));
    if (last === undefined || last.at > notAfter || last.position === events) return undefined;
    return {
      stream: installationStream,
      type: 'audit.sealed',
      actor: 'daemon',
      provenance: null,
      data: eventData({ ...(await digestAt(db, events)), events }),
    };
  });
}

function newestSeal(db: Kysely<Schema>): Promise<{ readonly at: number; readonly position: number } | undefined> {
  return db
    .selectFrom('events')
    .select(['at', 'position'])
    .where('stream', '=', installationStream)
    .where('type', '=', 'audit.sealed')
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function firstEvent(db: Kysely<Schema>): Promise<{ readonly at: number; readonly position: number } | undefined> {
  const first = await db.selectFrom('events').select('at').orderBy('position').limit(1).executeTakeFirst();
  return first === undefined ? undefined : { at: first.at, position: 0 };
}

/** A seal that was recorded: what all heads gave when the journal ended at `events`. */
export interface Seal {
  readonly seq: number;
  readonly head: string;
  readonly events: number;
}

/**
 * By the position at which they are looked at: the one they are about, or their own where that comes no later, as after events before them were cut away. Seals whose body was erased, or is none any more,
 * are left to the check of their own hashes.
 */
export async function readSeals(db: Kysely<Schema>, end: number): Promise<ReadonlyMap<number, Seal>> {
  const rows = await db
    .selectFrom('events')
    .innerJoin('event_bodies', 'event_bodies.position', 'events.position')
    .select(['events.position', 'seq', 'data'])
    .where('stream', '=', installationStream)
    .where('type', '=', 'audit.sealed')
    .where('events.position', '<=', end)
    .orderBy('events.position')
    .execute();
  const seals = new Map<number, Seal>();
  for (const row of rows) {
    const data = sealData.safeParse(parsed(row.data));
    if (!data.success) continue;
    const { head, events } = data.data;
    seals.set(Math.min(events, row.position), { seq: row.seq, head, events });
  }
  return seals;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Gives the digest over heads that are walked along, again and again: names are put in order only when there are new ones. */
export function movingDigest(): (heads: ReadonlyMap<string, { readonly seq: number; readonly hash: string }>) => string {
  let names: { readonly name: string; readonly bytes: Buffer }[] = [];
  return (heads) => {
    if (names.length !== heads.size)
      names = [...heads.keys()].map((name) => ({ name, bytes: Buffer.from(name) })).toSorted((a, b) => Buffer.compare(a.bytes, b.bytes));
    const digest = headDigest();
    for (const { name } of names) {
      const head = heads.get(name);
      if (head !== undefined) digest.add({ name, ...head } satisfies StreamHead);
    }
    return digest.end();
  };
}
