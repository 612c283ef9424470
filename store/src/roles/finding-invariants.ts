/** What must be true of findings and of completed plans at every instant; see `invariants.ts`. */
const ofRound = `finding_revalidations where finding_revalidations.finding = findings.id and finding_revalidations.round = findings.round`;

/** Another run of the same role in the same phase came after it. */
const hasSuccessor = `exists (select 1 from role_runs as later where later.plan = role_runs.plan and later.role = role_runs.role
  and coalesce(later.phase, '') = coalesce(role_runs.phase, '') and coalesce(later.outcome, '') <> 'cancelled'
  and (later.created_at > role_runs.created_at or (later.created_at = role_runs.created_at and later.id > role_runs.id)))`;

function notWaived(blocker: string): string {
  return `not exists (select 1 from plan_waivers where plan_waivers.plan = plans.id and plan_waivers.at = plans.completed_at and plan_waivers.blocker = ${blocker})`;
}

export const findingInvariants = [
  {
    name: 'steps of findings',
    sentence: 'The steps of a finding are numbered 1, 2, 3 … up to what it counts, and the first is its report.',
    offenders: `select id as what from findings left join (select finding, count(*) as n, max(ordinal) as last, min(ordinal) as first from finding_steps group by finding) as found
      on found.finding = findings.id where coalesce(found.n, 0) <> steps or coalesce(found.last, 0) <> steps or coalesce(found.first, 0) <> 1
      or not exists (select 1 from finding_steps where finding_steps.finding = findings.id and ordinal = 1 and verb = 'report')`,
  },
  {
    name: 'closed findings',
    sentence: 'A finding is closed when everybody who had to look again has passed it in its last round, and at least one is not who mended it.',
    offenders: `select id as what from findings where status = 'closed' and (exists (select 1 from ${ofRound} and verdict <> 'passed')
      or not exists (select 1 from ${ofRound} and verdict = 'passed' and role <> findings.assign_to))`,
  },
  {
    name: 'rounds of findings',
    sentence: 'A finding has as many rounds as it was accepted and failed, those who must look again in each, and no verdict before it is remediated.',
    offenders: `select id as what from findings where round <> (select count(*) from finding_steps where finding = findings.id and verb in ('accept', 'fail'))
      or round < (select coalesce(max(round), 0) from finding_revalidations where finding = findings.id)
      or (round > 0 and not exists (select 1 from ${ofRound})) or (status = 'accepted' and exists (select 1 from ${ofRound} and verdict <> 'pending'))
      or (status in ('accepted', 'remediated', 'closed') and (round = 0 or assign_to is null))`,
  },
  {
    name: 'tasks of findings',
    sentence: 'A finding gets at most one task in each round; one that is remediated or closed was mended by a task that was done.',
    offenders: `select id as what from findings where (select count(*) from finding_steps where finding = findings.id and verb = 'assign') > round
      or (status not in ('accepted', 'remediated', 'closed') and task is not null)
      or (status in ('remediated', 'closed') and not exists (select 1 from tasks where tasks.id = findings.task and tasks.was_done = 1))`,
  },
  {
    name: 'completed plans',
    sentence:
      'A completed plan has no run that is not over, no finding that was not decided about, and nothing else that blocks it but what was waived when it was completed.',
    offenders: `select plans.id || ' ' || role_runs.id as what from plans join role_runs on role_runs.plan = plans.id where plans.status = 'completed' and role_runs.status <> 'finished'
      union all select plans.id || ' ' || role_runs.id from plans join role_runs on role_runs.plan = plans.id where plans.status = 'completed'
        and role_runs.outcome not in ('succeeded', 'cancelled') and not ${hasSuccessor} and ${notWaived("'run-unproven:' || role_runs.id")}
      union all select plans.id || ' ' || findings.id from plans join findings on findings.plan = plans.id where plans.status = 'completed'
        and (findings.status in ('reported', 'asked') or (findings.status = 'deferred' and ${notWaived("'finding-deferred:' || findings.id")})
        or (findings.status = 'accepted' and ${notWaived("'finding-not-remediated:' || findings.id")})
        or (findings.status = 'remediated' and ${notWaived("'finding-not-revalidated:' || findings.id")}))`,
  },
] as const;
