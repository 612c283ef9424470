/** Rows changed by hand, for tests that the check of the database finds them. */
import type { Store } from '../src/index.ts';
import type { TestDatabase } from './databases.ts';

/** The names of the rules that do not hold while the statement has been run; its tables are put back as they were. */
export async function foundAfter(database: TestDatabase, store: Store, tables: readonly string[], statement: string): Promise<readonly string[]> {
  for (const table of tables) await database.raw(`create table kept_${table} as select * from ${table}`);
  await database.raw(statement);
  const found = await store.verify();
  for (const table of tables) {
    await database.raw(`delete from ${table}`);
    await database.raw(`insert into ${table} select * from kept_${table}`);
    await database.raw(`drop table kept_${table}`);
  }
  return found.filter(({ ok }) => !ok).map(({ subject }) => subject);
}
