/** What must be true of claims, runs and lanes at every instant; see `invariants.ts`. */

/** The runs of a board that have ended in one of these ways, and the events that tell of it. Blocks are told for other reasons too. */
const told = [
  ["outcome = 'completed'", "type = 'task.completed'"],
  ["outcome = 'timed-out'", "type = 'task.timed-out'"],
  ["outcome in ('crashed', 'protocol-violation')", "type = 'task.crashed'"],
  ["outcome in ('released', 'rate-limited')", "type = 'task.released'"],
  ["outcome = 'reclaimed'", "type = 'task.reclaimed'"],
  ['task is not null', "type = 'task.claimed'"],
] as const;

function sums(conditions: readonly string[]): string {
  return conditions.map((condition, index) => `sum(case when ${condition} then 1 else 0 end) as n${index}`).join(', ');
}

export const claimInvariants = [
  {
    name: 'claims',
    sentence: 'A running task has one open run, which it names with its lane; every other task has none.',
    offenders: `select tasks.id as what from tasks left join (select task, count(*) as n, max(id) as run, max(lane) as lane from runs where ended_at is null group by task) as open
      on open.task = tasks.id where coalesce(open.n, 0) <> case when status = 'running' then 1 else 0 end
      or coalesce(tasks.run_id, '') <> coalesce(open.run, '') or coalesce(tasks.lane, '') <> coalesce(open.lane, '')`,
  },
  {
    name: 'claim leases',
    sentence: 'Whoever holds the claim on a task has its open run, with the same epoch.',
    offenders: `select name as what from leases where substr(name, 1, 6) = 'claim:' and holder is not null
      and not exists (select 1 from runs where ended_at is null and 'claim:' || runs.task = leases.name and runs.epoch = leases.epoch and 'lane:' || runs.lane = leases.holder)`,
  },
  {
    name: 'runs',
    sentence: 'The runs of a task are numbered 1, 2, 3 … without a gap and each has a higher epoch than those before; one that ended says how.',
    offenders: `select tasks.id as what from tasks left join (select task, count(*) as n, max(attempt) as last from runs group by task) as found on found.task = tasks.id
      where coalesce(found.n, 0) <> run_count or coalesce(found.last, 0) <> run_count
      union all select id from runs where (ended_at is null) <> (outcome is null)
      union all select later.id from runs as later join runs as earlier on earlier.task = later.task and earlier.attempt < later.attempt
        where later.epoch > 0 and later.epoch <= earlier.epoch`,
  },
  {
    name: 'lanes',
    sentence: 'A lane that is unregistered holds nothing and has no credential.',
    offenders: `select name as what from lanes where state = 'unregistered'
      and (credential_id is not null or exists (select 1 from runs where runs.lane = lanes.name and ended_at is null))`,
  },
  {
    name: 'events of runs',
    sentence: 'Every claim and every end of a run is in the journal, once.',
    offenders: `select boards.name as what from boards
      left join (select board, ${sums(told.map(([ofRun]) => ofRun))} from runs where epoch > 0 group by board) as there on there.board = boards.name
      left join (select stream, ${sums(told.map(([, ofEvent]) => ofEvent))} from events group by stream) as said on said.stream = 'board:' || boards.name
      where ${told.map((_, index) => `coalesce(there.n${index}, 0) <> coalesce(said.n${index}, 0)`).join(' or ')}`,
  },
] as const;
