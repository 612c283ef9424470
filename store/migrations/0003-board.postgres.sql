-- breaking: yes
-- Boards, tasks, links, lanes, claims' runs, comments and attachments. A claim is the lease `claim:<task>` of the table `leases`; `runs` keeps the hash of its token and its epoch.
-- Times named *_at are wall-clock milliseconds.

create table boards (
  name text collate "C" not null primary key,
  title text not null,
  created_at bigint not null,
  archive_done_after_days bigint
);

create table lanes (
  name text collate "C" not null primary key,
  kind text not null check (kind in ('spawnable', 'persistent')),
  claim_mode text not null check (claim_mode in ('pull', 'watch', 'pull-or-watch')),
  capacity bigint not null check (capacity > 0),
  labels text not null,
  description text not null,
  lease_ms bigint not null check (lease_ms > 0),
  runner text,
  state text not null check (state in ('active', 'drained', 'unregistered')),
  parked_reason text,
  parked_until bigint,
  failure_streak bigint not null check (failure_streak >= 0),
  credential_id text collate "C",
  version text not null,
  registered_at bigint not null,
  last_seen_at bigint
);
create index lanes_parked on lanes (parked_until) where parked_reason is not null;

create table tasks (
  id text collate "C" not null primary key,
  board text collate "C" not null references boards (name),
  title text not null,
  body text not null,
  status text not null check (status in ('triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done', 'archived')),
  assignee text collate "C",
  priority bigint not null,
  labels text not null,
  start_at bigint,
  acceptance text not null,
  review text not null check (review in ('none', 'required')),
  reviewer text not null,
  evidence_required bigint not null check (evidence_required in (0, 1)),
  max_attempts bigint not null check (max_attempts > 0),
  max_runtime_ms bigint,
  metadata text not null,
  workspace text not null,
  attempts bigint not null check (attempts >= 0),
  run_count bigint not null check (run_count >= 0),
  blocked_count bigint not null check (blocked_count >= 0),
  open_parents bigint not null check (open_parents >= 0),
  child_count bigint not null check (child_count >= 0),
  block_kind text check (block_kind in ('dependency', 'needs_input', 'capability', 'transient')),
  block_reason text,
  -- When a scheduled task or a transient block lands anew.
  wake_at bigint,
  -- 1 once it was done, also when it was archived after that: what no child waits for.
  was_done bigint not null check (was_done in (0, 1)),
  run_id text collate "C",
  lane text collate "C",
  provenance text not null,
  idempotency_key text collate "C",
  created_by text not null,
  created_at bigint not null,
  updated_at bigint not null,
  ready_at bigint,
  ended_at bigint
);
create unique index tasks_by_key on tasks (board, idempotency_key) where idempotency_key is not null;
create index tasks_by_status on tasks (board, status, id);
create index tasks_by_assignee on tasks (board, assignee, status, id);
create index tasks_ready on tasks (assignee, priority desc, ready_at, id) where status = 'ready';
create index tasks_ready_on_board on tasks (board, priority desc, ready_at, id) where status = 'ready';
create index tasks_longest_ready on tasks (assignee, ready_at, id) where status = 'ready';
create index tasks_waking on tasks (wake_at) where wake_at is not null;
create index tasks_done on tasks (board, ended_at) where status = 'done';
create index tasks_open on tasks (status, id) where status in ('triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review');

-- What a list of tasks is searched by: `label:<label>` and `word:<word of the title>`.
create table task_terms (
  board text collate "C" not null,
  term text collate "C" not null,
  task text collate "C" not null references tasks (id),
  primary key (board, term, task)
);
create index task_terms_by_task on task_terms (task, term);

create table task_links (
  parent text collate "C" not null references tasks (id),
  child text collate "C" not null references tasks (id),
  primary key (parent, child)
);
create index task_links_by_child on task_links (child, parent);

create table runs (
  id text collate "C" not null primary key,
  task text collate "C" not null references tasks (id),
  board text collate "C" not null,
  lane text collate "C" not null,
  epoch bigint not null,
  attempt bigint not null,
  request_id text collate "C" not null,
  token_hash text collate "C" not null unique,
  started_at bigint not null,
  ended_at bigint,
  outcome text check (outcome in ('completed', 'blocked', 'timed-out', 'crashed', 'protocol-violation', 'rate-limited', 'released', 'reclaimed', 'cancelled')),
  summary text not null,
  reason text not null,
  metadata text not null,
  artifacts text not null,
  evidence text not null,
  last_heartbeat_at bigint,
  told_at bigint,
  note text not null,
  -- Thousandths.
  progress bigint,
  worker text,
  unique (task, attempt),
  unique (lane, request_id)
);
create index runs_open on runs (lane, task) where ended_at is null;
-- One at a time.
create unique index runs_open_task on runs (task) where ended_at is null;

create table task_comments (
  id text collate "C" not null primary key,
  task text collate "C" not null references tasks (id),
  author text not null,
  text text not null,
  at bigint not null
);
create index task_comments_by_task on task_comments (task, id);

-- Base64; the same bytes once.
create table attachment_contents (
  sha256 text collate "C" not null primary key,
  content text not null
);

create table attachments (
  id text collate "C" not null primary key,
  task text collate "C" not null references tasks (id),
  name text collate "C" not null,
  media_type text not null,
  bytes bigint not null,
  sha256 text collate "C" not null references attachment_contents (sha256),
  author text not null,
  at bigint not null
);
create index attachments_by_task on attachments (task, id);

-- The id a task had on the board it was imported from.
create table imported_tasks (
  board text collate "C" not null references boards (name),
  format text not null,
  key text collate "C" not null,
  task text collate "C" not null references tasks (id),
  primary key (board, format, key)
);

insert into boards (name, title, created_at) values ('default', 'Default board', 0);
insert into lanes (name, kind, claim_mode, capacity, labels, description, lease_ms, state, failure_streak, version, registered_at)
  values ('operator', 'persistent', 'pull', 10000, '["person"]', 'The person who runs this installation', 86400000, 'active', 0, '', 0);
