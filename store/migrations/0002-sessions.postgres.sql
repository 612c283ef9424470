-- breaking: yes
-- Sessions: the inbox and its turns, the transcript, outbound intents, full text.

create table sessions (
  key text collate "C" not null primary key,
  agent text not null,
  platform text not null,
  account text not null,
  chat text not null,
  chat_type text not null check (chat_type in ('dm', 'group', 'channel', 'thread')),
  title text not null,
  created_at bigint not null,
  last_activity_at bigint not null,
  turn_count bigint not null,
  entry_count bigint not null,
  queued_turns bigint not null check (queued_turns >= 0),
  running_turn text,
  compacted_seq bigint not null,
  cost_micro_usd bigint not null
);
create index sessions_by_activity on sessions (last_activity_at, key);
create index sessions_by_agent on sessions (agent, last_activity_at, key);

-- The inbox: one turn for each accepted message, once by the platform's id; `ordinal` is the accept order within the session.
create table turns (
  id text collate "C" not null primary key,
  session_key text collate "C" not null references sessions (key),
  ordinal bigint not null,
  agent text not null,
  platform text not null,
  account text not null,
  chat text not null,
  message_id text not null,
  message text not null,
  sender text not null,
  provenance text not null,
  busy text not null check (busy in ('queue', 'steer', 'interrupt')),
  status text not null check (status in ('queued', 'running', 'completed', 'failed', 'cancelled', 'absorbed')),
  attempts bigint not null,
  cancel_requested bigint not null check (cancel_requested in (0, 1)),
  accepted_at bigint not null,
  started_at bigint,
  ended_at bigint,
  reason text,
  answer text,
  absorbed_into text references turns (id),
  steps bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_input_tokens bigint not null,
  cost_micro_usd bigint not null,
  unpriced_steps bigint not null,
  rehearsal bigint not null check (rehearsal in (0, 1)),
  unique (platform, account, chat, message_id),
  unique (session_key, ordinal)
);
create unique index turns_single_flight on turns (session_key) where status = 'running';
create index turns_open on turns (session_key, ordinal) where status in ('queued', 'running');
create index turns_by_age on turns (accepted_at, id);
create index turns_open_children on turns (chat) where platform = 'delegate' and status in ('queued', 'running');

create table entries (
  id bigint not null generated always as identity primary key,
  session_key text collate "C" not null references sessions (key),
  seq bigint not null,
  turn_id text not null references turns (id),
  at bigint not null,
  kind text not null,
  call_id text,
  body text not null,
  unique (session_key, seq)
);
create index entries_by_turn on entries (turn_id, seq);
create unique index entries_once_per_call on entries (turn_id, call_id, kind) where call_id is not null;

create table outbound (
  id text collate "C" not null primary key,
  session_key text collate "C" not null references sessions (key),
  seq bigint not null,
  turn_id text not null references turns (id),
  platform text not null,
  account text not null,
  chat text not null,
  thread text,
  text text not null,
  reply_to text,
  provenance text not null,
  status text not null check (status in ('pending', 'sending', 'sent', 'unknown', 'failed')),
  attempts bigint not null,
  sender text,
  created_at bigint not null,
  not_before bigint not null,
  platform_message_id text,
  error text,
  unique (session_key, seq)
);
create index outbound_due on outbound (created_at, id) where status in ('pending', 'sending');
create index outbound_unfinished on outbound (session_key, seq) where status in ('pending', 'sending');
create index outbound_unknown on outbound (id) where status = 'unknown';

create table entry_search (
  entry_id bigint not null primary key references entries (id),
  words tsvector not null
);
create index entry_search_words on entry_search using gin (words);
