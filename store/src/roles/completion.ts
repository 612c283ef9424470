/** When a plan is complete: judged while the plan is held, so that whatever is reported or asked at the same time is either seen or comes after. */
import type { NewEvent } from '@guildhall/kernel';
import { done, eventData, planStream, refuse, type BlockerView, type EventType, type Json, type Settled } from '@guildhall/protocol';
import { blockersOf, judgeWaivers, planTransitions, type Plan, type PlanFacts, type PlanVerbs } from '@guildhall/roles';
import { RunAgain, settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import { storableText } from '../stored-text.ts';
import { holdPlan, noPlan, planCompleted } from './hold-plan.ts';
import { readPlanFacts } from './plan-facts.ts';
import { readPlan } from './read-plans.ts';

type CompletionVerbs = Pick<PlanVerbs, 'completePlan' | 'planFacts' | 'blockersOf'>;
type Waivers = Parameters<PlanVerbs['completePlan']>[1];

const mostNamed = 5;

export function completionVerbs(database: Database): CompletionVerbs {
  return {
    completePlan: (id, waivers, actor) => settle(database, (tx) => complete(tx, id, waivers, actor)),
    planFacts: (id) => database.read((db) => readPlanFacts(db, id)),
    async blockersOf(id) {
      const facts = await database.read((db) => readPlanFacts(db, id));
      return facts === undefined ? [] : blockersOf(facts, waiversInForce(facts.plan));
    },
  };
}

/** A waiver counts for the completion it was given at: who completes a plan again takes the same upon themselves again. */
function waiversInForce({ waivers, completedAt }: Plan): Plan['waivers'] {
  return waivers.filter(({ at }) => at === completedAt);
}

async function complete(tx: WriteTransaction, id: string, waivers: Waivers, actor: string): Promise<Settled<Plan>> {
  const held = await holdPlan(tx, id);
  if (held === undefined) return noPlan(id);
  if (held.status === 'completed') return planCompleted(id);
  const facts = await readPlanFacts(tx.db, id);
  if (facts === undefined) throw new RunAgain(`the plan ${id}`);
  const judged = judgeWaivers(facts, waivers);
  if (!judged.ok) return judged;
  const blockers = blockersOf(facts, waivers);
  if (blockers.length > 0) return refuseIncomplete(id, blockers);
  for (const { blocker, reason } of judged.value) await writeWaiver(tx, id, { blocker: blocker.id, reason, actor });
  await tx.db.updateTable('plans').set({ status: planTransitions.open.complete, completed_by: actor, completed_at: tx.at }).where('id', '=', id).execute();
  await appendInTransaction(tx, [
    ...judged.value.map(({ blocker, reason }) => event('plan.waived', id, actor, { blocker: blocker.id, message: blocker.message, reason })),
    event('plan.completed', id, actor, { ...counted(facts), waived: judged.value.map(({ blocker }) => blocker.id) }),
  ]);
  const plan = await readPlan(tx.db, id);
  if (plan === undefined) throw new RunAgain(`the plan ${id}`);
  return done(plan);
}

async function writeWaiver(
  tx: WriteTransaction,
  plan: string,
  { blocker, reason, actor }: { readonly blocker: string; readonly reason: string; readonly actor: string },
): Promise<void> {
  const said = { reason: storableText(reason), actor, at: tx.at };
  await tx.db
    .insertInto('plan_waivers')
    .values({ plan, blocker, ...said })
    .onConflict((conflict) => conflict.columns(['plan', 'blocker']).doUpdateSet(said))
    .execute();
}

function refuseIncomplete(id: string, blockers: readonly BlockerView[]): Settled<never> {
  const named = blockers.slice(0, mostNamed).map(({ message }) => message);
  const more = blockers.length > named.length ? `; and ${blockers.length - named.length} more` : '';
  return refuse('wrong-state', `the plan "${id}" is not complete: ${named.join('; ')}${more}. Settle them, or waive those that may be, each with a reason`, {
    plan: id,
    blockers: blockers.map((blocker) => ({ ...blocker })),
  });
}

function counted({ runs, findings, tasks }: PlanFacts): { readonly [key: string]: Json } {
  return { runs: runs.length, findings: findings.length, tasks: tasks.length };
}

function event(type: Extract<EventType, `plan.${string}`>, plan: string, actor: string, more: { readonly [key: string]: Json }): NewEvent {
  return { stream: planStream(plan), type, actor, provenance: null, data: eventData({ plan, ...more }) };
}
