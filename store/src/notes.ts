/** Small facts the daemon keeps by name: the installation's id, the reviewed hash of an MCP server's tools … */
import type { Json } from '@guildhall/protocol';
import type { Database } from './database.ts';
import { fromStoredJson, toStoredJson } from './stored-text.ts';

export interface NoteStore {
  readNote(name: string): Promise<Json | undefined>;
  writeNote(name: string, value: Json): Promise<void>;
  /** Writes it unless there is one; returns the one there is now. Of two that race, both get the same. */
  writeNoteOnce(name: string, value: Json): Promise<Json>;
}

export function noteStore(database: Database): NoteStore {
  return {
    readNote: (name) =>
      database.read(async (db) => {
        const row = await db.selectFrom('notes').select('value').where('name', '=', name).executeTakeFirst();
        return row === undefined ? undefined : fromStoredJson(row.value);
      }),
    async writeNote(name, value) {
      const text = toStoredJson(value);
      await database.transaction(({ db }) =>
        db
          .insertInto('notes')
          .values({ name, value: text })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: text }))
          .execute(),
      );
    },
    writeNoteOnce: (name, value) =>
      database.transaction(async ({ db }) => {
        await db
          .insertInto('notes')
          .values({ name, value: toStoredJson(value) })
          .onConflict((conflict) => conflict.column('name').doNothing())
          .execute();
        const row = await db.selectFrom('notes').select('value').where('name', '=', name).executeTakeFirstOrThrow();
        return fromStoredJson(row.value);
      }),
  };
}
