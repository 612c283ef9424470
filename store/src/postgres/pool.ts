/** Connections to PostgreSQL, and statements on them. */
import pg from 'pg';
import { Fault } from '@guildhall/protocol';
import type { StatementRunner } from '../kysely-over.ts';
import { sortError, Trouble } from './trouble.ts';

export interface PostgresPlace {
  readonly url: string;
  /** The schema everything lies in; absent means what the role's `search_path` says. */
  readonly schema?: string;
  /** Shown to whoever looks at the connections of the server. */
  readonly boot?: string;
}

/** No statement runs longer than this; the client gives up a little later, should the server have fallen silent. */
const statementTimeoutMs = 30_000;
const silentTimeoutMs = 35_000;
const connectTimeoutMs = 5_000;

const exactNumbers = new pg.TypeOverrides();
exactNumbers.setTypeParser(pg.types.builtins.INT8, toExactNumber);

/** Settings every connection of ours has. Whole numbers come as numbers; one too large to be exact is a fault. */
export function clientSettings(place: PostgresPlace): pg.PoolConfig {
  return {
    ...placeSettings(place),
    application_name: `guildhall ${place.boot ?? ''}`.trim(),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: silentTimeoutMs,
    idle_in_transaction_session_timeout: silentTimeoutMs,
    keepAlive: true,
    types: exactNumbers,
  };
}

/** The schema is chosen by a start-up option; options in the URL, which `pg` would take instead, are kept. */
function placeSettings({ url, schema }: PostgresPlace): pg.PoolConfig {
  if (schema === undefined) return { connectionString: url };
  const own = /[?&]options=([^&#]*)/.exec(url);
  const connectionString = own === null ? url : url.replace(own[0], own[0].startsWith('?') ? '?' : '').replace('?&', '?');
  return { connectionString, options: `${decodeURIComponent(own?.[1] ?? '')} -c search_path=${schema}`.trim() };
}

function toExactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Fault('not-exact', `${text} is too large a number`);
  return value;
}

export function openPool(place: PostgresPlace, max: number): pg.Pool {
  const pool = new pg.Pool({ ...clientSettings(place), max, pipeline: true });
  // A lost connection is noticed by the query that used it, or by the next one; without a listener it would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

interface Querying {
  query(statement: pg.QueryConfig): Promise<pg.QueryResult<Record<string, unknown>> | pg.QueryResult[]>;
}

/** Runs statements on one client. What goes wrong is sorted by `sortError`. */
export function statementRunner(client: Querying): StatementRunner {
  return async (sql, parameters) => {
    try {
      const answer = await client.query({ text: sql, values: [...parameters], ...preparedAs(sql, parameters) });
      // Several statements in one text give several results; nobody reads those.
      if (Array.isArray(answer)) return { rows: [] };
      const { rows, rowCount, command } = answer;
      if (command === 'SELECT') return { rows };
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    } catch (error) {
      throw sortError(error);
    }
  };
}

/** A connection keeps the plans of so many statements; those that come later, or are as long as only lists of changing length are, are planned each time. */
const mostPrepared = 300;
const longestPrepared = 4_000;
const preparedNames = new Map<string, string>();

/** The name under which a statement is kept, with its plan, by each connection that has run it. */
function preparedAs(sql: string, parameters: readonly unknown[]): { readonly name?: string } {
  if (parameters.length === 0) return {};
  const known = preparedNames.get(sql);
  if (known !== undefined) return { name: known };
  if (preparedNames.size >= mostPrepared || sql.length > longestPrepared) return {};
  const name = `s${preparedNames.size + 1}`;
  preparedNames.set(sql, name);
  return { name };
}

/** A client for the length of `work`; thrown away when the trouble was with the connection. */
export async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw sortError(error);
  });
  let broken = true;
  try {
    const value = await work(client);
    broken = false;
    return value;
  } catch (error) {
    broken = error instanceof Trouble && error.kind === 'lost';
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The URL without its password, and without its options, which may hold one. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'postgres';
  const shown = new URL(url);
  shown.password = '';
  shown.search = '';
  return shown.href;
}
