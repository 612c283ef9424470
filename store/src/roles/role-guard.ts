/** The guard of retirement: what a role session takes, it takes while its plan and the role are open, held until the transaction ends. */
import { done, parseSessionKey, refuse, shellWord, type Settled } from '@guildhall/protocol';
import type { WriteTransaction } from '../database.ts';
import type { PlanRow, RoleSessionRow } from '../role-schema.ts';
import { holdOpenPlan } from './hold-plan.ts';
import { readRetiredReason } from './read-roles.ts';

export interface OpenRole {
  readonly plan: PlanRow;
  readonly role: RoleSessionRow;
}

/** Refuses a message into a session whose key begins `role:` unless plan and role are open. Other sessions are no concern of it. */
export async function guardRoleSession(tx: WriteTransaction, sessionKey: string): Promise<Settled<null>> {
  if (!sessionKey.startsWith('role:')) return done(null);
  const address = parseSessionKey(sessionKey);
  if (!address.ok) return address;
  if (address.value.kind !== 'role') return refuse('invalid-input', `"${sessionKey.slice(0, 120)}" is not the key of a role session`, { sessionKey });
  const open = await holdOpenRole(tx, address.value.plan, address.value.role);
  return open.ok ? done(null) : open;
}

/** The plan first, then the role: in this order everybody holds them. */
export async function holdOpenRole(tx: WriteTransaction, plan: string, role: string): Promise<Settled<OpenRole>> {
  const held = await holdOpenPlan(tx, plan);
  if (!held.ok) return held;
  const session = await holdRole(tx, plan, role);
  if (session === undefined) return noRole(plan, role);
  if (session.status === 'retired') return refuseRetired(tx, session);
  return done({ plan: held.value, role: session });
}

export function holdRole(tx: WriteTransaction, plan: string, role: string): Promise<RoleSessionRow | undefined> {
  return tx.db.selectFrom('role_sessions').selectAll().where('plan', '=', plan).where('role', '=', role).modifyEnd(tx.seam.holdRows).executeTakeFirst();
}

export function noRole(plan: string, role: string): Settled<never> {
  return refuse(
    'not-found',
    `the plan "${plan.slice(0, 200)}" has no session of the role ${role.slice(0, 120)}; it begins with its first work: guildhall roles invoke "…" ${named(plan, role)}`,
    {
      plan,
      role,
    },
  );
}

export async function refuseRetired({ db }: WriteTransaction, session: RoleSessionRow): Promise<Settled<never>> {
  const { plan, role } = session;
  const reason = (await readRetiredReason(db, session)) ?? '';
  return refuse(
    'wrong-state',
    `the role ${role} of the plan "${plan}" is retired (${reason}) and takes no work; open it again with: guildhall roles reopen ${named(plan, role)} --reason …`,
    { plan, role, status: 'retired', reason },
  );
}

export function named(plan: string, role: string): string {
  return `--plan ${shellWord(plan)} --role ${role}`;
}
