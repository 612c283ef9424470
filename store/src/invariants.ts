/**
 * What must be true of a database at every instant, each with the query that finds what breaks it. `guildhall db verify` runs them all; so do the tests, after every fault
 * they make. A query gives the offenders as `what`, at most a few, and none when all is well.
 */
import { claimInvariants } from './board/claim-invariants.ts';
import { taskInvariants } from './board/task-invariants.ts';
import { handoffInvariants } from './handoffs/handoff-invariants.ts';
import { findingInvariants } from './roles/finding-invariants.ts';
import { roleInvariants } from './roles/role-invariants.ts';
import { scheduleInvariants } from './schedules/schedule-invariants.ts';
import { skillInvariants } from './skills/skill-invariants.ts';

export interface Invariant {
  readonly name: string;
  /** What is true, as a person reads it. */
  readonly sentence: string;
  readonly offenders: string;
}

export const invariants: readonly Invariant[] = [
  {
    name: 'journal positions',
    sentence: 'Events stand at the positions 1, 2, 3 … up to the head, without a gap.',
    offenders: `select 'head ' || position || ', events ' || (select count(*) from events) || ', last ' || (select coalesce(max(position), 0) from events) as what
      from journal_head where position <> (select count(*) from events) or position <> (select coalesce(max(position), 0) from events)`,
  },
  {
    name: 'stream numbers',
    sentence: 'The events of a stream are numbered 1, 2, 3 … up to what its head says.',
    offenders: `select streams.name as what from streams left join (select stream, count(*) as n, max(seq) as last from events group by stream) as found
      on found.stream = streams.name where coalesce(found.n, 0) <> streams.seq or coalesce(found.last, 0) <> streams.seq`,
  },
  {
    name: 'consumers',
    sentence: 'No consumer has handled more than there is.',
    offenders: 'select name as what from consumers where position > (select position from journal_head) or position < 0',
  },
  {
    name: 'leases',
    sentence: 'A lease has a holder and a time, or neither; epochs begin at 1.',
    offenders: 'select name as what from leases where epoch < 1 or (holder is null) <> (expires_at = 0)',
  },
  {
    name: 'orphans',
    sentence: 'Every row belongs to something that exists.',
    offenders: `select 'body ' || position as what from event_bodies where position not in (select position from events)
      union all select 'event ' || position from events where stream not in (select name from streams)
      union all select 'turn ' || id from turns where session_key not in (select key from sessions)
      union all select 'entry ' || session_key || ' ' || seq from entries where turn_id not in (select id from turns) or session_key not in (select key from sessions)
      union all select 'outbound ' || id from outbound where turn_id not in (select id from turns)
      union all select 'reservation ' || id from reservations where not exists (select 1 from budgets where budgets.scope = reservations.scope and budgets.period = reservations.period)`,
  },
  {
    name: 'waiting turns',
    sentence: 'A session counts the turns that wait in it, and names the one that runs.',
    offenders: `select key as what from sessions where queued_turns <> (select count(*) from turns where turns.session_key = sessions.key and status = 'queued')
      or coalesce(running_turn, '') <> coalesce((select max(id) from turns where turns.session_key = sessions.key and status = 'running'), '')`,
  },
  {
    name: 'accept order',
    sentence: 'The turns of a session are numbered in accept order without a gap.',
    offenders: `select key as what from sessions left join (select session_key, count(*) as n, max(ordinal) as last from turns group by session_key) as found
      on found.session_key = sessions.key where coalesce(found.n, 0) <> turn_count or coalesce(found.last, 0) <> turn_count`,
  },
  {
    name: 'transcripts',
    sentence: 'The entries of a session are numbered 1, 2, 3 … without a gap.',
    offenders: `select key as what from sessions left join (select session_key, count(*) as n, max(seq) as last from entries group by session_key) as found
      on found.session_key = sessions.key where coalesce(found.n, 0) <> entry_count or coalesce(found.last, 0) <> entry_count`,
  },
  {
    name: 'compactions',
    sentence: 'Where a session was compacted, the summary is there.',
    offenders: `select key as what from sessions where compacted_seq > 0
      and not exists (select 1 from entries where entries.session_key = sessions.key and entries.seq = sessions.compacted_seq and kind = 'compaction')`,
  },
  {
    name: 'turn states',
    sentence: 'A turn has the times, the answer and the reason that belong to its state.',
    offenders: `select id as what from turns where (status in ('queued', 'running')) <> (ended_at is null) or (status = 'queued' and (attempts > 0 or started_at is not null))
      or (status = 'running' and (attempts < 1 or started_at is null)) or (status = 'completed') <> (answer is not null) or (status = 'absorbed') <> (absorbed_into is not null)`,
  },
  {
    name: 'answers',
    sentence: 'A completed turn has exactly one answer in the transcript, an unfinished one has none.',
    offenders: `select turns.id as what from turns left join (select turn_id, count(*) as n from entries where kind = 'answer' group by turn_id) as found on found.turn_id = turns.id
      where coalesce(found.n, 0) <> case when status = 'completed' then 1 else 0 end`,
  },
  {
    name: 'messages',
    sentence: 'A turn that began has its message in the transcript; one that waits has not.',
    offenders: `select turns.id as what from turns where status in ('queued', 'running', 'completed')
      and (status <> 'queued') <> exists (select 1 from entries where entries.turn_id = turns.id and kind = 'message')`,
  },
  {
    name: 'tool results',
    sentence: 'In a completed turn every call that started has a result.',
    offenders: `select started.turn_id || ' ' || started.call_id as what from entries as started join turns on turns.id = started.turn_id
      where started.kind = 'tool-started' and turns.status = 'completed'
      and not exists (select 1 from entries as ended where ended.turn_id = started.turn_id and ended.call_id = started.call_id and ended.kind = 'tool-result')`,
  },
  {
    name: 'decisions',
    sentence: 'No tool call started without a stored decision of the gate that was not a no.',
    offenders: `select turn_id || ' ' || call_id as what from entries where kind = 'tool-started'
      and not exists (select 1 from decisions where decisions.turn_id = entries.turn_id and decisions.call_id = entries.call_id and verdict <> 'deny')`,
  },
  {
    name: 'events of turns',
    sentence: 'Every accepted message and every end of a turn is in the journal, once.',
    offenders: `select sessions.key as what from sessions
      join (select session_key, count(*) as accepted, sum(case when status in ('completed', 'failed', 'cancelled', 'absorbed') then 1 else 0 end) as ended from turns group by session_key) as rows
        on rows.session_key = sessions.key
      left join (select stream, sum(case when type = 'message.accepted' then 1 else 0 end) as accepted,
        sum(case when type in ('turn.completed', 'turn.failed', 'turn.cancelled', 'message.superseded') then 1 else 0 end) as ended from events group by stream) as told
        on told.stream = 'session:' || sessions.key
      where rows.accepted <> coalesce(told.accepted, 0) or rows.ended <> coalesce(told.ended, 0)`,
  },
  {
    name: 'outbound',
    sentence: 'A message on its way belongs to an entry of its turn, and one that is being sent has a sender.',
    offenders: `select id as what from outbound where (status = 'sending') <> (sender is not null)
      or not exists (select 1 from entries where entries.session_key = outbound.session_key and entries.seq = outbound.seq and entries.turn_id = outbound.turn_id)`,
  },
  {
    name: 'approvals',
    sentence: 'An approval that was answered says by whom; one that was used was approved before.',
    offenders:
      "select id as what from approvals where (status in ('approved', 'denied', 'used') and answered_by is null) or (status = 'pending' and answered_by is not null)",
  },
  {
    name: 'budgets',
    sentence: 'What a budget holds back is the sum of its open reservations.',
    offenders: `select budgets.scope || ' ' || budgets.period as what from budgets
      left join (select scope, period, sum(micro_usd) as micro_usd, sum(tokens) as tokens from reservations where settled = 0 group by scope, period) as open
        on open.scope = budgets.scope and open.period = budgets.period
      where reserved_micro_usd <> coalesce(open.micro_usd, 0) or reserved_tokens <> coalesce(open.tokens, 0)`,
  },
  ...taskInvariants,
  ...claimInvariants,
  ...roleInvariants,
  ...findingInvariants,
  ...scheduleInvariants,
  ...skillInvariants,
  ...handoffInvariants,
];
