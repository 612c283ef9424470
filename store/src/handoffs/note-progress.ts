import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText } from '../stored-text.ts';
import { handoffEvent } from './handoff-events.ts';

/** The last thing heard from the target while it works; nothing once it has ended. */
export async function noteProgress(tx: WriteTransaction, id: string, text: string): Promise<void> {
  const row = await tx.db
    .updateTable('handoffs')
    .set({ progress: storableText(text) })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) await appendInTransaction(tx, [handoffEvent('handoff.progressed', row, `agent:${row.target_agent}`, { text })]);
}
