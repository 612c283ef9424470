/** What a verb of the store costs, against the least a durable write costs: one row with a prepared statement in the same kind of database, in the same run. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { expectDone } from '@guildhall/protocol';
import type { Store } from '@guildhall/store';
import pg from 'pg';
import type { Backend, Place } from './backends.ts';
import { figure, perSecond, type Figure } from './figures.ts';
import { newMessage, sessionKeyOf, usage } from './messages.ts';

/** Writers at a time; as many as the store has connections to PostgreSQL. */
const together = 10;

/** Does the thing with that number, and resolves when it is on disk. */
type Write = (number: number) => Promise<unknown>;

export async function measureStoreVerbs(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  const store = await place.openStore();
  const count = Math.ceil(1000 * scale);
  try {
    const found: Figure[] = [];
    for (const writers of [1, together]) {
      const raw = await rawWrites(place, writers, count);
      const who = writers === 1 ? '1 writer' : `${writers} writers`;
      found.push(figure(`one raw row a commit, ${who}`, 'per s', raw));
      for (const [name, write] of await verbsOf(store, `${writers}`, count)) {
        const rate = await rateOf(write, writers, count);
        found.push(figure(`${name}, ${who}`, 'per s', rate), figure(`${name} against raw, ${who}`, '×', rate / raw));
      }
    }
    return found;
  } finally {
    await store.close();
    place.remove();
  }
}

async function verbsOf(store: Store, label: string, count: number): Promise<readonly (readonly [string, Write])[]> {
  const chatOf = (number: number) => `c${label}-${number}`;
  const held = new Map<number, Awaited<ReturnType<typeof begin>>>();
  const begin = async (number: number) => {
    expectDone(await store.sessions.acceptMessage(newMessage(`${chatOf(number)}-begun`)));
    return expectDone(await store.sessions.beginTurn(sessionKeyOf(`${chatOf(number)}-begun`), 'bench', 600_000));
  };
  await rateOf(async (number) => held.set(number, await begin(number)), together, count);
  const event = { stream: 'board:bench', type: 'hook.ran', actor: 'bench', provenance: null, data: { event: 'measured' } } as const;
  return [
    ['journal append', () => store.journal.appendEvents([event])],
    ['accept a message', async (number) => expectDone(await store.sessions.acceptMessage(newMessage(chatOf(number))))],
    [
      'finish a turn',
      async (number) => {
        const begun = held.get(number);
        if (begun === undefined) throw new Error(`turn ${number} was not begun`);
        expectDone(await store.sessions.finishTurn(begun.fence, begun.turn.id, { text: 'Two findings are open.', usage }, null));
      },
    ],
  ];
}

async function rateOf(write: Write, writers: number, count: number): Promise<number> {
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (next < count) await write(next++);
    }),
  );
  return perSecond(count, performance.now() - began);
}

/** With one connection on SQLite, where writers who come together can at best share a commit; with a connection each on PostgreSQL. */
async function rawWrites(place: Place, writers: number, count: number): Promise<number> {
  await pause(500);
  return place.databaseUrl === undefined
    ? rawSqlite(path.join(place.home, `raw-${writers}.db`), writers, count)
    : rawPostgres(place.databaseUrl, writers, count);
}

function rawSqlite(file: string, rowsPerCommit: number, count: number): number {
  const db = new DatabaseSync(file);
  db.exec('pragma journal_mode = wal; pragma synchronous = full; create table rows (id integer primary key, body text not null) strict');
  const insert = db.prepare('insert into rows (body) values (?)');
  const began = performance.now();
  for (let written = 0; written < count;) {
    db.exec('begin immediate');
    for (let row = 0; row < rowsPerCommit && written < count; row += 1, written += 1) insert.run(`row ${written}`);
    db.exec('commit');
  }
  const rate = perSecond(count, performance.now() - began);
  db.close();
  return rate;
}

async function rawPostgres(url: string, writers: number, count: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: writers });
  await pool.query('create table if not exists bench_rows (id bigint generated always as identity primary key, body text not null)');
  const rate = await rateOf(
    (number) => pool.query({ name: 'insert', text: 'insert into bench_rows (body) values ($1)', values: [`row ${number}`] }),
    writers,
    count,
  );
  await pool.end();
  return rate;
}
