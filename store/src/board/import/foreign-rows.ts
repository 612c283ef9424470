/** Columns of a database that keeps no promises: any may be missing, empty, or hold something of another type. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Json, JsonObject } from '@guildhall/protocol';
import { z } from 'zod';

export type ForeignRow = Readonly<Record<string, SQLOutputValue>>;

/** What was prepared and found out about a database that nobody else changes. */
interface Known {
  readonly statements: Map<string, StatementSync>;
  readonly columns: Map<string, ReadonlySet<string>>;
}
const knownOf = new WeakMap<DatabaseSync, Known>();

export function queryRows(db: DatabaseSync, sql: string, ...values: readonly SQLInputValue[]): readonly ForeignRow[] {
  const { statements } = remember(db);
  const statement = statements.get(sql) ?? db.prepare(sql);
  statements.set(sql, statement);
  // A whole number too large for a JavaScript one would throw.
  statement.setReadBigInts(true);
  return statement.all(...values);
}

/** Columns of a real table; none when there is no such table. */
export function columnsOf(db: DatabaseSync, table: string): ReadonlySet<string> {
  const { columns } = remember(db);
  const found = columns.get(table) ?? readColumns(db, table);
  columns.set(table, found);
  return found;
}

function readColumns(db: DatabaseSync, table: string): ReadonlySet<string> {
  const real = queryRows(db, "select 1 as found from sqlite_schema where type = 'table' and name = ? and sql not like 'create virtual%'", table);
  if (real.length === 0) return new Set();
  return new Set(queryRows(db, 'select name from pragma_table_info(?)', table).map((row) => textOf(row, 'name')));
}

function remember(db: DatabaseSync): Known {
  const known = knownOf.get(db) ?? { statements: new Map<string, StatementSync>(), columns: new Map<string, ReadonlySet<string>>() };
  knownOf.set(db, known);
  return known;
}

export function textOf(row: ForeignRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

export function wholeOf(row: ForeignRow, column: string): number | null {
  const value = row[column];
  const number = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN;
  return Number.isSafeInteger(Math.trunc(number)) ? Math.trunc(number) : null;
}

/** Unix seconds as milliseconds; null for what cannot be a time. */
export function secondsOf(row: ForeignRow, column: string): number | null {
  const value = row[column];
  const seconds = typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN;
  return seconds > 0 && seconds < latestSecond ? Math.round(seconds * 1000) : null;
}

/** The year 2286. */
const latestSecond = 10_000_000_000;

/** `2026-03-01 12:00:00.123` in UTC, or with a zone of its own. */
export function timeOf(row: ForeignRow, column: string): number | null {
  const text = textOf(row, column).trim().replace(' ', 'T');
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isFinite(at) && at > 0 && at < latestSecond * 1000 ? at : null;
}

const json: z.ZodType<Json> = z.json();

/** JSON text as an object; what is no object goes under `value`, what is too long or no JSON under `text`, cut. */
export function objectOf(row: ForeignRow, column: string, mostCharacters: number): JsonObject {
  const text = textOf(row, column);
  if (text === '') return {};
  if (text.length > mostCharacters) return { text: text.slice(0, mostCharacters), cut: true };
  const parsed = parse(text);
  if (parsed === undefined) return { text };
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : { value: parsed };
}

function parse(text: string): Json | undefined {
  try {
    return json.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
