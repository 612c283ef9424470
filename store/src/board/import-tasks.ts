/**
 * Takes over a foreign board in one transaction: with half of its links written, a task could be claimed that still waits for another. `imported_tasks` remembers the ids things
 * had there, so that importing again adds only what is new.
 */
import type { ImportedBoard, ImportedTask } from '@guildhall/board';
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Kysely } from 'kysely';
import type { WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { Schema, TaskRow } from '../schema.ts';
import { resolveLinks, withoutCycles, type Link } from './import-links.ts';
import { importedRunRow, importedTaskRow } from './import-rows.ts';
import { inParts, writeImported } from './import-writes.ts';
import { linkOne } from './link-tasks.ts';
import { holdGraph } from './links.ts';
import { taskRowEvent } from './row-events.ts';

type Counts = Readonly<Record<string, number>>;

export async function importTasks(
  tx: WriteTransaction,
  board: string,
  imported: ImportedBoard,
  actor: string,
): Promise<Settled<{ readonly imported: Counts }>> {
  await holdGraph(tx);
  const target = await tx.db.selectFrom('boards').select('name').where('name', '=', board).modifyEnd(tx.seam.holdRows).executeTakeFirst();
  if (target === undefined) return refuse('not-found', `there is no board "${board}"; make it with: guildhall kanban boards create ${board}`, { board });
  const named = new Set([...imported.tasks.map(({ key }) => key), ...imported.links.flatMap(({ parent, child }) => [parent, child])]);
  const known = await findImported(tx.db, board, imported.format, [...named]);
  const fresh = [...new Map(imported.tasks.filter(({ key }) => !known.has(key)).map((task) => [task.key, task])).values()];
  const freshIds = new Set(fresh.map(({ id }) => id));
  const links = resolveLinks(imported.links, new Map([...known, ...fresh.map(({ key, id }) => [key, id] as const)]));
  const freshLinks = withoutCycles(links.filter(({ child }) => freshIds.has(child)));
  const laterLinks = await findMissing(
    tx,
    links.filter(({ child }) => !freshIds.has(child)),
  );
  const rows = await placeRows(tx, board, fresh, freshLinks);
  await writeImported(tx, { board, format: imported.format, tasks: fresh, rows, links: freshLinks, runs: runRows(fresh, rows) });
  const events = fresh.flatMap((task) => birth(imported.format, task, rows.get(task.id), actor));
  const linked = await linkKnown(tx, laterLinks, actor);
  await appendInTransaction(tx, [...events, ...linked.events]);
  return done({ imported: count(fresh, freshLinks.length + linked.count) });
}

/** What these keys became when they were imported before. */
export async function findImported(db: Kysely<Schema>, board: string, format: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const part of inParts(keys)) {
    const rows = await db
      .selectFrom('imported_tasks')
      .select(['key', 'task'])
      .where('board', '=', board)
      .where('format', '=', format)
      .where('key', 'in', part)
      .execute();
    for (const { key, task } of rows) known.set(key, task);
  }
  return known;
}

async function findMissing({ db }: WriteTransaction, links: readonly Link[]): Promise<readonly Link[]> {
  const there = new Set<string>();
  for (const part of inParts(links)) {
    const children = part.map(({ child }) => child);
    const rows = await db.selectFrom('task_links').selectAll().where('child', 'in', children).execute();
    for (const { parent, child } of rows) there.add(JSON.stringify([parent, child]));
  }
  return links.filter(({ parent, child }) => !there.has(JSON.stringify([parent, child])));
}

/** The rows of the new tasks, by id, with their links counted. */
async function placeRows(tx: WriteTransaction, board: string, fresh: readonly ImportedTask[], links: readonly Link[]): Promise<ReadonlyMap<string, TaskRow>> {
  const ended = new Set(fresh.filter(({ status }) => status === 'done' || status === 'archived').map(({ id }) => id));
  const freshIds = new Set(fresh.map(({ id }) => id));
  const others = [...new Set(links.map(({ parent }) => parent).filter((parent) => !freshIds.has(parent)))];
  for (const part of inParts(others)) {
    const held = await tx.db.selectFrom('tasks').select(['id', 'was_done']).where('id', 'in', part).orderBy('id').modifyEnd(tx.seam.holdRows).execute();
    for (const { id, was_done: wasDone } of held) if (wasDone === 1) ended.add(id);
  }
  const parentsOf = Map.groupBy(links, ({ child }) => child);
  const childrenOf = Map.groupBy(links, ({ parent }) => parent);
  const place = (id: string) => ({
    board,
    at: tx.at,
    openParents: (parentsOf.get(id) ?? []).filter(({ parent }) => !ended.has(parent)).length,
    children: childrenOf.get(id)?.length ?? 0,
  });
  return new Map(fresh.map((task) => [task.id, importedTaskRow(task, place(task.id))]));
}

function runRows(fresh: readonly ImportedTask[], rows: ReadonlyMap<string, TaskRow>) {
  return fresh.flatMap((task) => {
    const row = rows.get(task.id);
    return row === undefined ? [] : task.runs.map((run, index) => importedRunRow(row, run, index + 1));
  });
}

/** That it came, and where it stands; then what its journal said there. */
function birth(format: string, task: ImportedTask, row: TaskRow | undefined, actor: string): readonly NewEvent[] {
  if (row === undefined) return [];
  const came = taskRowEvent('task.imported', row, actor, { format, key: task.key, title: row.title });
  return [came, ...task.events.map(({ type, at, data }) => taskRowEvent('task.imported', row, actor, { format, was: type, happenedAt: at, data }))];
}

/** Links whose child was imported before: only where our rules allow them now. */
async function linkKnown(
  tx: WriteTransaction,
  links: readonly Link[],
  actor: string,
): Promise<{ readonly count: number; readonly events: readonly NewEvent[] }> {
  const events: NewEvent[] = [];
  let made = 0;
  for (const { parent, child } of links) {
    const linked = await linkOne(tx, parent, child, actor);
    if (!linked.ok) continue;
    made += 1;
    events.push(...linked.value.events);
  }
  return { count: made, events };
}

function count(fresh: readonly ImportedTask[], links: number): Counts {
  const sum = (of: (task: ImportedTask) => number) => fresh.reduce((total, task) => total + of(task), 0);
  return {
    tasks: fresh.length,
    links,
    comments: sum(({ comments }) => comments.length),
    runs: sum(({ runs }) => runs.length),
    attachments: sum(({ attachments }) => attachments.length),
    events: sum(({ events }) => events.length),
  };
}
