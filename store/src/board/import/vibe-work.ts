/** What worked on a task in Vibe Kanban: runs of coding agents in an attempt, later in the sessions of a workspace. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { ImportedRun } from '@guildhall/board';
import type { JsonObject, RunOutcome } from '@guildhall/protocol';
import type { Adoption } from './foreign-board.ts';
import { columnsOf, queryRows, textOf, timeOf, type ForeignRow } from './foreign-rows.ts';
import { cutText, nameHere } from './foreign-words.ts';

/** An id as people see it there. */
export function keyOf(row: ForeignRow, column: string): string {
  const value = row[column];
  if (!(value instanceof Uint8Array)) return textOf(row, column);
  const hex = Buffer.from(value).toString('hex');
  return value.byteLength === 16 ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : hex;
}

export interface VibeWork {
  /** Rows of `task_id` and how many runs were `found`. */
  readonly tally: string;
  /** The runs of one task. */
  readonly runs: string;
  /** Branches and pull requests of one task. */
  about(task: SQLInputValue): JsonObject;
}

export function workOf(db: DatabaseSync): VibeWork {
  const processes = columnsOf(db, 'execution_processes');
  const reason = processes.has('run_reason') ? "p.run_reason = 'codingagent'" : processes.has('process_type') ? "p.process_type = 'codingagent'" : '1';
  const from = joins(db, processes);
  if (from === undefined) return { tally: 'select null as task_id, 0 as found where 0', runs: 'select 1 where ? is null and 0', about: () => ({}) };
  const { source, executor, summaries } = from;
  return {
    tally: `select w.task_id, count(*) as found ${source} where ${reason} group by w.task_id`,
    runs: `select p.status, p.started_at, p.completed_at, p.exit_code, ${executor} as executor, ${summaries} as summary ${source} where w.task_id = ? and ${reason} order by p.started_at, p.id`,
    about: (task) => aboutWork(db, task),
  };
}

function joins(db: DatabaseSync, processes: ReadonlySet<string>) {
  if (processes.has('session_id') && columnsOf(db, 'workspaces').has('task_id'))
    return {
      source: 'from execution_processes p join sessions s on s.id = p.session_id join workspaces w on w.id = s.workspace_id',
      executor: 's.executor',
      summaries: summaryFrom(db, 'coding_agent_turns'),
    };
  const attempts = columnsOf(db, 'task_attempts');
  if (!processes.has('task_attempt_id') || !attempts.has('task_id')) return undefined;
  const executor = ['executor', 'profile', 'base_coding_agent'].find((column) => attempts.has(column));
  return {
    source: 'from execution_processes p join task_attempts w on w.id = p.task_attempt_id',
    executor: executor === undefined ? "''" : `w.${executor}`,
    summaries: summaryFrom(db, 'executor_sessions'),
  };
}

function summaryFrom(db: DatabaseSync, table: string): string {
  const columns = columnsOf(db, table);
  if (!columns.has('summary') || !columns.has('execution_process_id')) return "''";
  return `(select t.summary from ${table} t where t.execution_process_id = p.id and t.summary is not null order by t.created_at desc limit 1)`;
}

const outcomes: Readonly<Record<string, RunOutcome>> = { completed: 'completed', failed: 'crashed', killed: 'cancelled', running: 'reclaimed' };

export function vibeRuns(db: DatabaseSync, task: SQLInputValue, { ids, now }: Adoption): readonly ImportedRun[] {
  return queryRows(db, workOf(db).runs, task).map((row) => {
    const startedAt = timeOf(row, 'started_at') ?? now;
    const status = textOf(row, 'status');
    const exit = textOf(row, 'exit_code');
    return {
      id: ids.next('run'),
      lane: nameHere(textOf(row, 'executor')) ?? 'unknown',
      startedAt,
      endedAt: Math.max(startedAt, timeOf(row, 'completed_at') ?? startedAt),
      outcome: (Object.hasOwn(outcomes, status) ? outcomes[status] : undefined) ?? 'released',
      summary: cutText(textOf(row, 'summary')),
      reason: status === 'completed' ? '' : `${status}${exit === '' ? '' : `, exit code ${exit}`}`,
      metadata: {},
      artifacts: [],
      evidence: [],
    };
  });
}

/** Its files, once each, whether they hang on the task or on what worked on it; undefined when there is no such table. */
export function attachmentsQuery(db: DatabaseSync): string | undefined {
  const newer = columnsOf(db, 'attachments').has('file_path');
  const [files, column] = newer ? ['attachments', 'attachment_id'] : ['images', 'image_id'];
  const onTask = newer ? 'task_attachments' : 'task_images';
  const onWorkspace = newer ? 'workspace_attachments' : 'workspace_images';
  if (!columnsOf(db, files).has('file_path') || !columnsOf(db, onTask).has(column)) return undefined;
  const direct = `select task_id, ${column} as file from ${onTask}`;
  const worked = columnsOf(db, onWorkspace).has(column)
    ? ` union select w.task_id, a.${column} from ${onWorkspace} a join workspaces w on w.id = a.workspace_id`
    : '';
  return `select l.task_id, f.file_path, f.original_name, f.mime_type from (${direct}${worked}) l join ${files} f on f.id = l.file join tasks t on t.id = l.task_id order by f.created_at, f.id`;
}

function aboutWork(db: DatabaseSync, task: SQLInputValue): JsonObject {
  const table = columnsOf(db, 'workspaces').has('task_id') ? 'workspaces' : 'task_attempts';
  if (!columnsOf(db, table).has('branch')) return {};
  const branches = queryRows(db, `select branch from ${table} where task_id = ? order by created_at limit 20`, task).map((row) => textOf(row, 'branch'));
  const pulls = columnsOf(db, 'pull_requests').has('workspace_id')
    ? queryRows(db, 'select r.pr_url from pull_requests r join workspaces w on w.id = r.workspace_id where w.task_id = ? limit 20', task)
    : [];
  const named = branches.filter((branch) => branch !== '');
  return {
    ...(named.length === 0 ? {} : { branches: named }),
    ...(pulls.length === 0 ? {} : { pullRequests: pulls.map((row) => textOf(row, 'pr_url')) }),
  };
}
