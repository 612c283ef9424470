/** The two databases, and a place of its own in them for each measurement. */
import path from 'node:path';
import { expectDone } from '@guildhall/protocol';
import { systemClock, systemIds } from '@guildhall/kernel';
import { openStore, type Store } from '@guildhall/store';
import pg from 'pg';
import { startPostgres } from '../scripts/postgres.ts';
import { createHome, startDaemonProcess, type DaemonProcess } from '../test/harness/daemon-process.ts';

export const ids = systemIds(systemClock.now);

/** A home and an empty database. */
export interface Place {
  readonly kind: 'sqlite' | 'postgres';
  readonly home: string;
  /** Of PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** A daemon as `guildhall up` starts it. */
  startDaemon(): Promise<DaemonProcess>;
  openStore(): Promise<Store>;
  remove(): void;
}

export interface Backend {
  readonly name: 'SQLite' | 'PostgreSQL';
  createPlace(config?: string, rehearsal?: string): Promise<Place>;
  stop(): Promise<void>;
}

export function sqliteBackend(): Backend {
  return { name: 'SQLite', createPlace: async (config, rehearsal) => placeIn(undefined, config, rehearsal), stop: async () => {} };
}

/** A server of its own that writes to disk as a real one does; a sentence when the machine has none. */
export async function postgresBackend(): Promise<Backend | string> {
  const server = await startPostgres();
  if ('missing' in server) return server.missing;
  let made = 0;
  return {
    name: 'PostgreSQL',
    async createPlace(config, rehearsal) {
      made += 1;
      const database = `bench_${made}`;
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(`create database ${database}`);
      await client.end();
      return placeIn(server.url.replace('/postgres?', `/${database}?`), config, rehearsal);
    },
    stop: () => server.stop(),
  };
}

function placeIn(databaseUrl: string | undefined, config = '', rehearsal?: string): Place {
  const home = createHome(config, rehearsal);
  const kept = databaseUrl === undefined ? {} : { databaseUrl };
  return {
    kind: databaseUrl === undefined ? 'sqlite' : 'postgres',
    home: home.home,
    databaseUrl,
    startDaemon: () => startDaemonProcess(home, kept),
    openStore: async () =>
      expectDone(
        await openStore(databaseUrl === undefined ? { kind: 'sqlite', file: path.join(home.home, 'guildhall.db') } : { kind: 'postgres', url: databaseUrl }, {
          clock: systemClock,
          ids,
          boot: ids.next('boot'),
        }),
      ),
    remove: () => home.remove(),
  };
}
