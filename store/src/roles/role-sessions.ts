/** Role sessions: opened once, retired and opened again as often as need be. What was said in them is the transcript of the session with their key, and stays. */
import { done, formatSessionKey, refuse, type Settled } from '@guildhall/protocol';
import { roleTransitions, type RoleSession, type RoleVerbs } from '@guildhall/roles';
import { RunAgain, settle, type Database, type WriteTransaction } from '../database.ts';
import { appendInTransaction } from '../journal-append.ts';
import type { RoleSessionRow } from '../role-schema.ts';
import { storableText } from '../stored-text.ts';
import { holdOpenPlan } from './hold-plan.ts';
import { beginIncarnation } from './incarnations.ts';
import { readIncarnations, readRole, toRoleSession } from './read-roles.ts';
import { retireRole } from './retire-role.ts';
import { roleEvent } from './role-events.ts';
import { holdRole, noRole } from './role-guard.ts';
import { rotateRole } from './rotate-role.ts';

const largestPage = 1_000;

export function roleVerbs(database: Database): RoleVerbs {
  return {
    openRole: (role, actor) => settle(database, (tx) => openRole(tx, role, actor)),
    retireRole: (plan, role, by) => settle(database, (tx) => retireRole(tx, plan, role, by)),
    reopenRole: (plan, role, by) => settle(database, (tx) => reopenRole(tx, plan, role, by)),
    rotateRole: (plan, role, by) => settle(database, (tx) => rotateRole(tx, plan, role, by)),
    assignRole: (plan, role, agent) => settle(database, (tx) => assignRole(tx, plan, role, agent)),
    readRole: (plan, role) => database.read((db) => readRole(db, plan, role)),
    listRoles: ({ plan, limit }) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('role_sessions')
          .selectAll()
          .$if(plan !== undefined, (query) => query.where('plan', '=', plan ?? ''))
          .orderBy('plan')
          .orderBy('opened_at')
          .orderBy('role')
          .limit(Math.max(1, Math.min(limit, largestPage)))
          .execute();
        return Promise.all(rows.map((row) => toRoleSession(db, row)));
      }),
    incarnationsOf: (plan, role) => database.read((db) => readIncarnations(db, plan, role)),
  };
}

type Opened = Settled<{ readonly session: RoleSession; readonly created: boolean }>;

async function openRole(tx: WriteTransaction, wanted: Parameters<RoleVerbs['openRole']>[0], actor: string): Promise<Opened> {
  const { plan, role, sessionKey, agent } = wanted;
  if (sessionKey !== formatSessionKey({ kind: 'role', plan, role }))
    return refuse('invalid-input', `"${sessionKey.slice(0, 200)}" is not the session of the role ${role} in the plan "${plan}"`, { plan, role, sessionKey });
  const earlier = await readRole(tx.db, plan, role);
  if (earlier !== undefined) return done({ session: earlier, created: false });
  // From here on nobody else opens a role of this plan; somebody may have done so before it was held.
  const held = await holdOpenPlan(tx, plan);
  if (!held.ok) return held;
  const row: RoleSessionRow = {
    plan,
    role,
    session_key: sessionKey,
    agent,
    status: 'open',
    incarnation: 0,
    opened_at: tx.at,
    last_activity_at: tx.at,
  };
  const made = await tx.db
    .insertInto('role_sessions')
    .values({ ...row, incarnation: 1 })
    .onConflict((conflict) => conflict.columns(['plan', 'role']).doNothing())
    .returning('role')
    .executeTakeFirst();
  if (made === undefined) return done({ session: await roleInTransaction(tx, plan, role), created: false });
  await beginIncarnation(tx, row, { begunBy: 'opened', actor, reason: '' });
  await appendInTransaction(tx, [roleEvent('role.opened', row, actor, { sessionKey, agent, incarnation: 1 })]);
  return done({ session: await roleInTransaction(tx, plan, role), created: true });
}

async function reopenRole(tx: WriteTransaction, plan: string, role: string, by: Parameters<RoleVerbs['reopenRole']>[2]): Promise<Settled<RoleSession>> {
  const held = await holdOpenPlan(tx, plan);
  if (!held.ok) return held;
  const session = await holdRole(tx, plan, role);
  if (session === undefined) return noRole(plan, role);
  if (session.status !== 'retired')
    return refuse('wrong-state', `the role ${role} of the plan "${plan}" is open already, so there is nothing to open again`, {
      plan,
      role,
      status: session.status,
    });
  const incarnation = await beginIncarnation(tx, session, { begunBy: 'reopened', ...by });
  await tx.db
    .updateTable('role_sessions')
    .set({ status: roleTransitions.retired.reopen, incarnation, last_activity_at: tx.at })
    .where('plan', '=', plan)
    .where('role', '=', role)
    .execute();
  await appendInTransaction(tx, [roleEvent('role.reopened', session, by.actor, { reason: storableText(by.reason), incarnation })]);
  return done(await roleInTransaction(tx, plan, role));
}

async function assignRole(tx: WriteTransaction, plan: string, role: string, agent: string | null): Promise<Settled<RoleSession>> {
  const session = await holdRole(tx, plan, role);
  if (session === undefined) return noRole(plan, role);
  if (session.agent === agent) return done(await roleInTransaction(tx, plan, role));
  await tx.db.updateTable('role_sessions').set({ agent }).where('plan', '=', plan).where('role', '=', role).execute();
  if (agent !== null) await tx.db.updateTable('sessions').set({ agent }).where('key', '=', session.session_key).execute();
  await appendInTransaction(tx, [roleEvent('role.assigned', session, 'daemon', { agent, before: session.agent })]);
  return done(await roleInTransaction(tx, plan, role));
}

async function roleInTransaction(tx: WriteTransaction, plan: string, role: string): Promise<RoleSession> {
  const session = await readRole(tx.db, plan, role);
  if (session === undefined) throw new RunAgain(`the role ${role} of ${plan}`);
  return session;
}
