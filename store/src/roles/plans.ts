/** Plans and their packets. When a plan is complete is judged in `completion.ts`. */
import { sha256, type NewEvent } from '@guildhall/kernel';
import { done, eventData, planStream, refuse, type EventType, type Json, type Settled } from '@guildhall/protocol';
import { planTransitions, type NewPlan, type Plan, type PlanVerbs } from '@guildhall/roles';
import { sql } from 'kysely';
import { RunAgain, settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { PlanRow } from '../role-schema.ts';
import { storableText, toStoredJson } from '../stored-text.ts';
import { holdOpenPlan, holdPlan, noPlan } from './hold-plan.ts';
import { readPlan, selectPlans, toPlan } from './read-plans.ts';

const largestPage = 1_000;

export function planVerbs(database: Database): Omit<PlanVerbs, 'completePlan' | 'planFacts' | 'blockersOf'> {
  return {
    createPlan: (plan) => settle(database, (tx) => createPlan(tx, plan)),
    changePlan: (id, changes, actor) => settle(database, (tx) => changePlan(tx, id, changes, actor)),
    reopenPlan: (id, reason, actor) => settle(database, (tx) => reopenPlan(tx, id, reason, actor)),
    readPlan: (id) => database.read((db) => readPlan(db, id)),
    listPlans: ({ status, after, limit }) =>
      database.read(async (db) => {
        const rows = await selectPlans(db)
          .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'open'))
          .$if(after !== undefined, (query) =>
            query.where(sql<boolean>`(plans.created_at, plans.id) < (select last.created_at, last.id from plans as last where last.id = ${after ?? ''})`),
          )
          .orderBy('plans.created_at', 'desc')
          .orderBy('plans.id', 'desc')
          .limit(Math.max(1, Math.min(limit, largestPage)))
          .execute();
        return Promise.all(rows.map((row) => toPlan(db, row)));
      }),
    readPackets: (plan) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('plan_packets')
          .select(['rev', 'text', 'sha256', 'actor as by', 'at'])
          .where('plan', '=', plan)
          .orderBy('rev')
          .execute();
        return rows.map((row) => ({ ...row }));
      }),
  };
}

async function createPlan(tx: WriteTransaction, plan: NewPlan): Promise<Settled<{ readonly plan: Plan; readonly created: boolean }>> {
  const made = await tx.db
    .insertInto('plans')
    .values({
      id: plan.id,
      title: storableText(plan.title),
      goal: storableText(plan.goal),
      status: 'open',
      packet_rev: 1,
      phases: toStoredJson(plan.phases),
      created_by: plan.createdBy,
      created_at: tx.at,
      completed_by: null,
      completed_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (made === undefined) return done({ plan: await planInTransaction(tx, plan.id), created: false });
  const packet = await writePacket(tx, made, plan.packet, plan.createdBy);
  await appendInTransaction(tx, [planEvent('plan.created', plan.id, plan.createdBy, { title: made.title, packetRev: 1, packetSha256: packet })]);
  return done({ plan: await planInTransaction(tx, plan.id), created: true });
}

async function changePlan(
  tx: WriteTransaction,
  id: string,
  { title, goal, packet, phases }: Parameters<PlanVerbs['changePlan']>[1],
  actor: string,
): Promise<Settled<Plan>> {
  const held = await holdOpenPlan(tx, id);
  if (!held.ok) return held;
  const before = await planInTransaction(tx, id);
  const isNewPacket = packet !== undefined && storableText(packet) !== before.packet;
  const packetRev = isNewPacket ? before.packetRev + 1 : before.packetRev;
  const row = {
    ...held.value,
    title: title === undefined ? held.value.title : storableText(title),
    goal: goal === undefined ? held.value.goal : storableText(goal),
    phases: phases === undefined ? held.value.phases : toStoredJson(phases),
    packet_rev: packetRev,
  };
  const changed = (['title', 'goal', 'phases', 'packet_rev'] as const).filter((column) => row[column] !== held.value[column]);
  if (changed.length === 0) return done(before);
  const packetSha256 = isNewPacket ? await writePacket(tx, row, packet, actor) : undefined;
  const { title: newTitle, goal: newGoal, phases: newPhases } = row;
  await tx.db.updateTable('plans').set({ title: newTitle, goal: newGoal, phases: newPhases, packet_rev: packetRev }).where('id', '=', id).execute();
  const data = { changed: changed.map((column) => (column === 'packet_rev' ? 'packet' : column)), packetRev, packetSha256 };
  await appendInTransaction(tx, [planEvent('plan.changed', id, actor, data)]);
  return done(await planInTransaction(tx, id));
}

async function reopenPlan(tx: WriteTransaction, id: string, reason: string, actor: string): Promise<Settled<Plan>> {
  const held = await holdPlan(tx, id);
  if (held === undefined) return noPlan(id);
  if (held.status !== 'completed')
    return refuse('wrong-state', `the plan "${id}" is open already, so there is nothing to open again`, { plan: id, status: held.status });
  const { completed_at: completedAt, completed_by: completedBy } = held;
  await tx.db.updateTable('plans').set({ status: planTransitions.completed.reopen, completed_at: null, completed_by: null }).where('id', '=', id).execute();
  await appendInTransaction(tx, [planEvent('plan.reopened', id, actor, { reason: storableText(reason), completedAt, completedBy })]);
  return done(await planInTransaction(tx, id));
}

async function planInTransaction(tx: WriteTransaction, id: string): Promise<Plan> {
  const plan = await readPlan(tx.db, id);
  if (plan === undefined) throw new RunAgain(`the plan ${id}`);
  return plan;
}

/** Answers its hash. */
async function writePacket(tx: WriteTransaction, plan: Pick<PlanRow, 'id' | 'packet_rev'>, packet: string, actor: string): Promise<string> {
  const text = storableText(packet);
  const hash = sha256(text);
  await tx.db.insertInto('plan_packets').values({ plan: plan.id, rev: plan.packet_rev, text, sha256: hash, actor, at: tx.at }).execute();
  return hash;
}

function planEvent(type: Extract<EventType, `plan.${string}`>, plan: string, actor: string, more: { readonly [key: string]: Json | undefined }): NewEvent {
  return { stream: planStream(plan), type, actor, provenance: null, data: eventData({ plan, ...more }) };
}
