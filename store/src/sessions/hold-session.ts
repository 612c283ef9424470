import type { WriteTransaction } from '../database.ts';

/** Holds a session's row until the transaction ends. Whatever changes which turns wait or run in it holds the row first, so that they follow each other. */
export async function holdSession({ db }: WriteTransaction, key: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set((eb) => ({ turn_count: eb.ref('turn_count') }))
    .where('key', '=', key)
    .execute();
}
