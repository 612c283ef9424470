-- breaking: yes
-- Boards, tasks, links, lanes, claims' runs, comments and attachments. A claim is the lease `claim:<task>` of the table `leases`; `runs` keeps the hash of its token and its epoch.
-- Times named *_at are wall-clock milliseconds.

create table boards (
  name text not null primary key,
  title text not null,
  created_at integer not null,
  archive_done_after_days integer
) strict;

create table lanes (
  name text not null primary key,
  kind text not null check (kind in ('spawnable', 'persistent')),
  claim_mode text not null check (claim_mode in ('pull', 'watch', 'pull-or-watch')),
  capacity integer not null check (capacity > 0),
  labels text not null,
  description text not null,
  lease_ms integer not null check (lease_ms > 0),
  runner text,
  state text not null check (state in ('active', 'drained', 'unregistered')),
  parked_reason text,
  parked_until integer,
  failure_streak integer not null check (failure_streak >= 0),
  credential_id text,
  version text not null,
  registered_at integer not null,
  last_seen_at integer
) strict;
create index lanes_parked on lanes (parked_until) where parked_reason is not null;

create table tasks (
  id text not null primary key,
  board text not null references boards (name),
  title text not null,
  body text not null,
  status text not null check (status in ('triage', 'todo', 'scheduled', 'ready', 'running', 'blocked', 'review', 'done', 'archived')),
  assignee text,
  priority integer not null,
  labels text not null,
  start_at integer,
  acceptance text not null,
  review text not null check (review in ('none', 'required')),
  reviewer text not null,
  evidence_required integer not null check (evidence_required in (0, 1)),
  max_attempts integer not null check (max_attempts > 0),
  max_runtime_ms integer,
  metadata text not null,
  workspace text not null,
  attempts integer not null check (attempts >= 0),
  run_count integer not null check (run_count >= 0),
  blocked_count integer not null check (blocked_count >= 0),
  open_parents integer not null check (open_parents >= 0),
  child_count integer not null check (child_count >= 0),
  block_kind text check (block_kind in ('dependency', 'needs_input', 'capability', 'transient')),
  block_reason text,
  -- When a scheduled task or a transient block lands anew.
  wake_at integer,
  -- 1 once it was done, also when it was archived after that: what no child waits for.
  was_done integer not null check (was_done in (0, 1)),
  run_id text,
  lane text,
  provenance text not null,
  idempotency_key text,
  created_by text not null,
  created_at integer not null,
  updated_at integer not null,
  ready_at integer,
  ended_at integer
) strict;
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
  board text not null,
  term text not null,
  task text not null references tasks (id),
  primary key (board, term, task)
) strict, without rowid;
create index task_terms_by_task on task_terms (task, term);

create table task_links (
  parent text not null references tasks (id),
  child text not null references tasks (id),
  primary key (parent, child)
) strict, without rowid;
create index task_links_by_child on task_links (child, parent);

create table runs (
  id text not null primary key,
  task text not null references tasks (id),
  board text not null,
  lane text not null,
  epoch integer not null,
  attempt integer not null,
  request_id text not null,
  token_hash text not null unique,
  started_at integer not null,
  ended_at integer,
  outcome text check (outcome in ('completed', 'blocked', 'timed-out', 'crashed', 'protocol-violation', 'rate-limited', 'released', 'reclaimed', 'cancelled')),
  summary text not null,
  reason text not null,
  metadata text not null,
  artifacts text not null,
  evidence text not null,
  last_heartbeat_at integer,
  told_at integer,
  note text not null,
  -- Thousandths.
  progress integer,
  worker text,
  unique (task, attempt),
  unique (lane, request_id)
) strict;
create index runs_open on runs (lane, task) where ended_at is null;
-- One at a time.
create unique index runs_open_task on runs (task) where ended_at is null;

create table task_comments (
  id text not null primary key,
  task text not null references tasks (id),
  author text not null,
  text text not null,
  at integer not null
) strict;
create index task_comments_by_task on task_comments (task, id);

-- Base64; the same bytes once.
create table attachment_contents (
  sha256 text not null primary key,
  content text not null
) strict;

create table attachments (
  id text not null primary key,
  task text not null references tasks (id),
  name text not null,
  media_type text not null,
  bytes integer not null,
  sha256 text not null references attachment_contents (sha256),
  author text not null,
  at integer not null
) strict;
create index attachments_by_task on attachments (task, id);

-- The id a task had on the board it was imported from.
create table imported_tasks (
  board text not null references boards (name),
  format text not null,
  key text not null,
  task text not null references tasks (id),
  primary key (board, format, key)
) strict, without rowid;

insert into boards (name, title, created_at) values ('default', 'Default board', 0);
insert into lanes (name, kind, claim_mode, capacity, labels, description, lease_ms, state, failure_streak, version, registered_at)
  values ('operator', 'persistent', 'pull', 10000, '["person"]', 'The person who runs this installation', 86400000, 'active', 0, '', 0);
