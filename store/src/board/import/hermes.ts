/** A `kanban.db` of Hermes. Its times are Unix seconds; columns came over the years, so that all but the oldest may be missing. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { ImportedTask } from '@guildhall/board';
import type { JsonObject, TaskStatus } from '@guildhall/protocol';
import { findFiles, readAttachment, type ForeignAttachment, type FoundFile } from './foreign-attachments.ts';
import type { Adoption, ForeignLink, ForeignTables, Skipped } from './foreign-board.ts';
import { columnsOf, objectOf, queryRows, secondsOf, textOf, wholeOf, type ForeignRow } from './foreign-rows.ts';
import { cutText, importedMetadata, mostData, nameHere, titleAndBody } from './foreign-words.ts';
import { hermesBlock, hermesStatus } from './hermes-status.ts';
import { hermesRuns } from './hermes-runs.ts';

export function isHermes(db: DatabaseSync): boolean {
  const tasks = columnsOf(db, 'tasks');
  return ['id', 'title', 'assignee', 'status', 'created_at', 'workspace_kind'].every((column) => tasks.has(column)) && columnsOf(db, 'task_links').size > 0;
}

/** The newest events that come over of one task. */
const mostEvents = 1_000;

interface Attachment extends ForeignAttachment {
  readonly id: string;
}

export async function openHermes(db: DatabaseSync, folder: string, adoption: Adoption): Promise<ForeignTables> {
  for (const table of ['task_comments', 'task_events', 'task_runs', 'task_attachments'])
    if (columnsOf(db, table).has('task_id')) db.exec(`create index if not exists guildhall_${table} on ${table} (task_id)`);
  const tasks = queryRows(db, 'select id, status from tasks order by created_at, id');
  const keys = tasks.map((row) => textOf(row, 'id'));
  const odd = new Set(tasks.filter((row) => hermesStatus(textOf(row, 'status')) === undefined).map((row) => textOf(row, 'id')));
  const known = new Set(keys);
  const files = await findFiles(attachmentsOf(db, known), [join(folder, 'kanban', 'attachments'), join(folder, 'attachments')]);
  const tally = { comments: tallyOf(db, 'task_comments', known), runs: tallyOf(db, 'task_runs', known), events: tallyOf(db, 'task_events', known) };
  const links = readLinks(db);
  return {
    format: 'hermes',
    found: {
      tasks: keys.length,
      links: links.length,
      comments: sum(tally.comments),
      runs: sum(tally.runs),
      attachments: files.count,
      events: sum(tally.events),
    },
    keys,
    links,
    skipped: [...files.skipped, ...skippedSubscriptions(db), ...skippedEvents(tally.events)],
    weigh: (key) => ({
      // One says what an unknown status was.
      comments: (tally.comments.get(key) ?? 0) + (odd.has(key) ? 1 : 0),
      runs: tally.runs.get(key) ?? 0,
      attachments: files.byTask.get(key)?.length ?? 0,
      events: Math.min(tally.events.get(key) ?? 0, mostEvents),
    }),
    read: async (key) => readTask(db, key, files.byTask.get(key) ?? [], adoption),
  };
}

function readLinks(db: DatabaseSync): readonly ForeignLink[] {
  return queryRows(db, 'select parent_id, child_id from task_links order by parent_id, child_id').map((row) => ({
    parent: textOf(row, 'parent_id'),
    child: textOf(row, 'child_id'),
  }));
}

function tallyOf(db: DatabaseSync, table: string, known: ReadonlySet<string>): ReadonlyMap<string, number> {
  if (!columnsOf(db, table).has('task_id')) return new Map();
  const rows = queryRows(db, `select task_id, count(*) as found from ${table} group by task_id`);
  return new Map(rows.filter((row) => known.has(textOf(row, 'task_id'))).map((row) => [textOf(row, 'task_id'), wholeOf(row, 'found') ?? 0]));
}

function sum(tally: ReadonlyMap<string, number>): number {
  return [...tally.values()].reduce((total, count) => total + count, 0);
}

function attachmentsOf(db: DatabaseSync, known: ReadonlySet<string>): readonly { readonly task: string; readonly attachment: Attachment }[] {
  const rows = columnsOf(db, 'task_attachments').has('stored_path') ? queryRows(db, 'select * from task_attachments order by id') : [];
  return rows.flatMap((row) => {
    const task = textOf(row, 'task_id');
    if (!known.has(task)) return [];
    const stored = textOf(row, 'stored_path');
    const attachment = {
      id: textOf(row, 'id'),
      name: textOf(row, 'filename'),
      mediaType: textOf(row, 'content_type') || 'application/octet-stream',
      author: `hermes:${textOf(row, 'uploaded_by').slice(0, 200)}`,
      // A board that was moved has its files under its new folder.
      places: [stored, join(task, stored.split(/[/\\]/).at(-1) ?? '')],
    };
    return [{ task, attachment }];
  });
}

function skippedSubscriptions(db: DatabaseSync): readonly Skipped[] {
  if (columnsOf(db, 'kanban_notify_subs').size === 0) return [];
  return queryRows(db, 'select platform, count(*) as found from kanban_notify_subs group by platform order by platform').map((row) => ({
    what: `${textOf(row, 'found')} notification subscriptions of ${textOf(row, 'platform')} chats`,
    reason: 'chats are not told about tasks here; watch the board with: guildhall kanban watch',
  }));
}

function skippedEvents(tally: ReadonlyMap<string, number>): readonly Skipped[] {
  return [...tally]
    .filter(([, count]) => count > mostEvents)
    .map(([task, count]) => ({ what: `${count - mostEvents} events of ${task}`, reason: `only the newest ${mostEvents} events of a task come over` }));
}

async function readTask(db: DatabaseSync, key: string, files: readonly FoundFile<Attachment>[], adoption: Adoption): Promise<ImportedTask> {
  const row = queryRows(db, 'select * from tasks where id = ?', key)[0] ?? {};
  const id = adoption.ids.next('task');
  const theirs = textOf(row, 'status');
  const block = hermesBlock(db, key, row, theirs);
  const status = block === null ? hermesStatus(theirs) : 'blocked';
  const createdAt = secondsOf(row, 'created_at') ?? adoption.now;
  const read = await Promise.all(files.map(({ attachment, file }) => readAttachment(adoption.ids.next('att'), attachment, file)));
  return {
    key,
    id,
    ...titleAndBody(textOf(row, 'title'), textOf(row, 'body')),
    status: status ?? 'triage',
    assignee: nameHere(textOf(row, 'assignee')),
    priority: Math.max(-1000, Math.min(1000, wholeOf(row, 'priority') ?? 0)),
    labels: [],
    startAt: null,
    block,
    metadata: importedMetadata('hermes', key, { status: theirs, ...otherColumns(row) }),
    // Their people and agents are none of ours, whatever they are called.
    createdBy: `hermes:${textOf(row, 'created_by').slice(0, 200)}`,
    createdAt,
    endedAt: hasEnded(status) ? (secondsOf(row, 'completed_at') ?? createdAt) : null,
    provenance: adoption.provenanceOf(id),
    comments: [...readComments(db, key, adoption), ...(status === undefined ? [unknownStatus(theirs, adoption)] : [])],
    runs: hermesRuns(db, key, adoption),
    attachments: read.filter((attachment) => attachment !== undefined),
    events: readEvents(db, key, createdAt),
  };
}

function hasEnded(status: TaskStatus | undefined): boolean {
  return status === 'done' || status === 'archived';
}

/** What has no place of its own here, by the names it has there. */
function otherColumns(row: ForeignRow): JsonObject {
  const kept = ['result', 'tenant', 'project_id', 'branch_name', 'workspace_kind', 'workspace_path', 'session_id', 'model_override', 'provider_override'];
  const more = ['reasoning_effort', 'last_failure_error', 'idempotency_key', 'completion_contract', 'block_kind'];
  const texts = [...kept, ...more].map((column) => [column, textOf(row, column).slice(0, mostData).toWellFormed()] as const);
  return { ...Object.fromEntries(texts), assignee: unusual(textOf(row, 'assignee')), skills: objectOf(row, 'skills', mostData) };
}

/** A name that could not stay as it was. */
function unusual(name: string): string {
  return nameHere(name) === name ? '' : name.slice(0, 500);
}

function readComments(db: DatabaseSync, key: string, { ids, now }: Adoption): ImportedTask['comments'] {
  if (columnsOf(db, 'task_comments').size === 0) return [];
  return queryRows(db, 'select * from task_comments where task_id = ? order by id', key).map((row) => ({
    id: ids.next('comment'),
    author: `hermes:${textOf(row, 'author').slice(0, 200)}`,
    text: cutText(textOf(row, 'body')),
    at: secondsOf(row, 'created_at') ?? now,
  }));
}

function unknownStatus(theirs: string, { ids, now }: Adoption): ImportedTask['comments'][number] {
  return {
    id: ids.next('comment'),
    author: 'daemon',
    text: `Its status on the board it came from was "${theirs.slice(0, 200)}", which means nothing here. Say what is to become of it.`,
    at: now,
  };
}

function readEvents(db: DatabaseSync, key: string, createdAt: number): ImportedTask['events'] {
  if (columnsOf(db, 'task_events').size === 0) return [];
  const rows = queryRows(db, 'select * from (select * from task_events where task_id = ? order by id desc limit ?) order by id', key, mostEvents);
  return rows.map((row) => {
    const run = wholeOf(row, 'run_id');
    return {
      type: textOf(row, 'kind').slice(0, 200),
      at: secondsOf(row, 'created_at') ?? createdAt,
      data: { ...objectOf(row, 'payload', mostData), ...(run === null ? {} : { run }) },
    };
  });
}
