/** Brings a schema of PostgreSQL to the newest version. Many daemons may start at once: each step is done by the one that holds the advisory lock, the others find it done. */
import { failpoint } from '@guildhall/kernel';
import { done, type Settled } from '@guildhall/protocol';
import type pg from 'pg';
import type { StatementRunner } from '../kysely-over.ts';
import { loadMigrations, pendingMigrations, versionTable, type AppliedMigration, type Migration } from '../migrations.ts';
import { statementRunner, withClient } from './pool.ts';

export async function migratePostgres(
  pool: pg.Pool,
  parts: { readonly schema: string | undefined; readonly location: string; readonly now: () => number; readonly known?: readonly Migration[] },
): Promise<Settled<number>> {
  const known = parts.known ?? loadMigrations('postgres');
  for (;;) {
    const step = await withClient(pool, (client) => applyNext(statementRunner(client), known, parts));
    if (!step.ok) return step;
    if (step.value === 'none') return done(known.at(-1)?.version ?? 0);
    await failpoint('migration.after-commit');
  }
}

async function applyNext(
  run: StatementRunner,
  known: readonly Migration[],
  parts: { readonly schema: string | undefined; readonly location: string; readonly now: () => number },
): Promise<Settled<'applied' | 'none'>> {
  await run('begin', []);
  try {
    await run('select pg_advisory_xact_lock(hashtext($1))', [`guildhall migration ${parts.schema ?? ''}`]);
    const pending = pendingMigrations(known, await readApplied(run), 'postgres', parts.location);
    const [next] = pending.ok ? pending.value : [];
    if (next === undefined) {
      await run('rollback', []);
      return pending.ok ? done('none') : pending;
    }
    if (parts.schema !== undefined) await run(`create schema if not exists "${parts.schema}"`, []);
    await run(versionTable, []);
    await run('insert into schema_version (version, name, breaking, applied_at) values ($1, $2, $3, $4)', [
      next.version,
      next.name,
      next.breaking ? 1 : 0,
      parts.now(),
    ]);
    await run(next.sql, []);
    await failpoint('migration.before-commit');
    await run('commit', []);
    return done('applied');
  } catch (error) {
    await run('rollback', []).catch(() => undefined);
    throw error;
  }
}

async function readApplied(run: StatementRunner): Promise<readonly AppliedMigration[]> {
  const { rows: tables } = await run("select 1 from information_schema.tables where table_schema = current_schema() and table_name = 'schema_version'", []);
  if (tables.length === 0) return [];
  const { rows } = await run('select version, name, breaking from schema_version order by version', []);
  return (rows as readonly { version: number; name: string; breaking: number }[]).map(({ version, name, breaking }) => ({
    version,
    name,
    breaking: breaking === 1,
  }));
}
