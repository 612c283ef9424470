/**
 * A page of tasks, newest first. What is not filtered by a word or a label is merged from a page of each status, so that its cost is the same on a board of ten and of a million
 * tasks; a word or a label walks the tasks that have it, or those of the status where they are fewer. Archived tasks are listed when they are asked for.
 */
import type { BoardReads } from '@guildhall/board';
import { done, taskStatuses, type TaskStatus } from '@guildhall/protocol';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../schema.ts';
import { searchPhrases } from '../search-words.ts';
import { noBoard } from './boards.ts';
import { toTask } from './rows.ts';
import { labelTerm, wordTerms } from './task-terms.ts';

type Query = Parameters<BoardReads['listTasks']>[0];
type Page = Awaited<ReturnType<BoardReads['listTasks']>>;

const largestPage = 500;
/** So many tasks are read and filtered rather than found. */
const mostFiltered = 1_000;

export async function listTasks(db: Kysely<Schema>, query: Query): Promise<Page> {
  const board = await db.selectFrom('boards').select('name').where('name', '=', query.board).executeTakeFirst();
  if (board === undefined) return noBoard(query.board);
  const terms = termsOfQuery(query);
  if (query.q !== undefined && query.q.trim() !== '' && searchPhrases(query.q).length === 0) return done({ tasks: [], next: null });
  const wanted = Math.max(1, Math.min(query.limit, largestPage));
  const ids = terms.length === 0 ? await mergeStatuses(db, query, wanted + 1) : await walkTerms(db, query, terms, wanted + 1);
  const page = ids.slice(0, wanted);
  return done({ tasks: await readInOrder(db, page), next: ids.length > wanted ? (page.at(-1) ?? null) : null });
}

/** The tasks of these ids, in that order. */
export async function readInOrder(db: Kysely<Schema>, ids: readonly string[]) {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom('tasks').selectAll().where('id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    return row === undefined ? [] : [toTask(row)];
  });
}

/** The longest first: it is in the fewest titles. */
function termsOfQuery({ label, q }: Query): readonly string[] {
  const words = q === undefined ? [] : wordTerms(q);
  const unique = [...new Set([...words, ...(label === undefined ? [] : [labelTerm(label)])])];
  return unique.toSorted((a, b) => b.length - a.length);
}

function wantedStatuses({ status }: Query): readonly TaskStatus[] {
  return status === undefined ? taskStatuses.filter((each) => each !== 'archived') : [status];
}

async function mergeStatuses(db: Kysely<Schema>, query: Query, limit: number): Promise<readonly string[]> {
  const parts = wantedStatuses(query).map((status) => {
    const part = db
      .selectFrom('tasks')
      .select('id')
      .where('board', '=', query.board)
      .where('status', '=', status)
      .$if(query.assignee !== undefined, (narrowed) => narrowed.where('assignee', '=', query.assignee ?? ''))
      .$if(query.after !== undefined, (narrowed) => narrowed.where('id', '<', query.after ?? ''))
      .orderBy('id', 'desc')
      .limit(limit);
    return sql`select id from (${part}) as part`;
  });
  const { rows } = await sql<{ id: string }>`${sql.join(parts, sql` union all `)} order by id desc limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

/** By the few tasks of the status where they are few, else by the tasks that have the rarest term. */
async function walkTerms(db: Kysely<Schema>, query: Query, terms: readonly string[], limit: number): Promise<readonly string[]> {
  if (query.status !== undefined && (await isSmall(db, query.board, query.status))) return filterStatus(db, query, query.status, terms, limit);
  const [rarest = '', ...others] = terms;
  const rows = await db
    .selectFrom('task_terms')
    .innerJoin('tasks', 'tasks.id', 'task_terms.task')
    .select('task_terms.task as id')
    .where('task_terms.board', '=', query.board)
    .where('task_terms.term', '=', rarest)
    .where('tasks.status', 'in', wantedStatuses(query))
    .where(hasTerms(others))
    .$if(query.assignee !== undefined, (narrowed) => narrowed.where('tasks.assignee', '=', query.assignee ?? ''))
    .$if(query.after !== undefined, (narrowed) => narrowed.where('task_terms.task', '<', query.after ?? ''))
    .orderBy('task_terms.task', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

async function isSmall(db: Kysely<Schema>, board: string, status: TaskStatus): Promise<boolean> {
  const rows = await db.selectFrom('tasks').select('id').where('board', '=', board).where('status', '=', status).offset(mostFiltered).limit(1).execute();
  return rows.length === 0;
}

async function filterStatus(db: Kysely<Schema>, query: Query, status: TaskStatus, terms: readonly string[], limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('tasks')
    .select('id')
    .where('board', '=', query.board)
    .where('status', '=', status)
    .where(hasTerms(terms))
    .$if(query.assignee !== undefined, (narrowed) => narrowed.where('assignee', '=', query.assignee ?? ''))
    .$if(query.after !== undefined, (narrowed) => narrowed.where('id', '<', query.after ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

function hasTerms(terms: readonly string[]) {
  const each = terms.map(
    (term) => sql`exists (select 1 from task_terms as other where other.board = tasks.board and other.term = ${term} and other.task = tasks.id)`,
  );
  return sql<boolean>`(${each.length === 0 ? sql`1 = 1` : sql.join(each, sql` and `)})`;
}
