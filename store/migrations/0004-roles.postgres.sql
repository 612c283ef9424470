-- breaking: yes
-- Plans, role sessions, their runs, findings and artifacts; skills, their policy and the evidence of loading; schedules. The transcript of a role session is that of the session with its key.
-- Times named *_at are wall-clock milliseconds. `plan` is the id of a plan, `role` a canonical role.

create table plans (
  id text collate "C" not null primary key,
  title text not null,
  goal text not null,
  status text not null check (status in ('open', 'completed')),
  packet_rev bigint not null check (packet_rev > 0),
  phases text not null,
  created_by text not null,
  created_at bigint not null,
  completed_by text,
  completed_at bigint
);
create index plans_by_age on plans (created_at, id);

create table plan_packets (
  plan text collate "C" not null references plans (id),
  rev bigint not null,
  text text not null,
  sha256 text collate "C" not null,
  actor text not null,
  at bigint not null,
  primary key (plan, rev)
);

create table plan_waivers (
  plan text collate "C" not null references plans (id),
  blocker text collate "C" not null,
  reason text not null,
  actor text not null,
  at bigint not null,
  primary key (plan, blocker)
);

create table role_sessions (
  plan text collate "C" not null references plans (id),
  role text collate "C" not null,
  session_key text collate "C" not null unique,
  -- Null: a person fills the role.
  agent text collate "C",
  status text not null check (status in ('open', 'retired')),
  incarnation bigint not null check (incarnation > 0),
  opened_at bigint not null,
  last_activity_at bigint not null,
  primary key (plan, role)
);

create table role_incarnations (
  plan text collate "C" not null,
  role text collate "C" not null,
  number bigint not null,
  begun_by text not null check (begun_by in ('opened', 'reopened', 'rotated')),
  opened_at bigint not null,
  opened_by text not null,
  opened_reason text not null,
  retired_at bigint,
  retired_by text,
  retired_reason text,
  -- The entry of the transcript, and the turn of the session, after which it begins. It ends where the next one begins.
  after_seq bigint not null,
  after_turn bigint not null,
  brief text not null,
  primary key (plan, role, number),
  foreign key (plan, role) references role_sessions (plan, role)
);

create table role_runs (
  id text collate "C" not null primary key,
  plan text collate "C" not null,
  role text collate "C" not null,
  incarnation bigint not null,
  mode text not null check (mode in ('persistent', 'delegated', 'scheduled', 'inline')),
  task text not null,
  phase text collate "C",
  expects text not null,
  labels text not null,
  paths text not null,
  request_id text collate "C" not null,
  requested_by text not null,
  provenance text not null,
  session_key text collate "C" not null,
  turn_id text collate "C" unique,
  host_turn text collate "C",
  status text not null check (status in ('queued', 'running', 'waiting-for-person', 'finished')),
  outcome text check (outcome in ('succeeded', 'unproven', 'failed', 'blocked', 'cancelled')),
  reason text not null,
  person_answer text,
  person_outcome text check (person_outcome in ('succeeded', 'failed')),
  packet_rev bigint not null,
  policy_rev bigint,
  compliance text not null check (compliance in ('none', 'verified', 'partial', 'missing')),
  evidence text not null,
  created_at bigint not null,
  ended_at bigint,
  unique (plan, role, request_id),
  foreign key (plan, role) references role_sessions (plan, role)
);
create index role_runs_by_plan on role_runs (plan, created_at, id);
create index role_runs_open on role_runs (status, id) where status <> 'finished';
create index role_runs_hosted on role_runs (host_turn) where host_turn is not null;

create table artifacts (
  id text collate "C" not null primary key,
  plan text collate "C" not null references plans (id),
  role text collate "C" not null,
  run text collate "C" not null references role_runs (id),
  path text collate "C" not null,
  sha256 text collate "C" not null,
  bytes bigint not null,
  media_type text not null,
  -- 1: the content is in `attachment_contents`.
  kept bigint not null check (kept in (0, 1)),
  compliance text not null check (compliance in ('none', 'verified', 'partial', 'missing')),
  at bigint not null,
  unique (run, path)
);
create index artifacts_by_plan on artifacts (plan, role, at, id);

create table findings (
  id text collate "C" not null primary key,
  plan text collate "C" not null references plans (id),
  title text not null,
  severity text not null check (severity in ('critical', 'high', 'medium', 'low', 'info')),
  description text not null,
  evidence text not null,
  status text not null check (status in ('reported', 'asked', 'accepted', 'remediated', 'closed', 'rejected', 'deferred')),
  reported_by text not null,
  run text collate "C",
  turn_id text collate "C",
  call_id text collate "C",
  provenance text not null,
  assign_to text,
  round bigint not null check (round >= 0),
  -- The task of this round.
  task text collate "C" references tasks (id),
  steps bigint not null check (steps > 0),
  -- The step that brought it where it stands, and the last such one the Lead was told of; 0: of none.
  stands_since bigint not null check (stands_since between 1 and steps),
  told bigint not null check (told between 0 and stands_since),
  reported_at bigint not null,
  unique (turn_id, call_id)
);
create index findings_by_plan on findings (plan, status, id);
create index findings_by_age on findings (reported_at, id);
create index findings_open on findings (status, id) where status in ('reported', 'accepted', 'remediated');

create table finding_steps (
  finding text collate "C" not null references findings (id),
  ordinal bigint not null,
  verb text not null,
  actor text not null,
  text text not null,
  -- The chain of who decided; null where nothing was decided.
  provenance text check (provenance is not null or verb not in ('accept', 'reject', 'defer', 'ask')),
  at bigint not null,
  primary key (finding, ordinal)
);

create table finding_revalidations (
  finding text collate "C" not null references findings (id),
  round bigint not null,
  role text collate "C" not null,
  verdict text not null check (verdict in ('pending', 'passed', 'failed')),
  at bigint,
  primary key (finding, round, role)
);

create table skills (
  scope text collate "C" not null,
  name text collate "C" not null,
  status text not null check (status in ('discovered', 'staged', 'approved', 'quarantined', 'gone')),
  reason text not null,
  folder text not null,
  description text not null,
  version text not null,
  license text not null,
  asks_for_tools text not null,
  hash text collate "C" not null,
  pinned text not null,
  files text not null,
  warnings text not null,
  seen_at bigint not null,
  approved_at bigint,
  approved_by text,
  primary key (scope, name)
);

-- SKILL.md by the hash of its skill, for comparing.
create table skill_texts (
  hash text collate "C" not null primary key,
  text text not null
);

create table skill_policies (
  rev bigint not null primary key,
  status text not null check (status in ('proposed', 'in-force', 'superseded')),
  policy text not null,
  text text not null,
  note text not null,
  against bigint,
  proposed_by text not null,
  proposed_at bigint not null,
  approved_by text,
  approved_at bigint
);
create unique index skill_policies_in_force on skill_policies (status) where status = 'in-force';

create table skill_evidence (
  turn_id text collate "C" not null,
  skill text collate "C" not null,
  session_key text collate "C" not null,
  plan text collate "C",
  role text collate "C",
  policy_rev bigint,
  tier text not null check (tier in ('required', 'recommended', 'triggered', 'asked')),
  status text not null check (status in ('loaded', 'offered', 'missing', 'changed', 'unapproved', 'too-large')),
  version text not null,
  wanted text not null,
  found text not null,
  how text not null check (how in ('before-first-step', 'by-tool', 'not')),
  at bigint not null,
  primary key (turn_id, skill)
);
create index skill_evidence_by_age on skill_evidence (at, turn_id);
create index skill_evidence_by_plan on skill_evidence (plan, at) where plan is not null;

create table schedules (
  name text collate "C" not null primary key,
  spec text not null,
  target text not null,
  prompt text not null,
  deliver_to text,
  catch_up text not null check (catch_up in ('one', 'all', 'none')),
  jitter_ms bigint not null check (jitter_ms >= 0),
  status text not null check (status in ('active', 'paused', 'ended')),
  reason text not null,
  next_at bigint,
  failures bigint not null check (failures >= 0),
  created_by text not null,
  created_at bigint not null
);
create index schedules_due on schedules (next_at) where status = 'active' and next_at is not null;

create table schedule_occurrences (
  schedule text collate "C" not null,
  due_at bigint not null,
  fired_at bigint not null,
  status text not null check (status in ('fired', 'succeeded', 'failed', 'skipped')),
  turn_id text collate "C",
  run text collate "C",
  reason text not null,
  primary key (schedule, due_at)
);
create index schedule_occurrences_open on schedule_occurrences (fired_at) where status = 'fired';
