-- breaking: yes
-- Sessions: the inbox and its turns, the transcript, outbound intents, full text.

create table sessions (
  key text not null primary key,
  agent text not null,
  platform text not null,
  account text not null,
  chat text not null,
  chat_type text not null check (chat_type in ('dm', 'group', 'channel', 'thread')),
  title text not null,
  created_at integer not null,
  last_activity_at integer not null,
  turn_count integer not null,
  entry_count integer not null,
  queued_turns integer not null check (queued_turns >= 0),
  running_turn text,
  compacted_seq integer not null,
  cost_micro_usd integer not null
) strict;
create index sessions_by_activity on sessions (last_activity_at, key);
create index sessions_by_agent on sessions (agent, last_activity_at, key);

-- The inbox: one turn for each accepted message, once by the platform's id; `ordinal` is the accept order within the session.
create table turns (
  id text not null primary key,
  session_key text not null references sessions (key),
  ordinal integer not null,
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
  attempts integer not null,
  cancel_requested integer not null check (cancel_requested in (0, 1)),
  accepted_at integer not null,
  started_at integer,
  ended_at integer,
  reason text,
  answer text,
  absorbed_into text references turns (id),
  steps integer not null,
  input_tokens integer not null,
  output_tokens integer not null,
  cached_input_tokens integer not null,
  cost_micro_usd integer not null,
  unpriced_steps integer not null,
  rehearsal integer not null check (rehearsal in (0, 1)),
  unique (platform, account, chat, message_id),
  unique (session_key, ordinal)
) strict;
create unique index turns_single_flight on turns (session_key) where status = 'running';
create index turns_open on turns (session_key, ordinal) where status in ('queued', 'running');
create index turns_by_age on turns (accepted_at, id);
create index turns_open_children on turns (chat) where platform = 'delegate' and status in ('queued', 'running');

create table entries (
  id integer not null primary key,
  session_key text not null references sessions (key),
  seq integer not null,
  turn_id text not null references turns (id),
  at integer not null,
  kind text not null,
  call_id text,
  body text not null,
  unique (session_key, seq)
) strict;
create index entries_by_turn on entries (turn_id, seq);
create unique index entries_once_per_call on entries (turn_id, call_id, kind) where call_id is not null;

create table outbound (
  id text not null primary key,
  session_key text not null references sessions (key),
  seq integer not null,
  turn_id text not null references turns (id),
  platform text not null,
  account text not null,
  chat text not null,
  thread text,
  text text not null,
  reply_to text,
  provenance text not null,
  status text not null check (status in ('pending', 'sending', 'sent', 'unknown', 'failed')),
  attempts integer not null,
  sender text,
  created_at integer not null,
  not_before integer not null,
  platform_message_id text,
  error text,
  unique (session_key, seq)
) strict;
create index outbound_due on outbound (created_at, id) where status in ('pending', 'sending');
create index outbound_unfinished on outbound (session_key, seq) where status in ('pending', 'sending');
create index outbound_unknown on outbound (id) where status = 'unknown';

create virtual table entry_search using fts5 (words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0");
