/**
 * The least a claimed and completed card can cost: one transaction that takes the next ready row and writes a run, a lease and an event with its place in the journal, and one that ends
 * them, by prepared statements and nothing else — no checks, no fence, no hash chain; a commit on disk for each transaction. On SQLite one after the other, as a file has one writer; on PostgreSQL each
 * worker has a connection.
 */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { Place } from './backends.ts';
import { perSecond } from './figures.ts';

const statements = {
  take: `update raw_tasks set status = 'running', run = $1 where id = (select id from raw_tasks where status = 'ready' order by id limit 1 SKIP) returning id`,
  lease:
    'insert into raw_leases (name, holder, epoch, expires_at) values ($1, $2, 1, $3) on conflict (name) do update set holder = excluded.holder, epoch = raw_leases.epoch + 1',
  run: "insert into raw_runs (id, task, token_hash, outcome) values ($1, $2, $3, 'open')",
  endRun: "update raw_runs set outcome = 'completed' where id = $1",
  endTask: "update raw_tasks set status = 'done' where id = $1",
  endLease: 'update raw_leases set holder = null where name = $1',
  stream: "update raw_streams set seq = seq + 1 where name = 'board'",
  head: 'update raw_head set position = position + 1 returning position',
  event: 'insert into raw_events (position, body) values ($1, $2)',
  body: 'insert into raw_bodies (position, body) values ($1, $2)',
} as const;
type Name = keyof typeof statements;

const tables = `create table raw_tasks (id INT primary key, status text not null, run text, body text not null);
  create index raw_ready on raw_tasks (id) where status = 'ready';
  create table raw_leases (name text primary key, holder text, epoch INT not null, expires_at INT not null);
  create table raw_runs (id text primary key, task INT not null, token_hash text not null unique, outcome text not null);
  create table raw_streams (name text primary key, seq INT not null);
  create table raw_head (id INT primary key, position INT not null);
  create table raw_events (position INT primary key, body text not null);
  create table raw_bodies (position INT primary key, body text not null);
  insert into raw_streams values ('board', 0);
  insert into raw_head values (1, 0);`;

type Run = (name: Name, values: readonly (string | number)[]) => Promise<readonly Record<string, unknown>[]>;

const body = JSON.stringify({ task: 'task_00000000000000000000000000', status: 'running', lane: 'bench', run: 'run_00000000000000000000000000', epoch: 1 });

/** Cycles a second with so many workers at a time. */
export function rawCycles(place: Place, workers: number, count: number): Promise<number> {
  return place.databaseUrl === undefined ? onSqlite(path.join(place.home, 'raw-board.db'), count) : onPostgres(place.databaseUrl, workers, count);
}

async function onSqlite(file: string, count: number): Promise<number> {
  const db = new DatabaseSync(file);
  db.exec('pragma journal_mode = wal; pragma synchronous = full');
  db.exec(tables.replaceAll('INT', 'integer'));
  fill(
    (number) => db.prepare('insert into raw_tasks (id, status, body) values (?, ?, ?)').run(number, 'ready', body),
    count,
    () => db.exec('begin'),
    () => db.exec('commit'),
  );
  const prepared = new Map(Object.entries(statements).map(([name, text]) => [name, db.prepare(text.replace('SKIP', '').replaceAll(/\$\d/g, '?'))]));
  const run = async (name: Name, values: readonly (string | number)[]) => prepared.get(name)?.all(...values) ?? [];
  const began = performance.now();
  const commit = async <T>(work: () => Promise<T>): Promise<T> => {
    db.exec('begin immediate');
    const value = await work();
    db.exec('commit');
    return value;
  };
  for (let number = 0; number < count; number += 1) {
    const one = await commit(() => claim(run, `${number}`));
    await commit(() => complete(run, one));
  }
  const rate = perSecond(count, performance.now() - began);
  db.close();
  return rate;
}

function fill(insert: (number: number) => unknown, count: number, begin: () => void, commit: () => void): void {
  begin();
  for (let number = 0; number < count; number += 1) insert(number);
  commit();
}

async function onPostgres(url: string, workers: number, count: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: workers });
  await pool.query(tables.replaceAll('INT', 'bigint'));
  await pool.query(`insert into raw_tasks (id, status, body) select n, 'ready', '${body}' from generate_series(1, ${count}) as n`);
  await pool.query('analyze raw_tasks');
  let left = count;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      const client = await pool.connect();
      const run: Run = async (name, values) =>
        (await client.query<Record<string, unknown>>({ name, text: statements[name].replace('SKIP', 'for update skip locked'), values: [...values] })).rows;
      while (left > 0) {
        left -= 1;
        await client.query('begin');
        const one = await claim(run, `${worker}-${left}`);
        await client.query('commit');
        await client.query('begin');
        await complete(run, one);
        await client.query('commit');
      }
      client.release();
    }),
  );
  const rate = perSecond(count, performance.now() - began);
  await pool.end();
  return rate;
}

async function claim(run: Run, id: string): Promise<readonly [number, string]> {
  const [taken] = await run('take', [id]);
  const task = Number(taken?.['id']);
  await run('lease', [`claim:${task}`, 'lane:bench', 1]);
  await run('run', [id, task, `hash ${id}`]);
  await record(run);
  return [task, id];
}

async function complete(run: Run, [task, id]: readonly [number, string]): Promise<void> {
  await run('endRun', [id]);
  await run('endTask', [task]);
  await run('endLease', [`claim:${task}`]);
  await record(run);
}

async function record(run: Run): Promise<void> {
  await run('stream', []);
  const [head] = await run('head', []);
  const position = Number(head?.['position']);
  await run('event', [position, body]);
  await run('body', [position, body]);
}
