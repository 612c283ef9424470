-- breaking: yes
-- The journal, leases, authority, configuration and notes. Times named *_at are wall-clock milliseconds; `expires_at` of leases and every `lapses_at` are lease time.

create table streams (
  name text collate "C" not null primary key,
  seq bigint not null,
  hash text not null
);

create table journal_head (
  id bigint not null primary key check (id = 1),
  position bigint not null
);

create table events (
  position bigint not null primary key,
  stream text collate "C" not null references streams (name),
  seq bigint not null,
  at bigint not null,
  type text not null,
  actor text not null,
  provenance text,
  body_digest text not null,
  prev_hash text not null,
  hash text not null,
  unique (stream, seq)
);
create index events_by_stream on events (stream, position);

create table event_bodies (
  position bigint not null primary key references events (position),
  data text not null
);

create table consumers (
  name text collate "C" not null primary key,
  position bigint not null
);

-- One row for each history: the first, and one more for every restore of a backup.
create table timelines (
  id bigint not null primary key,
  forked_at bigint not null
);

-- Released: holder is null. Rows stay, so that epochs only grow.
create table leases (
  name text collate "C" not null primary key,
  holder text,
  epoch bigint not null,
  expires_at bigint not null
);
create index leases_held on leases (expires_at) where holder is not null;

-- Added to the clock of the database. Zero, except in the schema of a test that lets leases lapse.
create table lease_clock (
  id bigint not null primary key check (id = 1),
  ms bigint not null
);

create table credentials (
  id text not null primary key,
  secret_hash text not null unique,
  scopes text not null,
  label text not null,
  created_at bigint not null,
  expires_at bigint,
  expired_at bigint,
  revoked_at bigint,
  last_used_at bigint
);

create table approvals (
  id text not null primary key,
  digest text not null,
  action text not null,
  reason text not null,
  session_key text not null,
  turn_id text not null,
  call_id text not null,
  status text not null check (status in ('pending', 'approved', 'denied', 'expired', 'used')),
  provenance text not null,
  asked_at bigint not null,
  expires_at bigint not null,
  lapses_at bigint not null,
  answered_by text,
  answered_at bigint,
  answer_reason text,
  unique (turn_id, call_id)
);
create index approvals_open on approvals (lapses_at) where status in ('pending', 'approved');

create table decisions (
  turn_id text not null,
  call_id text not null,
  session_key text not null,
  at bigint not null,
  verdict text not null check (verdict in ('allow', 'deny', 'ask')),
  tool text not null,
  digest text not null,
  rule text not null,
  answers text not null,
  approval_id text,
  primary key (turn_id, call_id)
);
create index decisions_by_session on decisions (session_key, at);

create table budgets (
  scope text collate "C" not null,
  period text collate "C" not null,
  settled_micro_usd bigint not null check (settled_micro_usd >= 0),
  settled_tokens bigint not null check (settled_tokens >= 0),
  reserved_micro_usd bigint not null check (reserved_micro_usd >= 0),
  reserved_tokens bigint not null check (reserved_tokens >= 0),
  primary key (scope, period)
);

create table reservations (
  id text not null,
  scope text collate "C" not null,
  period text collate "C" not null,
  micro_usd bigint not null,
  tokens bigint not null,
  settled bigint not null check (settled in (0, 1)),
  lapses_at bigint not null,
  primary key (id, scope, period),
  foreign key (scope, period) references budgets (scope, period)
);
create index reservations_open on reservations (lapses_at) where settled = 0;
create index reservations_settled on reservations (lapses_at) where settled = 1;

create table config_versions (
  rev bigint not null primary key,
  digest text not null,
  text text not null,
  actor text not null,
  at bigint not null,
  revert_of bigint references config_versions (rev)
);

create table notes (
  name text collate "C" not null primary key,
  value text not null
);

create table idempotency_keys (
  credential_id text not null,
  key text collate "C" not null,
  request_digest text not null,
  attempt bigint not null,
  owner text not null,
  started_at bigint not null,
  lapses_at bigint not null,
  status bigint,
  body text,
  primary key (credential_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (started_at);

insert into journal_head (id, position) values (1, 0);
insert into timelines (id, forked_at) values (1, 0);
insert into lease_clock (id, ms) values (1, 0);

-- Written with every commit, so that after a lost connection one can tell whether the commit arrived; or, fenced, keep it from arriving later.
create table commit_marks (
  token text collate "C" not null primary key,
  at bigint not null,
  outcome text not null check (outcome in ('committed', 'fenced'))
);
create index commit_marks_by_age on commit_marks (at);

create function lease_now() returns bigint language sql volatile as $$
  select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + (select ms from lease_clock)
$$;
