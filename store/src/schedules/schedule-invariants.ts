/** What must be true of schedules at every instant; see `invariants.ts`. */
export const scheduleInvariants = [
  {
    name: 'schedules',
    sentence: 'A schedule that has ended is due never again, every other one is; one that is paused or has ended says why.',
    offenders: `select name as what from schedules where (status = 'ended') <> (next_at is null) or (status <> 'active' and reason = '')`,
  },
  {
    name: 'due times',
    sentence: 'No schedule is due at a time it has taken care of.',
    offenders: `select name as what from schedules where exists (select 1 from schedule_occurrences where schedule = name and due_at = next_at)`,
  },
  {
    name: 'occurrences',
    sentence: 'An occurrence belongs to a schedule, has the turn or the run it became, or says why it became none; no two became the same.',
    offenders: `select schedule || ' ' || due_at as what from schedule_occurrences where schedule not in (select name from schedules)
      or (status in ('fired', 'succeeded') and turn_id is null and run is null) or (status in ('failed', 'skipped') and reason = '')
      or (status = 'skipped' and turn_id is not null)
      or (turn_id is not null and not exists (select 1 from turns where turns.id = turn_id)) or (run is not null and not exists (select 1 from role_runs where role_runs.id = run))
      union all select 'turn ' || turn_id from schedule_occurrences where turn_id is not null group by turn_id having count(*) > 1`,
  },
];
