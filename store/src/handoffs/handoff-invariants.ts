/** What must be true of handoffs at every instant; see `invariants.ts`. */

const open = "('awaiting-approval', 'queued', 'paused', 'running')";

export const handoffInvariants = [
  {
    name: 'handoff states',
    sentence: 'A handoff has the outcome, the times and the words that belong to its status.',
    offenders: `select id as what from handoffs where (status = 'finished') <> (outcome is not null) or (status in ${open}) <> (ended_at is null)
      or (status in ('running', 'finished', 'uncertain') and started_at is null) or (status in ('refused', 'awaiting-approval', 'queued', 'paused') and started_at is not null)
      or (status in ('refused', 'paused', 'cancelled', 'uncertain') and reason = '')`,
  },
  {
    name: 'turns of handoffs',
    sentence: 'A handoff that began has its turn, in the session of its target and within its own work; one that waits to begin has its notice there.',
    offenders: `select handoffs.id as what from handoffs left join turns as work on work.id = handoffs.turn_id left join turns as notice on notice.id = handoffs.notice_turn
      where (handoffs.started_at is null) <> (handoffs.turn_id is null) or (handoffs.status in ('queued', 'running') and notice.id is null)
        or (handoffs.turn_id is not null and (coalesce(work.session_key, '') <> handoffs.target_session or coalesce(work.handoff, '') <> handoffs.id))
        or (handoffs.notice_turn is not null and (coalesce(notice.session_key, '') <> handoffs.target_session or coalesce(notice.handoff, '') <> handoffs.id))`,
  },
  {
    name: 'ended handoffs',
    sentence: 'What was set aside for a handoff is set aside while it is open and no longer, and the turn of one that finished has ended.',
    offenders: `select handoffs.id as what from handoffs join reservations on reservations.id = handoffs.reservation where handoffs.status not in ${open} and reservations.settled = 0
      union all select handoffs.id from handoffs join turns on turns.id = handoffs.turn_id where handoffs.status in ('finished', 'uncertain') and turns.ended_at is null`,
  },
  {
    name: 'chains of handoffs',
    sentence: 'A handoff that was asked for within another stands below it, one deeper or more.',
    offenders: `select below.id as what from handoffs as below join handoffs as above on above.id = below.parent where below.depth <= above.depth
      union all select handoffs.id from handoffs join turns on turns.id = handoffs.source_turn where coalesce(turns.handoff, '') <> coalesce(handoffs.parent, '')`,
  },
  {
    name: 'handoffs called off',
    sentence: 'Below a handoff that was called off everything is called off, nothing waits to begin or for a person, and what runs was asked to stop.',
    offenders: `select handoffs.id as what from handoffs where called_off_at is not null and status in ${open}
      union all select below.id from handoffs as below join handoffs as above on above.id = below.parent where above.called_off_at is not null and below.called_off_at is null
      union all select turns.id from turns join handoffs on handoffs.id = turns.handoff where called_off_at is not null and turns.handoff is not null
        and (turns.status = 'queued' or (turns.status = 'running' and turns.cancel_requested = 0))
      union all select role_runs.id from role_runs join handoffs on handoffs.id = role_runs.handoff where called_off_at is not null and role_runs.handoff is not null and role_runs.status = 'waiting-for-person'
      union all select approvals.id from approvals join handoffs on handoffs.id = approvals.turn_id where called_off_at is not null and approvals.status in ('pending', 'approved')`,
  },
  {
    name: 'beginnings after a cancel',
    sentence: 'Within the work of a handoff that was called off no turn, task, model call or tool call began behind its cancel.',
    offenders: `select begun.type || ' ' || begun.position as what from (select substr(stream, 9) as handoff, min(position) as position from events where type = 'handoff.cancelled' group by stream) as cancel
      join turns on turns.handoff = cancel.handoff join events as begun on begun.stream = 'session:' || turns.session_key and begun.position > cancel.position
      where turns.handoff is not null and begun.type in ('message.accepted', 'turn.started', 'turn.step-begun', 'tool.called')
        and exists (select 1 from event_bodies where event_bodies.position = begun.position and event_bodies.data like '%"turnId":"' || turns.id || '"%')`,
  },
  {
    name: 'decisions about handoffs',
    sentence: 'The decisions about a handoff are numbered 1, 2, 3 … and the first is about its request.',
    offenders: `select handoffs.id as what from handoffs left join (select handoff, count(*) as n, max(ordinal) as last, min(ordinal) as first from handoff_decisions group by handoff) as found
      on found.handoff = handoffs.id where coalesce(found.n, 0) < 1 or found.n <> found.last or found.first <> 1
      union all select handoff from handoff_decisions where ordinal = 1 and moment <> 'requested'`,
  },
  {
    name: 'summaries of handoffs',
    sentence: 'What a turn asked for is summed up once, in a turn of its own session.',
    offenders: `select source_turn as what from handoff_summaries left join turns on turns.id = handoff_summaries.source_turn
      left join turns as summary on summary.id = handoff_summaries.turn_id
      where turns.id is null or (handoff_summaries.turn_id <> '' and coalesce(summary.session_key, '') <> turns.session_key)`,
  },
] as const;
