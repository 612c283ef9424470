import { type Settled, done } from '@guildhall/protocol';
import type { RoleSession, RoleStore } from '@guildhall/roles';
import type { Roles } from './role-catalogue.ts';
import { type RolePlace, roleSessionKey } from './role-place.ts';

export interface FillingDeps {
  readonly store: Pick<RoleStore, 'openRole' | 'assignRole'>;
  readonly roles: () => Roles;
}

/** The role's session, opened if need be. Whoever the configuration lets fill the role fills it from now on; a retired one stays as it is, and refuses what is asked of it. */
export async function openFilledRole({ store, roles }: FillingDeps, { plan, role }: RolePlace, actor: string): Promise<Settled<RoleSession>> {
  const filledBy = roles().fillerOf(role);
  const agent = filledBy.kind === 'agent' ? filledBy.agent : null;
  const opened = await store.openRole({ plan, role, sessionKey: roleSessionKey({ plan, role }), agent }, actor);
  if (!opened.ok) return opened;
  const { session } = opened.value;
  return session.agent === agent || session.status === 'retired' ? done(session) : store.assignRole(plan, role, agent);
}
