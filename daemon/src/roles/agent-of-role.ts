import { type Settled, done, refuse } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import { rolePlaceOf } from './role-place.ts';

/** The agent that fills the role of a session, as long as it may be spoken to. */
export async function agentOfRole(store: Pick<RoleStore, 'readRole'>, hasAgent: (agent: string) => boolean, sessionKey: string): Promise<Settled<string>> {
  const place = rolePlaceOf({ sessionKey });
  const session = place === undefined ? undefined : await store.readRole(place.plan, place.role);
  if (session === undefined || session.sessionKey !== sessionKey)
    return refuse('not-found', `"${sessionKey.slice(0, 120)}" is the session of no role; list them with: guildhall roles list`);
  const { role, agent, status, retiredReason } = session;
  if (status === 'retired') return refuse('wrong-state', `the role ${role} is retired (${retiredReason ?? ''}); open it again with: guildhall roles reopen`);
  if (agent === null) return refuse('wrong-state', `a person fills the role ${role}; ask work of it with: guildhall roles invoke`);
  return hasAgent(agent) ? done(agent) : refuse('not-found', `the agent ${agent}, which fills the role ${role}, is no longer configured`);
}
