/** What must be true of plans, role sessions, runs and artifacts at every instant; see `invariants.ts`. */

/** What there is, and the events that tell of it. */
const told = [
  ['plans', 'select count(*) from plans', 'plan.created'],
  ['roles', 'select count(*) from role_sessions', 'role.opened'],
  ['rotations', "select count(*) from role_incarnations where begun_by = 'rotated'", 'role.rotated'],
  ['reopenings', "select count(*) from role_incarnations where begun_by = 'reopened'", 'role.reopened'],
  [
    'retirements',
    "select (select count(*) from role_incarnations where retired_at is not null) - (select count(*) from role_incarnations where begun_by = 'rotated')",
    'role.retired',
  ],
  ['runs', 'select count(*) from role_runs', 'role.invoked'],
  ['finished runs', "select count(*) from role_runs where status = 'finished'", 'role.finished'],
  ['artifacts', 'select count(*) from artifacts', 'artifact.kept'],
] as const;

export const roleInvariants = [
  {
    name: 'packets',
    sentence: 'The packets of a plan are numbered 1, 2, 3 … up to the one in force.',
    offenders: `select id as what from plans left join (select plan, count(*) as n, max(rev) as last from plan_packets group by plan) as found on found.plan = plans.id
      where coalesce(found.n, 0) <> packet_rev or coalesce(found.last, 0) <> packet_rev`,
  },
  {
    name: 'completed by',
    sentence: 'A plan says when and by whom it was completed exactly while it is.',
    offenders: "select id as what from plans where (status = 'completed') <> (completed_at is not null) or (completed_at is null) <> (completed_by is null)",
  },
  {
    name: 'incarnations',
    sentence: 'The incarnations of a role are numbered 1, 2, 3 …; the newest has not ended while the role is open, and all others have, with the reason.',
    offenders: `select role_sessions.plan || ' ' || role_sessions.role as what from role_sessions
      left join (select plan, role, count(*) as n, max(number) as last, sum(case when retired_at is null then 1 else 0 end) as going_on,
        max(case when retired_at is null then number else 0 end) as newest from role_incarnations group by plan, role) as found
        on found.plan = role_sessions.plan and found.role = role_sessions.role
      where coalesce(found.n, 0) <> incarnation or coalesce(found.last, 0) <> incarnation or found.going_on <> case when status = 'open' then 1 else 0 end
        or found.newest <> case when status = 'open' then incarnation else 0 end
      union all select plan || ' ' || role || ' ' || number from role_incarnations where (retired_at is null) <> (retired_reason is null)
        or (retired_at is null) <> (retired_by is null) or (begun_by = 'opened') <> (number = 1)`,
  },
  {
    name: 'bounds of incarnations',
    sentence: 'Each incarnation begins where its predecessor ends, within the record.',
    offenders: `select later.plan || ' ' || later.role || ' ' || later.number as what from role_incarnations as later
      join role_incarnations as earlier on earlier.plan = later.plan and earlier.role = later.role and earlier.number + 1 = later.number
      where later.after_seq < earlier.after_seq or later.after_turn < earlier.after_turn
      union all select session_key from role_sessions join role_incarnations on role_incarnations.plan = role_sessions.plan and role_incarnations.role = role_sessions.role
        left join sessions on sessions.key = session_key where after_seq > coalesce(entry_count, 0) or after_turn > coalesce(turn_count, 0)`,
  },
  {
    name: 'sessions of roles',
    sentence: 'Every session whose key begins role: is that of a role.',
    offenders: "select key as what from sessions where substr(key, 1, 5) = 'role:' and key not in (select session_key from role_sessions)",
  },
  {
    name: 'retired roles',
    sentence: 'No turn and nobody’s answer is waited for in a role that is retired.',
    offenders: `select session_key as what from role_sessions join sessions on sessions.key = session_key where role_sessions.status = 'retired' and queued_turns > 0
      union all select role_runs.id from role_runs join role_sessions on role_sessions.plan = role_runs.plan and role_sessions.role = role_runs.role
        left join turns on turns.id = role_runs.turn_id
        where role_sessions.status = 'retired' and (role_runs.status = 'waiting-for-person' or turns.status = 'queued')`,
  },
  {
    name: 'role runs',
    sentence: 'A run is queued until its turn begins and runs from then on; it has an outcome when it is finished, and then its turn has ended.',
    offenders: `select role_runs.id as what from role_runs left join turns on turns.id = role_runs.turn_id left join turns as host on host.id = role_runs.host_turn
      where (role_runs.status = 'finished') <> (outcome is not null) or (outcome is null) <> (role_runs.ended_at is null)
        or (role_runs.status = 'queued' and (turns.id is null or turns.started_at is not null))
        or (role_runs.status = 'running' and coalesce(turns.started_at, host.started_at) is null)
        or (role_runs.status = 'waiting-for-person' and (turn_id is not null or host_turn is not null))
        or (role_runs.status = 'finished' and (turn_id is not null or host_turn is not null) and coalesce(turns.ended_at, host.ended_at) is null)
        or (person_answer is null) <> (person_outcome is null) or (turn_id is not null and host_turn is not null)`,
  },
  {
    name: 'turns of role runs',
    sentence: 'A run and its turn are in one session, and belong to an incarnation there is.',
    offenders: `select role_runs.id as what from role_runs left join turns on turns.id = turn_id
      left join role_incarnations on role_incarnations.plan = role_runs.plan and role_incarnations.role = role_runs.role and number = incarnation
      where number is null or (turn_id is not null and coalesce(turns.session_key, '') <> role_runs.session_key)`,
  },
  {
    name: 'artifacts',
    sentence: 'An artifact belongs to a finished run of its role, has its compliance, and is there where it says so.',
    offenders: `select artifacts.id as what from artifacts join role_runs on role_runs.id = artifacts.run
      where role_runs.status <> 'finished' or role_runs.plan <> artifacts.plan or role_runs.role <> artifacts.role or role_runs.compliance <> artifacts.compliance
        or (kept = 1 and sha256 not in (select sha256 from attachment_contents))`,
  },
  {
    name: 'events of roles',
    sentence: 'Every plan, role, incarnation, run, end of a run and artifact is in the journal, once.',
    offenders: told
      .map(
        ([what, rows, type]) => `select '${what} ' || (${rows}) || ', told ' || (select count(*) from events where type = '${type}') as what
        from journal_head where (${rows}) <> (select count(*) from events where type = '${type}')`,
      )
      .join(' union all '),
  },
] as const;
