/** Everything the completion of a plan is judged by, as the database has it. */
import type { PlanFacts } from '@guildhall/roles';
import type { Kysely } from 'kysely';
import type { RoleRunRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { readPlan } from './read-plans.ts';

type RunColumns = Pick<RoleRunRow, 'id' | 'role' | 'phase' | 'status' | 'outcome' | 'compliance'>;

export async function readPlanFacts(db: Kysely<Schema>, id: string): Promise<PlanFacts | undefined> {
  const plan = await readPlan(db, id);
  if (plan === undefined) return undefined;
  return { plan, runs: await readRuns(db, id), findings: await readFindings(db, id), tasks: await readTasks(db, id) };
}

async function readRuns(db: Kysely<Schema>, plan: string): Promise<PlanFacts['runs']> {
  const rows = await db
    .selectFrom('role_runs')
    .select(['id', 'role', 'phase', 'status', 'outcome', 'compliance'])
    .where('plan', '=', plan)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  const newest = newestOfRoles(rows);
  return rows.map((row) => ({ ...row, superseded: newest.get(partOf(row)) !== row.id }));
}

/** The newest run of each role in each phase. One that was called off takes nobody's place. */
function newestOfRoles(rows: readonly RunColumns[]): ReadonlyMap<string, string> {
  return new Map(rows.filter(({ outcome }) => outcome !== 'cancelled').map((row) => [partOf(row), row.id]));
}

function partOf({ role, phase }: Pick<RoleRunRow, 'role' | 'phase'>): string {
  return JSON.stringify([role, phase]);
}

async function readFindings(db: Kysely<Schema>, plan: string): Promise<PlanFacts['findings']> {
  const rows = await db
    .selectFrom('findings')
    .select(['id', 'title', 'status', 'task'])
    .where('plan', '=', plan)
    .orderBy('reported_at')
    .orderBy('id')
    .execute();
  const pending = await db
    .selectFrom('finding_revalidations')
    .innerJoin('findings', (join) =>
      join.onRef('findings.id', '=', 'finding_revalidations.finding').onRef('findings.round', '=', 'finding_revalidations.round'),
    )
    .select(['finding_revalidations.finding', 'finding_revalidations.role'])
    .where('findings.plan', '=', plan)
    .where('finding_revalidations.verdict', '=', 'pending')
    .orderBy('finding_revalidations.role')
    .execute();
  const rolesOf = Map.groupBy(pending, ({ finding }) => finding);
  return rows.map((row) => ({ ...row, pending: (rolesOf.get(row.id) ?? []).map(({ role }) => role) }));
}

function readTasks(db: Kysely<Schema>, plan: string): Promise<PlanFacts['tasks']> {
  return db
    .selectFrom('tasks')
    .select(['id', 'title', 'status'])
    .where('id', 'in', (findings) => findings.selectFrom('findings').select('task').where('plan', '=', plan).where('task', 'is not', null))
    .orderBy('id')
    .execute();
}
