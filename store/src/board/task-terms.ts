/** What a task is found by in a list: its labels and the words of its title. */
import type { WriteTransaction } from '../database.ts';
import type { TaskRow } from '../schema.ts';
import { searchWords } from '../search-words.ts';
import { fromStoredJson, storableText } from '../stored-text.ts';

export function labelTerm(label: string): string {
  return `label:${storableText(label)}`;
}

export function wordTerms(text: string): readonly string[] {
  return searchWords(text).map((word) => `word:${word}`);
}

export function termsOf({
  id,
  board,
  title,
  labels,
}: Pick<TaskRow, 'id' | 'board' | 'title' | 'labels'>): readonly { board: string; term: string; task: string }[] {
  const terms = new Set([...fromStoredJson(labels).map(labelTerm), ...wordTerms(title)]);
  return [...terms].map((term) => ({ board, term, task: id }));
}

export async function writeTerms({ db }: WriteTransaction, task: TaskRow): Promise<void> {
  const terms = termsOf(task);
  if (terms.length > 0)
    await db
      .insertInto('task_terms')
      .values([...terms])
      .execute();
}

export async function rewriteTerms(tx: WriteTransaction, task: TaskRow): Promise<void> {
  await tx.db.deleteFrom('task_terms').where('task', '=', task.id).execute();
  await writeTerms(tx, task);
}
