/** How a conversation of a role is shown among others. */
import type { RoleStore } from '@guildhall/roles';
import { isOwnSession, predecessorOf, rolePlaceOf } from './role-place.ts';

/** Empty for every other conversation. */
export async function viewRoleSession(
  store: Pick<RoleStore, 'readPlan' | 'readRole'>,
  sessionKey: string,
): Promise<{ readonly title?: string; readonly closed?: string }> {
  const before = predecessorOf({ sessionKey });
  if (before !== undefined)
    return {
      title: `${before.role} · ${before.plan} · incarnation ${before.incarnation}`,
      closed: 'An earlier incarnation of a role is asked with: guildhall roles ask',
    };
  const place = rolePlaceOf({ sessionKey });
  if (place === undefined) return {};
  const { plan: planId, role: name } = place;
  const title = `${name} · ${planId}${isOwnSession(sessionKey) ? '' : ' · one run'}`;
  const [plan, role] = await Promise.all([store.readPlan(planId), store.readRole(planId, name)]);
  if (role?.status === 'retired') return { title, closed: `The ${name} of ${planId} is retired: ${role.retiredReason ?? 'nobody said why'}` };
  if (plan?.status === 'completed') return { title, closed: `The plan ${planId} is completed` };
  if (!isOwnSession(sessionKey))
    return { title, closed: `This was for one run alone; the ${name} of ${planId} is asked for more with: guildhall roles invoke` };
  if (role?.agent === null) return { title, closed: `A person is the ${name} of ${planId}; their runs are answered with: guildhall roles answer` };
  return { title };
}
