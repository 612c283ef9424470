/** Statements on one `node:sqlite` connection, prepared once. */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { Fault } from '@guildhall/protocol';
import type { StatementRunner } from '../kysely-over.ts';
import { asStorageFault } from './storage-fault.ts';

/** How many prepared statements a connection keeps. */
const cachedStatements = 500;

export function statementRunner(db: DatabaseSync, file: string): StatementRunner {
  const cache = new Map<string, { readonly statement: StatementSync; readonly isReader: boolean }>();
  const prepare = (sql: string) => {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    const prepared = { statement, isReader: statement.columns().length > 0 };
    if (cache.size >= cachedStatements) cache.clear();
    cache.set(sql, prepared);
    return prepared;
  };
  return async (sql, parameters) => {
    try {
      const { statement, isReader } = prepare(sql);
      const values = parameters.map(toSqlValue);
      if (isReader) return { rows: statement.all(...values) };
      const { changes } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes) };
    } catch (error) {
      throw asStorageFault(error, file);
    }
  };
}

function toSqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint8Array) return value;
  throw new Fault('not-storable', `a ${typeof value} was given to the database`);
}
