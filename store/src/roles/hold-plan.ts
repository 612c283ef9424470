/**
 * Whatever adds to a plan, or changes what its completion is judged by, holds the plan's row first, before sessions, runs, findings and tasks: then it is either there to be seen when the plan is
 * judged, or comes after and finds the plan completed.
 */
import { done, refuse, shellWord, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { PlanRow } from '../role-schema.ts';

/** The plan, held until the transaction ends. */
export async function holdPlan(tx: WriteTransaction, id: string): Promise<PlanRow | undefined> {
  return tx.db.selectFrom('plans').selectAll().where('id', '=', id).modifyEnd(tx.seam.holdRows).executeTakeFirst();
}

/** The same, where a completed plan takes nothing more: `not-found` without it, `wrong-state` once it is completed. */
export async function holdOpenPlan(tx: WriteTransaction, id: string): Promise<Settled<PlanRow>> {
  const plan = await holdPlan(tx, id);
  if (plan === undefined) return noPlan(id);
  return plan.status === 'completed' ? planCompleted(id) : done(plan);
}

export function noPlan(id: string): Settled<never> {
  return refuse('not-found', `there is no plan "${id.slice(0, 200)}"; list them with: guildhall plans list`, { plan: id });
}

export function planCompleted(id: string): Settled<never> {
  return refuse('wrong-state', `the plan "${id}" is completed and takes nothing more; open it again with: guildhall plans reopen ${shellWord(id)} --reason …`, {
    plan: id,
    status: 'completed',
  });
}
