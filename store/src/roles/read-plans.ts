/** Plans from their rows, with the packet, the waivers and what they cost. */
import type { Plan } from '@guildhall/roles';
import { sql, type Kysely } from 'kysely';
import type { PlanRow } from '../role-schema.ts';
import type { Schema } from '../schema.ts';
import { fromStoredJson } from '../stored-text.ts';

export async function readPlan(db: Kysely<Schema>, id: string): Promise<Plan | undefined> {
  const row = await selectPlans(db).where('plans.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toPlan(db, row);
}

/** With the packet in force, and what the turns of all runs cost. */
export function selectPlans(db: Kysely<Schema>) {
  const cost = sql<number>`(select cast(coalesce(sum(turns.cost_micro_usd), 0) as bigint) from role_runs join turns on turns.id = role_runs.turn_id where role_runs.plan = plans.id)`;
  return db
    .selectFrom('plans')
    .innerJoin('plan_packets', (join) => join.onRef('plan_packets.plan', '=', 'plans.id').onRef('plan_packets.rev', '=', 'plans.packet_rev'))
    .selectAll('plans')
    .select(['plan_packets.text as packet', cost.as('cost')]);
}

export async function toPlan(db: Kysely<Schema>, row: PlanRow & { readonly packet: string; readonly cost: number }): Promise<Plan> {
  const waivers = await db.selectFrom('plan_waivers').selectAll().where('plan', '=', row.id).orderBy('at').orderBy('blocker').execute();
  return {
    id: row.id,
    title: row.title,
    goal: row.goal,
    status: row.status,
    packet: row.packet,
    packetRev: row.packet_rev,
    phases: fromStoredJson(row.phases),
    waivers: waivers.map(({ blocker, reason, actor, at }) => ({ blocker, reason, by: actor, at })),
    costMicroUsd: row.cost,
    createdAt: row.created_at,
    createdBy: row.created_by,
    completedAt: row.completed_at,
    completedBy: row.completed_by,
  };
}
