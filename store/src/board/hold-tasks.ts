import { refuse, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';

/** The tasks of these ids that exist, by id, held until the transaction ends: what is decided from such a row stays true. */
export function holdTasks(tx: WriteTransaction, ids: readonly string[]): Promise<readonly TaskRow[]> {
  return tx.db.selectFrom('tasks').selectAll().where('id', 'in', ids).orderBy('id').modifyEnd(tx.seam.holdRows).execute();
}

export async function holdTask(tx: WriteTransaction, id: string): Promise<TaskRow | undefined> {
  const [row] = await holdTasks(tx, [id]);
  return row;
}

export function noTask(id: string): Settled<never> {
  return refuse('not-found', `there is no task "${id.slice(0, 80)}"; list them with: guildhall kanban list`, { task: id });
}
