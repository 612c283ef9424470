-- breaking: yes
-- The journal, leases, authority, configuration and notes. Times named *_at are wall-clock milliseconds; `expires_at` of leases and every `lapses_at` are lease time.

create table streams (
  name text not null primary key,
  seq integer not null,
  hash text not null
) strict;

create table journal_head (
  id integer not null primary key check (id = 1),
  position integer not null
) strict;

create table events (
  position integer not null primary key,
  stream text not null references streams (name),
  seq integer not null,
  at integer not null,
  type text not null,
  actor text not null,
  provenance text,
  body_digest text not null,
  prev_hash text not null,
  hash text not null,
  unique (stream, seq)
) strict;
create index events_by_stream on events (stream, position);

create table event_bodies (
  position integer not null primary key references events (position),
  data text not null
) strict;

create table consumers (
  name text not null primary key,
  position integer not null
) strict;

-- One row for each history: the first, and one more for every restore of a backup.
create table timelines (
  id integer not null primary key,
  forked_at integer not null
) strict;

-- Released: holder is null. Rows stay, so that epochs only grow.
create table leases (
  name text not null primary key,
  holder text,
  epoch integer not null,
  expires_at integer not null
) strict;
create index leases_held on leases (expires_at) where holder is not null;

-- The newest lease time handed out; the next start goes on from it.
create table lease_clock (
  id integer not null primary key check (id = 1),
  ms integer not null
) strict;

create table credentials (
  id text not null primary key,
  secret_hash text not null unique,
  scopes text not null,
  label text not null,
  created_at integer not null,
  expires_at integer,
  expired_at integer,
  revoked_at integer,
  last_used_at integer
) strict;

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
  asked_at integer not null,
  expires_at integer not null,
  lapses_at integer not null,
  answered_by text,
  answered_at integer,
  answer_reason text,
  unique (turn_id, call_id)
) strict;
create index approvals_open on approvals (lapses_at) where status in ('pending', 'approved');

create table decisions (
  turn_id text not null,
  call_id text not null,
  session_key text not null,
  at integer not null,
  verdict text not null check (verdict in ('allow', 'deny', 'ask')),
  tool text not null,
  digest text not null,
  rule text not null,
  answers text not null,
  approval_id text,
  primary key (turn_id, call_id)
) strict;
create index decisions_by_session on decisions (session_key, at);

create table budgets (
  scope text not null,
  period text not null,
  settled_micro_usd integer not null check (settled_micro_usd >= 0),
  settled_tokens integer not null check (settled_tokens >= 0),
  reserved_micro_usd integer not null check (reserved_micro_usd >= 0),
  reserved_tokens integer not null check (reserved_tokens >= 0),
  primary key (scope, period)
) strict;

create table reservations (
  id text not null,
  scope text not null,
  period text not null,
  micro_usd integer not null,
  tokens integer not null,
  settled integer not null check (settled in (0, 1)),
  lapses_at integer not null,
  primary key (id, scope, period),
  foreign key (scope, period) references budgets (scope, period)
) strict;
create index reservations_open on reservations (lapses_at) where settled = 0;
create index reservations_settled on reservations (lapses_at) where settled = 1;

create table config_versions (
  rev integer not null primary key,
  digest text not null,
  text text not null,
  actor text not null,
  at integer not null,
  revert_of integer references config_versions (rev)
) strict;

create table notes (
  name text not null primary key,
  value text not null
) strict;

create table idempotency_keys (
  credential_id text not null,
  key text not null,
  request_digest text not null,
  attempt integer not null,
  owner text not null,
  started_at integer not null,
  lapses_at integer not null,
  status integer,
  body text,
  primary key (credential_id, key)
) strict;
create index idempotency_keys_by_age on idempotency_keys (started_at);

insert into journal_head (id, position) values (1, 0);
insert into timelines (id, forked_at) values (1, 0);
insert into lease_clock (id, ms) values (1, 0);
