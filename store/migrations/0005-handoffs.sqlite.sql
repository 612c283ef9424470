-- breaking: yes
-- Handoffs: bounded work that one agent or role asks of another, what every guardrail said of it, and the edges it goes over; approvals that are good more than once.
-- Times named *_at are wall-clock milliseconds; *_lease is lease time. An endpoint is an agent id or `role:<plan>/<role>`.

create table handoffs (
  id text not null primary key,
  source text not null,
  source_agent text not null,
  source_session text not null,
  -- The call that asked; null for a person.
  source_turn text,
  source_call text,
  requested_by text not null,
  target text not null,
  target_agent text not null,
  target_session text not null,
  target_chat text not null,
  task text not null,
  -- Of the task without the differences that mean nothing.
  task_digest text not null,
  dedup_key text,
  risk text not null,
  risk_level text not null check (risk_level in ('low', 'medium', 'high', 'dangerous')),
  forbidden text not null,
  must_ask integer not null check (must_ask in (0, 1)),
  parent text references handoffs (id),
  depth integer not null check (depth > 0),
  provenance text not null,
  status text not null check (status in ('refused', 'awaiting-approval', 'queued', 'paused', 'running', 'finished', 'cancelled', 'uncertain')),
  outcome text check (outcome in ('succeeded', 'failed', 'gave-up')),
  reason text not null,
  result text,
  -- The digest of the newest decision, and of the one a person said yes to.
  digest text not null,
  approved_digest text,
  approval_id text,
  asked integer not null check (asked >= 0),
  notice_turn text,
  turn_id text unique,
  progress text,
  allowance text not null,
  -- The id of what is set aside for it in the budgets; null where nothing is.
  reservation text,
  awaited integer not null check (awaited in (0, 1)),
  needed integer,
  called_off_at integer,
  requested_at integer not null,
  requested_lease integer not null,
  started_at integer,
  ended_at integer,
  check ((status = 'finished') = (outcome is not null))
) strict;
create unique index handoffs_once_per_call on handoffs (source_turn, source_call) where source_turn is not null;
create index handoffs_by_edge on handoffs (source, target, requested_lease);
create index handoffs_by_source on handoffs (source, requested_lease);
create index handoffs_by_parent on handoffs (parent) where parent is not null;
create index handoffs_open on handoffs (target, id) where status in ('awaiting-approval', 'queued', 'paused', 'running');
create index handoffs_by_source_turn on handoffs (source_turn) where source_turn is not null;

create table handoff_decisions (
  handoff text not null references handoffs (id),
  ordinal integer not null,
  moment text not null check (moment in ('requested', 'asked-again', 'edited', 'starting')),
  verdict text not null check (verdict in ('allow', 'ask', 'deny')),
  decision text not null,
  at integer not null,
  primary key (handoff, ordinal)
) strict, without rowid;

-- Held while something of a source, target or edge is counted: `source:<name>`, `target:<name>`, `edge:<source> <target>`. For edges also the breaker.
create table handoff_locks (
  name text not null primary key,
  failures integer not null check (failures >= 0),
  -- Lease time at which the breaker opened; null while it is closed.
  opened_lease integer,
  -- The handoff that tries whether it works again.
  probe text
) strict;

-- Turns that asked for handoffs and have summed up what came of them.
create table handoff_summaries (
  source_turn text not null primary key,
  turn_id text not null,
  at integer not null
) strict;

-- The innermost handoff within whose work a turn or task stands.
alter table turns add column handoff text references handoffs (id);
create index turns_of_handoff on turns (handoff) where handoff is not null;
alter table tasks add column handoff text references handoffs (id);
create index tasks_of_handoff on tasks (handoff) where handoff is not null;
alter table role_runs add column handoff text references handoffs (id);
create index role_runs_of_handoff on role_runs (handoff) where handoff is not null;

-- Why a turn failed, as a code: its reason is for people.
alter table turns add column fail_code text;

-- What a person allowed for always: exactly these arguments and exactly these files.
create table standing_approvals (
  id text not null primary key,
  agent text not null,
  tool text not null,
  digest text not null,
  bound text not null,
  granted_by text not null,
  granted_at integer not null,
  revoked_at integer,
  uses integer not null check (uses >= 0)
) strict;
create unique index standing_approvals_in_force on standing_approvals (digest) where revoked_at is null;
-- What a yes would be bound to if it is given for always; null where it cannot be.
alter table approvals add column standing_digest text;
alter table approvals add column standing_bound text;
