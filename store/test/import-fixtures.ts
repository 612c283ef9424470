/** Boards of other programs as real files, in the tables those programs make. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ForeignHome {
  readonly folder: string;
  readonly file: string;
  readonly db: DatabaseSync;
  dispose(): void;
}

/** 2026-03-01 12:00:00 UTC, in seconds. */
export const noon = 1_772_366_400;

const hermesTables = `
  create table tasks (
    id text primary key, title text not null, body text, assignee text, status text not null, priority integer default 0, created_by text, created_at integer not null,
    started_at integer, completed_at integer, workspace_kind text not null default 'scratch', workspace_path text, branch_name text, project_id text, claim_lock text,
    claim_expires integer, tenant text, result text, idempotency_key text, consecutive_failures integer not null default 0, worker_pid integer, last_failure_error text,
    max_runtime_seconds integer, last_heartbeat_at integer, current_run_id integer, workflow_template_id text, current_step_key text, skills text, model_override text,
    provider_override text, reasoning_effort text, max_retries integer, goal_mode integer not null default 0, goal_max_turns integer, session_id text, block_kind text,
    block_recurrences integer not null default 0
  );
  create table task_links (parent_id text not null, child_id text not null, primary key (parent_id, child_id));
  create table task_comments (id integer primary key autoincrement, task_id text not null, author text not null, body text not null, created_at integer not null);
  create table task_events (id integer primary key autoincrement, task_id text not null, run_id integer, kind text not null, payload text, created_at integer not null);
  create table task_runs (
    id integer primary key autoincrement, task_id text not null, profile text, step_key text, status text not null, claim_lock text, claim_expires integer, worker_pid integer,
    max_runtime_seconds integer, last_heartbeat_at integer, started_at integer not null, ended_at integer, outcome text, summary text, metadata text, error text
  );
  create table task_attachments (
    id integer primary key autoincrement, task_id text not null, filename text not null, stored_path text not null, content_type text, size integer not null default 0,
    uploaded_by text, created_at integer not null
  );
  create table kanban_notify_subs (
    task_id text not null, platform text not null, chat_id text not null, thread_id text not null default '', user_id text, user_id_alt text, chat_type text,
    notifier_profile text, delivery_mode text not null default 'notify', delivery_metadata text, created_at integer not null, last_event_id integer not null default 0,
    last_ping_event_id integer not null default 0, primary key (task_id, platform, chat_id, thread_id)
  );
  create index idx_tasks_status on tasks(status);
`;

export function emptyHermes(): ForeignHome {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-hermes-'));
  const file = join(folder, 'kanban.db');
  const db = new DatabaseSync(file);
  db.exec(`pragma journal_mode = wal; ${hermesTables}`);
  return homeOf(folder, file, db);
}

/**
 * A task in each status, one with a status of its own; links t_plan → t_build → t_ship, a link to nothing and one back (a circle); comments, events, runs of every kind; an attachment that is
 * there, one that is gone, one too large, one outside; two subscriptions.
 */
export function hermesBoard(): ForeignHome {
  const home = emptyHermes();
  const { db, folder } = home;
  const task = db.prepare(
    'insert into tasks (id, title, body, assignee, status, priority, created_by, created_at, completed_at, block_kind, skills) values (?,?,?,?,?,?,?,?,?,?,?)',
  );
  const add = (
    id: string,
    status: string,
    more: { title?: string; assignee?: string | null; priority?: number; completedAt?: number; block?: string; skills?: string } = {},
  ) =>
    task.run(
      id,
      more.title ?? `Task ${id}`,
      `About ${id}`,
      more.assignee === undefined ? 'coder' : more.assignee,
      status,
      more.priority ?? 0,
      'user',
      noon,
      more.completedAt ?? null,
      more.block ?? null,
      more.skills ?? null,
    );
  add('t_plan', 'done', { completedAt: noon + 60 });
  add('t_build', 'running', { priority: 5, skills: '["testing"]' });
  add('t_ship', 'todo', { assignee: 'Release Bot!' });
  add('t_idea', 'triage', { assignee: null });
  add('t_ready', 'ready');
  add('t_stuck', 'blocked', { block: 'transient' });
  add('t_able', 'blocked', { block: 'capability' });
  add('t_later', 'scheduled');
  add('t_check', 'review');
  add('t_old', 'archived');
  add('t_odd', 'quarantined', { title: 'x'.repeat(600) });
  const link = db.prepare('insert into task_links values (?,?)');
  for (const [parent, child] of [
    ['t_plan', 't_build'],
    ['t_build', 't_ship'],
    ['t_ship', 't_build'],
    ['t_gone', 't_ready'],
    ['t_old', 't_ready'],
  ] as const)
    link.run(parent, child);
  db.prepare('insert into task_comments (task_id, author, body, created_at) values (?,?,?,?)').run('t_build', 'operator', 'Mind the gap', noon + 5);
  const event = db.prepare('insert into task_events (task_id, run_id, kind, payload, created_at) values (?,?,?,?,?)');
  event.run('t_build', null, 'created', '{"assignee":"coder"}', noon);
  event.run('t_build', 1, 'claimed', null, noon + 10);
  event.run('t_stuck', null, 'blocked', '{"reason":"the server is down"}', noon + 20);
  event.run('t_later', null, 'scheduled', '{"reason":"after the fair"}', noon + 20);
  event.run('t_odd', null, 'odd', 'no json at all', noon);
  const run = db.prepare(
    'insert into task_runs (task_id, profile, status, started_at, ended_at, outcome, summary, metadata, error) values (?,?,?,?,?,?,?,?,?)',
  );
  run.run('t_plan', 'planner', 'done', noon + 1, noon + 50, 'completed', 'planned it', '{"pages":3}', null);
  run.run('t_build', 'coder', 'timed_out', noon + 2, noon + 9, 'timed_out', null, null, 'no heartbeat');
  run.run('t_build', 'coder', 'running', noon + 10, null, null, null, null, null);
  const kept = join(folder, 'kanban', 'attachments', 't_build');
  mkdirSync(kept, { recursive: true });
  writeFileSync(join(kept, 'plan.txt'), 'the plan');
  writeFileSync(join(kept, 'huge.bin'), Buffer.alloc(6_000_001));
  writeFileSync(join(folder, 'auth.json'), 'a secret');
  const attach = db.prepare(
    "insert into task_attachments (task_id, filename, stored_path, content_type, size, uploaded_by, created_at) values ('t_build',?,?,?,?,?,?)",
  );
  attach.run('plan.txt', join(kept, 'plan.txt'), 'text/plain', 8, 'operator', noon);
  attach.run('gone.txt', join(kept, 'gone.txt'), null, 8, null, noon);
  attach.run('huge.bin', join(kept, 'huge.bin'), null, 6_000_001, null, noon);
  attach.run('auth.json', join(folder, 'auth.json'), null, 8, null, noon);
  const subscribe = db.prepare('insert into kanban_notify_subs (task_id, platform, chat_id, created_at) values (?,?,?,?)');
  subscribe.run('t_build', 'telegram', '1', noon);
  subscribe.run('t_ship', 'telegram', '1', noon);
  return home;
}

const vibeTables = `
  create table projects (id blob primary key, name text not null, remote_project_id blob, created_at text not null default (datetime('now', 'subsec')),
    updated_at text not null default (datetime('now', 'subsec')), default_agent_working_dir text default '');
  create table tasks (id blob primary key, project_id blob not null references projects(id) on delete cascade, title text not null, description text,
    status text not null default 'todo' check (status in ('todo','inprogress','done','cancelled','inreview')), created_at text not null default (datetime('now', 'subsec')),
    updated_at text not null default (datetime('now', 'subsec')), parent_workspace_id blob);
  create table tags (id blob primary key, tag_name text not null, content text not null, created_at text not null default '', updated_at text not null default '');
`;

const vibeWorkspaces = `
  create table workspaces (id blob primary key, task_id blob, container_ref text, branch text not null, setup_completed_at text, created_at text not null default (datetime('now', 'subsec')),
    updated_at text not null default (datetime('now', 'subsec')), archived integer not null default 0, pinned integer not null default 0, name text, worktree_deleted boolean not null default false);
  create table sessions (id blob primary key, workspace_id blob not null, executor text, created_at text not null default '', updated_at text not null default '', agent_working_dir text, name text);
  create table execution_processes (id blob primary key, session_id blob not null, executor_action text not null default '{}', status text not null default 'running', exit_code integer,
    dropped integer not null default 0, started_at text not null, completed_at text, created_at text not null default '', updated_at text not null default '',
    run_reason text not null default 'setupscript');
  create table coding_agent_turns (id blob primary key, execution_process_id blob not null, agent_session_id text, prompt text, summary text, created_at text not null default '',
    updated_at text not null default '', seen integer not null default 0, agent_message_id text);
  create table attachments (id blob primary key, file_path text not null, original_name text not null, mime_type text, size_bytes integer, hash text not null unique,
    created_at text not null default '', updated_at text not null default '');
  create table task_attachments (id blob primary key, task_id blob not null, attachment_id blob not null, created_at text not null default '');
  create table workspace_attachments (id blob primary key, workspace_id blob not null, attachment_id blob not null, created_at text not null default '');
  create table pull_requests (id text primary key not null, workspace_id blob, repo_id blob, pr_url text not null unique, pr_number integer not null, pr_status text not null default 'open',
    target_branch_name text not null);
  create table execution_process_logs (execution_id blob not null, logs text not null, byte_size integer not null, inserted_at text not null default '');
`;

const vibeAttempts = `
  create table task_attempts (id blob primary key, task_id blob not null, container_ref text, branch text, executor text, created_at text not null default '');
  create table execution_processes (id blob primary key, task_attempt_id blob not null, process_type text not null, status text not null, exit_code integer, started_at text not null,
    completed_at text);
`;

const at = (minute: number) => `2026-03-01 12:${String(minute).padStart(2, '0')}:00.250`;

/** The id of 16 equal bytes, as it is stored. */
const vibeId = (byte: number) => new Uint8Array(16).fill(byte);
/** The same, as people see it. */
export const vibeKey = (byte: number) =>
  Buffer.from(vibeId(byte))
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Five tasks, 1 to 5, one in each status; work on 2 with a summary, a branch, a pull request and two files; 3 came up in the work on 2. */
export function vibeBoard(): ForeignHome {
  const home = vibeHome(vibeWorkspaces);
  const { db, folder } = home;
  addVibeTasks(db);
  db.prepare('update tasks set parent_workspace_id = ? where id = ?').run(vibeId(20), vibeId(3));
  db.prepare('insert into workspaces (id, task_id, branch, created_at) values (?,?,?,?)').run(vibeId(20), vibeId(2), 'vk/paint', at(1));
  db.prepare("insert into sessions (id, workspace_id, executor) values (?,?,'CLAUDE_CODE')").run(vibeId(21), vibeId(20));
  const step = db.prepare('insert into execution_processes (id, session_id, run_reason, status, exit_code, started_at, completed_at) values (?,?,?,?,?,?,?)');
  step.run(vibeId(22), vibeId(21), 'setupscript', 'completed', 0, at(1), at(2));
  step.run(vibeId(23), vibeId(21), 'codingagent', 'failed', 1, at(2), at(3));
  step.run(vibeId(24), vibeId(21), 'codingagent', 'running', null, at(4), null);
  db.prepare("insert into coding_agent_turns (id, execution_process_id, summary, created_at) values (?,?,'painted half',?)").run(vibeId(25), vibeId(23), at(3));
  db.prepare("insert into pull_requests values ('p1',?,null,'https://example.com/pull/7',7,'open','main')").run(vibeId(20));
  db.prepare("insert into tags values (?,'style','use tabs','','')").run(vibeId(30));
  mkdirSync(join(folder, 'attachments'));
  writeFileSync(join(folder, 'attachments', 'a1.png'), 'a picture');
  const file = db.prepare("insert into attachments (id, file_path, original_name, mime_type, hash) values (?,?,?,'image/png',?)");
  file.run(vibeId(40), 'a1.png', 'fence.png', 'h1');
  file.run(vibeId(41), '../db.v2.sqlite', 'trick.png', 'h2');
  db.prepare('insert into task_attachments (id, task_id, attachment_id) values (?,?,?)').run(vibeId(42), vibeId(2), vibeId(40));
  db.prepare('insert into workspace_attachments (id, workspace_id, attachment_id) values (?,?,?)').run(vibeId(43), vibeId(20), vibeId(40));
  db.prepare('insert into workspace_attachments (id, workspace_id, attachment_id) values (?,?,?)').run(vibeId(44), vibeId(20), vibeId(41));
  return home;
}

/** From the time of attempts: the same tasks, one attempt at 2 with one run. */
export function oldVibeBoard(): ForeignHome {
  const home = vibeHome(vibeAttempts);
  addVibeTasks(home.db);
  home.db.prepare("insert into task_attempts (id, task_id, branch, executor) values (?,?,'vk/old','amp')").run(vibeId(20), vibeId(2));
  home.db.prepare("insert into execution_processes values (?,?,'codingagent','completed',0,?,?)").run(vibeId(21), vibeId(20), at(1), at(2));
  return home;
}

function vibeHome(work: string): ForeignHome {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-vibe-'));
  const file = join(folder, 'db.v2.sqlite');
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  db.exec(`pragma journal_mode = delete; ${vibeTables} ${work}`);
  return homeOf(folder, file, db);
}

function addVibeTasks(db: DatabaseSync): void {
  db.prepare("insert into projects (id, name) values (?,'Fence')").run(vibeId(10));
  const task = db.prepare('insert into tasks (id, project_id, title, description, status, created_at, updated_at) values (?,?,?,?,?,?,?)');
  for (const [index, status] of ['todo', 'inprogress', 'inreview', 'done', 'cancelled'].entries())
    task.run(vibeId(index + 1), vibeId(10), `Task ${index + 1}`, null, status, at(index), at(30));
}

function homeOf(folder: string, file: string, db: DatabaseSync): ForeignHome {
  return {
    folder,
    file,
    db,
    dispose() {
      if (db.isOpen) db.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
