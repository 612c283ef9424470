/**
 * The numbered migrations in `store/migrations`, and which of them a database still needs. Each runs in one transaction whose first statement is its version row, so that
 * it happens wholly or not at all, and of two that try the same one waits and then finds it done.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { done, refuse, Fault, type Settled } from '@guildhall/protocol';

export interface Migration {
  readonly version: number;
  /** `0001-foundation`. */
  readonly name: string;
  /** A program that does not know it must not use the database any more. */
  readonly breaking: boolean;
  readonly sql: string;
}

export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly breaking: boolean;
}

export const versionTable = `create table if not exists schema_version (
  version bigint not null primary key,
  name text not null,
  breaking bigint not null,
  applied_at bigint not null
)`;

const directory = new URL('../migrations/', import.meta.url);

/** All migrations for one of the databases, in order. A gap in the numbers or a missing mark is a fault. */
export function loadMigrations(kind: 'sqlite' | 'postgres'): readonly Migration[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(`.${kind}.sql`))
    .toSorted();
  return files.map((file, index) => {
    const text = readFileSync(new URL(file, directory), 'utf8');
    const breaking = /^-- breaking: (yes|no)\n/.exec(text)?.[1];
    const version = Number(file.slice(0, 4));
    if (breaking === undefined || version !== index + 1)
      throw new Fault('bad-migration', `${file} is not number ${index + 1}, or does not begin with "-- breaking: yes" or "no"`);
    return { version, name: file.slice(0, -`.${kind}.sql`.length), breaking: breaking === 'yes', sql: text };
  });
}

/**
 * What is still to be applied. Refuses a database that a newer program has migrated: a SQLite file always, a PostgreSQL schema unless everything unknown is marked as not
 * breaking, so that several daemons can be upgraded one after another.
 */
export function pendingMigrations(
  known: readonly Migration[],
  applied: readonly AppliedMigration[],
  kind: 'sqlite' | 'postgres',
  where: string,
): Settled<readonly Migration[]> {
  const unknown = applied.filter(({ version }) => !known.some((migration) => migration.version === version));
  const first = unknown.find(({ breaking }) => breaking || kind === 'sqlite');
  if (first !== undefined) {
    return refuse(
      'storage-unavailable',
      `the database ${where} was written by a newer Guildhall (it has ${first.name}; this one knows up to ${known.at(-1)?.name ?? 'nothing'}). Nothing was touched; start the newer version, or restore an older backup`,
      { found: first.version, known: known.length },
    );
  }
  return done(known.filter(({ version }) => !applied.some((migration) => migration.version === version)));
}
