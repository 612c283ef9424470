/**
 * A database of Vibe Kanban (`db.v2.sqlite`). Ids are 16 bytes, times are text in UTC. What works on a task was called an attempt once and a workspace later, and its files images; a board from
 * any time in between is read.
 */
import { join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { ImportedTask } from '@guildhall/board';
import type { JsonObject } from '@guildhall/protocol';
import { findFiles, readAttachment, type ForeignAttachment, type FoundFile } from './foreign-attachments.ts';
import type { Adoption, ForeignTables, Skipped } from './foreign-board.ts';
import { columnsOf, queryRows, textOf, timeOf, type ForeignRow } from './foreign-rows.ts';
import { importedMetadata, titleAndBody } from './foreign-words.ts';
import { attachmentsQuery, keyOf, vibeRuns, workOf } from './vibe-work.ts';

export function isVibeKanban(db: DatabaseSync): boolean {
  const tasks = columnsOf(db, 'tasks');
  return ['id', 'project_id', 'title', 'status', 'created_at'].every((column) => tasks.has(column)) && columnsOf(db, 'projects').has('name');
}

const statuses: Readonly<Record<string, ImportedTask['status']>> = {
  todo: 'todo',
  inprogress: 'ready',
  inreview: 'review',
  done: 'done',
  cancelled: 'archived',
};

export async function openVibeKanban(db: DatabaseSync, folder: string, adoption: Adoption): Promise<ForeignTables> {
  const rows = queryRows(db, 'select id from tasks order by created_at, id');
  const rawIds = new Map<string, SQLInputValue>(rows.map((row) => [keyOf(row, 'id'), row['id'] ?? null]));
  const keys = [...rawIds.keys()];
  const work = workOf(db);
  const runs = new Map(queryRows(db, work.tally).map((row) => [keyOf(row, 'task_id'), Number(row['found'])]));
  const files = await findFiles(attachmentsOf(db), attachmentFolders(folder));
  const runsOf = (key: string) => runs.get(key) ?? 0;
  return {
    format: 'vibe-kanban',
    found: { tasks: keys.length, links: 0, comments: 0, runs: keys.reduce((total, key) => total + runsOf(key), 0), attachments: files.count, events: 0 },
    keys,
    links: [],
    skipped: [...files.skipped, ...skippedTags(db), ...skippedLogs(db)],
    weigh: (key) => ({ comments: 0, runs: runsOf(key), attachments: files.byTask.get(key)?.length ?? 0, events: 0 }),
    read: (key) => readTask(db, { key, raw: rawIds.get(key) ?? null }, files.byTask.get(key) ?? [], adoption),
  };
}

/** Beside the database, and in the cache of the same user: of Linux, and of macOS. */
function attachmentFolders(folder: string): readonly string[] {
  const linux = ['utils', 'vibe-kanban'].map((name) => join(folder, '..', '..', '..', '.cache', name));
  const mac = ['ai.bloop.utils', 'ai.bloop.vibe-kanban'].map((name) => join(folder, '..', '..', 'Caches', name));
  return [folder, ...linux, ...mac].flatMap((cache) => [join(cache, 'attachments'), join(cache, 'images')]);
}

function attachmentsOf(db: DatabaseSync): readonly { readonly task: string; readonly attachment: ForeignAttachment }[] {
  const query = attachmentsQuery(db);
  const rows = query === undefined ? [] : queryRows(db, query);
  return rows.map((row) => ({
    task: keyOf(row, 'task_id'),
    attachment: {
      name: textOf(row, 'original_name'),
      mediaType: textOf(row, 'mime_type') || 'application/octet-stream',
      author: 'vibe-kanban',
      places: [textOf(row, 'file_path')],
    },
  }));
}

function skippedTags(db: DatabaseSync): readonly Skipped[] {
  if (columnsOf(db, 'tags').size === 0) return [];
  const found = Number(queryRows(db, 'select count(*) as found from tags')[0]?.['found'] ?? 0);
  return found === 0 ? [] : [{ what: `${found} tags`, reason: 'they are pieces of text for prompts, not labels of tasks' }];
}

function skippedLogs(db: DatabaseSync): readonly Skipped[] {
  const table = 'execution_process_logs';
  if (columnsOf(db, table).size === 0) return [];
  const found = Number(queryRows(db, `select count(*) as found from ${table}`)[0]?.['found'] ?? 0);
  return found === 0 ? [] : [{ what: `${found} logs of processes`, reason: 'runs come over with their outcome and summary, not with what was printed' }];
}

async function readTask(
  db: DatabaseSync,
  { key, raw }: { readonly key: string; readonly raw: SQLInputValue },
  files: readonly FoundFile[],
  adoption: Adoption,
): Promise<ImportedTask> {
  const query = 'select t.*, p.name as project_name from tasks t left join projects p on p.id = t.project_id where t.id = ?';
  const row = queryRows(db, query, raw)[0] ?? {};
  const id = adoption.ids.next('task');
  const theirs = textOf(row, 'status');
  const status = Object.hasOwn(statuses, theirs) ? statuses[theirs] : undefined;
  const createdAt = timeOf(row, 'created_at') ?? adoption.now;
  const read = await Promise.all(files.map(({ attachment, file }) => readAttachment(adoption.ids.next('att'), attachment, file)));
  return {
    key,
    id,
    ...titleAndBody(textOf(row, 'title'), textOf(row, 'description')),
    status: status ?? 'triage',
    assignee: null,
    priority: 0,
    labels: projectLabel(row),
    startAt: null,
    block: null,
    metadata: importedMetadata('vibe-kanban', key, { status: theirs, project: textOf(row, 'project_name'), ...origin(db, row), ...workOf(db).about(raw) }),
    createdBy: 'vibe-kanban',
    createdAt,
    endedAt: status === 'done' || status === 'archived' ? (timeOf(row, 'updated_at') ?? createdAt) : null,
    provenance: adoption.provenanceOf(id),
    comments: status === undefined ? [unknownStatus(theirs, adoption)] : [],
    runs: vibeRuns(db, raw, adoption),
    attachments: read.filter((attachment) => attachment !== undefined),
    events: [],
  };
}

function projectLabel(row: ForeignRow): readonly string[] {
  const name = textOf(row, 'project_name').trim().slice(0, 60).toWellFormed();
  return name === '' ? [] : [name];
}

/** The task in whose work it came up. It does not wait for it, so it is no link here. */
function origin(db: DatabaseSync, row: ForeignRow): JsonObject {
  const column = ['parent_workspace_id', 'parent_task_attempt'].find((name) => (row[name] ?? null) !== null);
  const table = column === 'parent_workspace_id' ? 'workspaces' : 'task_attempts';
  if (column === undefined || !columnsOf(db, table).has('task_id')) return {};
  const [parent] = queryRows(db, `select task_id from ${table} where id = ?`, row[column] ?? null);
  return parent === undefined ? {} : { cameUpIn: keyOf(parent, 'task_id') };
}

function unknownStatus(theirs: string, { ids, now }: Adoption): ImportedTask['comments'][number] {
  return {
    id: ids.next('comment'),
    author: 'daemon',
    text: `Its status on the board it came from was "${theirs.slice(0, 200)}", which means nothing here. Say what is to become of it.`,
    at: now,
  };
}
