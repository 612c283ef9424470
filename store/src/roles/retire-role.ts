/** Retiring a role: what waits is cancelled, what runs ends by itself or is asked to, and everything that was said stays. */
import type { NewEvent } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { roleRunTransitions, roleTransitions, type RoleSession, type RoleVerbs } from '@guildhall/roles';
import { RunAgain, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { RoleSessionRow } from '../role-schema.ts';
import { cancelTurns } from '../sessions/cancel-turns.ts';
import { fromStoredJson, storableText } from '../stored-text.ts';
import { holdPlan, noPlan } from './hold-plan.ts';
import { endIncarnation } from './incarnations.ts';
import { readRole } from './read-roles.ts';
import { roleEvent } from './role-events.ts';
import { holdRole, named, noRole } from './role-guard.ts';

export async function retireRole(tx: WriteTransaction, plan: string, role: string, by: Parameters<RoleVerbs['retireRole']>[2]): Promise<Settled<RoleSession>> {
  const held = await holdPlan(tx, plan);
  if (held === undefined) return noPlan(plan);
  const session = await holdRole(tx, plan, role);
  if (session === undefined) return noRole(plan, role);
  if (session.status !== 'open')
    return refuse(
      'wrong-state',
      `the role ${role} of the plan "${plan}" is retired already; open it again with: guildhall roles reopen ${named(plan, role)} --reason …`,
      { plan, role, status: session.status },
    );
  await tx.db
    .updateTable('role_sessions')
    .set({ status: roleTransitions.open.retire, last_activity_at: tx.at })
    .where('plan', '=', plan)
    .where('role', '=', role)
    .execute();
  await endIncarnation(tx, session, by);
  const cancelled = await cancelWork(tx, session, by);
  const unanswered = await endUnanswered(tx, session, by);
  const data = {
    reason: storableText(by.reason),
    incarnation: session.incarnation,
    cancelled: cancelled.length + unanswered.length,
    stopRunning: by.stopRunning,
  };
  await appendInTransaction(tx, [roleEvent('role.retired', session, by.actor, data), ...cancelled, ...unanswered]);
  const retired = await readRole(tx.db, plan, role);
  if (retired === undefined) throw new RunAgain(`the role ${role} of ${plan}`);
  return done(retired);
}

/** The turns that wait in the role's session, and in those of single runs of it. */
async function cancelWork(
  tx: WriteTransaction,
  { plan, role, session_key: own }: RoleSessionRow,
  { actor, stopRunning }: { readonly actor: string; readonly stopRunning: boolean },
): Promise<readonly NewEvent[]> {
  const ofRuns = await tx.db
    .selectFrom('role_runs')
    .select('session_key')
    .distinct()
    .where('plan', '=', plan)
    .where('role', '=', role)
    .where('status', '<>', 'finished')
    .where('turn_id', 'is not', null)
    .execute();
  const events: NewEvent[] = [];
  for (const sessionKey of [...new Set([own, ...ofRuns.map((run) => run.session_key)])].toSorted()) {
    const ended = await cancelTurns(tx, { sessionKey, by: actor, queuedOnly: !stopRunning });
    events.push(...ended.events);
  }
  return events;
}

/** Nobody will answer what waits for a person. */
async function endUnanswered(
  tx: WriteTransaction,
  session: RoleSessionRow,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<readonly NewEvent[]> {
  const ended = await tx.db
    .updateTable('role_runs')
    .set({
      status: roleRunTransitions['waiting-for-person'].settle,
      outcome: 'cancelled',
      reason: storableText(`the role was retired before anybody answered: ${reason}`),
      ended_at: tx.at,
    })
    .where('plan', '=', session.plan)
    .where('role', '=', session.role)
    .where('status', '=', 'waiting-for-person')
    .returning(['id', 'provenance', 'reason'])
    .execute();
  return ended
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((run) => roleEvent('role.finished', session, actor, { run: run.id, outcome: 'cancelled', reason: run.reason }, fromStoredJson(run.provenance)));
}
