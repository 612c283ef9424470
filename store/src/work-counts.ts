/** How much there is of plans, roles, findings, skills, schedules and handoffs, by what becomes of it. */
import { sql } from 'kysely';
import type { FindingStatus, HandoffStatus, PlanStatus, RoleRunStatus, RoleStatus, ScheduleStatus, SkillStatus } from '@guildhall/protocol';
import type { Database } from './database.ts';
import { isOpenHandoff } from './partial-indexes.ts';

/** What there is none of is absent. */
type Counted<Status extends string> = Readonly<Partial<Record<Status, number>>>;

export interface WorkCounts {
  readonly plans: Counted<PlanStatus>;
  readonly roles: Counted<RoleStatus>;
  /** Without the finished ones. */
  readonly runs: Counted<RoleRunStatus>;
  /** Of plans that are open. */
  readonly findings: Counted<FindingStatus>;
  readonly skills: Counted<SkillStatus>;
  readonly schedules: Counted<ScheduleStatus>;
  /** Without those that have ended. */
  readonly handoffs: Counted<HandoffStatus>;
  /** Of edges: those that rest after failures, and those that may be tried once more. */
  readonly breakers: Counted<'opened'>;
}

export interface WorkCountStore {
  countWork(): Promise<WorkCounts>;
}

interface Row {
  readonly what: keyof WorkCounts;
  readonly status: string;
  readonly count: number | string;
}

export function workCountStore(database: Database): WorkCountStore {
  return {
    countWork: () =>
      database.read(async (db) => {
        const { rows } = await sql<Row>`
          select 'plans' as what, status, count(*) as count from plans group by status
          union all select 'roles', status, count(*) from role_sessions group by status
          union all select 'runs', status, count(*) from role_runs where status <> 'finished' group by status
          union all select 'findings', findings.status, count(*) from findings join plans on plans.id = findings.plan and plans.status = 'open' group by findings.status
          union all select 'skills', status, count(*) from skills group by status
          union all select 'schedules', status, count(*) from schedules group by status
          union all select 'handoffs', status, count(*) from handoffs where ${isOpenHandoff} group by status
          union all select 'breakers', 'opened', count(*) from handoff_locks where opened_lease is not null having count(*) > 0`.execute(db);
        const of = (what: keyof WorkCounts) => Object.fromEntries(rows.filter((row) => row.what === what).map(({ status, count }) => [status, Number(count)]));
        return {
          plans: of('plans'),
          roles: of('roles'),
          runs: of('runs'),
          findings: of('findings'),
          skills: of('skills'),
          schedules: of('schedules'),
          handoffs: of('handoffs'),
          breakers: of('breakers'),
        };
      }),
  };
}
