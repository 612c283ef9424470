/** Kysely over something that runs one statement: a SQLite connection, the thread that reads, one client of PostgreSQL or its pool. Transactions are begun elsewhere. */
import { Fault } from '@guildhall/protocol';
import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely';
import type { Schema } from './schema.ts';

/** Runs one statement and answers as Kysely expects. */
export type StatementRunner = (sql: string, parameters: readonly unknown[]) => Promise<QueryResult<unknown>>;

export function kyselyOver(kind: 'sqlite' | 'postgres', run: StatementRunner): Kysely<Schema> {
  const createDriver = () => driverOver(run);
  const dialect: Dialect =
    kind === 'sqlite'
      ? {
          createDriver,
          createAdapter: () => new TransactionalSqliteAdapter(),
          createIntrospector: (db) => new SqliteIntrospector(db),
          createQueryCompiler: () => new SqliteQueryCompiler(),
        }
      : {
          createDriver,
          createAdapter: () => new PostgresAdapter(),
          createIntrospector: (db) => new PostgresIntrospector(db),
          createQueryCompiler: () => new PostgresQueryCompiler(),
        };
  return new Kysely<Schema>({ dialect });
}

/** SQLite takes DDL back with its transaction, and statements that are whole in themselves may share a connection. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

function driverOver(run: StatementRunner): Driver {
  const connection: DatabaseConnection = {
    executeQuery: async <R>(query: CompiledQuery) => (await run(query.sql, query.parameters)) as QueryResult<R>,
    streamQuery: () => {
      throw new Fault('not-streamed', 'rows are read in pages, never streamed');
    },
  };
  const noTransaction = async () => {
    throw new Fault('nested-transaction', 'transactions are begun by the store alone');
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: noTransaction,
    commitTransaction: noTransaction,
    rollbackTransaction: noTransaction,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}
