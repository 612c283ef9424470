/** Plans from their rows, with the packet, the waivers and what they cost. */
import type { Plan } from '@guildhall/roles';
import { sql, type Kysely } from 'kysely';
import type { PlanRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

export async function readPlan(db: Kysely<Schema>, id: string): Promise<Plan | undefined> {
  const [plan] = await toPlans(db, await db.selectFrom('plans').selectAll().where('id', '=', id).execute());
  return plan;
}

export async function toPlans(db: Kysely<Schema>, rows: readonly PlanRow[]): Promise<readonly Plan[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const packets = await db
    .selectFrom('plan_packets')
    .innerJoin('plans', (join) => join.onRef('plans.id', '=', 'plan_packets.plan').onRef('plans.packet_rev', '=', 'plan_packets.rev'))
    .select(['plan', 'text'])
    .where('plans.id', 'in', ids)
    .execute();
  const waivers = await db.selectFrom('plan_waivers').selectAll().where('plan', 'in', ids).orderBy('at').orderBy('blocker').execute();
  const costs = await costOfPlans(db, ids);
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    goal: row.goal,
    status: row.status,
    packet: packets.find(({ plan }) => plan === row.id)?.text ?? '',
    packetRev: row.packet_rev,
    phases: fromStoredJson(row.phases),
    waivers: waivers.flatMap(({ plan, blocker, reason, actor, at }) => (plan === row.id ? [{ blocker, reason, by: actor, at }] : [])),
    costMicroUsd: costs.get(row.id) ?? 0,
    createdAt: row.created_at,
    createdBy: row.created_by,
    completedAt: row.completed_at,
    completedBy: row.completed_by,
  }));
}

/** All turns of the runs of a plan. */
async function costOfPlans(db: Kysely<Schema>, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('role_runs')
    .innerJoin('turns', 'turns.id', 'role_runs.turn_id')
    .select(['role_runs.plan', sql<number>`cast(sum(turns.cost_micro_usd) as bigint)`.as('cost')])
    .where('role_runs.plan', 'in', ids)
    .groupBy('role_runs.plan')
    .execute();
  return new Map(rows.map(({ plan, cost }) => [plan, cost]));
}
