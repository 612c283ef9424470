/** A database for one daemon of a test: the SQLite file of its home, and on machines that have it one of its own in the PostgreSQL of the run. */
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly start: { readonly databaseUrl?: string };
  drop(): Promise<void>;
}

const provided = inject('postgres');

export const databases: readonly (readonly [kind: string, open: () => Promise<TestDatabase>])[] = [
  ['SQLite', async () => ({ start: {}, drop: async () => {} })],
  ...('url' in provided ? ([['PostgreSQL', () => postgresDatabase(provided.url)]] as const) : []),
];

let made = 0;

async function postgresDatabase(url: string): Promise<TestDatabase> {
  made += 1;
  const name = `board_${process.pid}_${made}`;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`create database ${name}`);
  return {
    start: { databaseUrl: url.replace('/postgres?', `/${name}?`) },
    async drop() {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
