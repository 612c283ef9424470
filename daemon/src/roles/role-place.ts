/** Which role of which plan a turn works in. Read off the key of its session, which only the daemon makes, never off anything that was said. */
import { formatSessionKey, parseSessionKey } from '@guildhall/protocol';
import type { Turn } from '@guildhall/sessions';

export interface RolePlace {
  readonly plan: string;
  /** A canonical role. */
  readonly role: string;
}

/** What people and chains call it. */
export function roleName({ plan, role }: RolePlace): string {
  return `role:${plan}/${role}`;
}

/** Platform of the messages by which work is asked of roles; nothing outside can use it. */
export const rolePlatform = 'role';

/** Platform of the messages that ask an incarnation that has ended; nothing outside can use it. */
export const predecessorPlatform = 'predecessor';

/** Whose the turns are in which a person who fills a role has answered. */
export const personsName = 'operator';

/** The conversation of a role in a plan. */
export function roleSessionKey({ plan, role }: RolePlace): string {
  return formatSessionKey({ kind: 'role', plan, role });
}

/** A conversation for one run alone. */
export function runSessionKey(agent: string, { plan, role }: RolePlace, run: string): string {
  return formatSessionKey({ kind: 'agent-chat', agent, platform: rolePlatform, chatType: 'thread', chat: plan, thread: `${role}.${run}` });
}

/** A conversation with an incarnation that has ended. */
export function predecessorSessionKey(agent: string, { plan, role }: RolePlace, incarnation: number): string {
  return formatSessionKey({ kind: 'agent-chat', agent, platform: predecessorPlatform, chatType: 'thread', chat: plan, thread: `${role}.${incarnation}` });
}

/** Undefined for sessions of no role, and for conversations with a predecessor, which do no work. */
export function rolePlaceOf(turn: Pick<Turn, 'sessionKey'>): RolePlace | undefined {
  const address = parseSessionKey(turn.sessionKey);
  if (!address.ok) return undefined;
  if (address.value.kind === 'role') return { plan: address.value.plan, role: address.value.role };
  return address.value.kind === 'agent-chat' && address.value.platform === rolePlatform ? placeOfThread(address.value) : undefined;
}

/** Is it the role's own session, and not one for a single run? */
export function isOwnSession(sessionKey: string): boolean {
  return sessionKey.startsWith('role:');
}

export function predecessorOf(turn: Pick<Turn, 'sessionKey'>): (RolePlace & { readonly incarnation: number }) | undefined {
  const address = parseSessionKey(turn.sessionKey);
  if (!address.ok || address.value.kind !== 'agent-chat' || address.value.platform !== predecessorPlatform) return undefined;
  const place = placeOfThread(address.value);
  return place === undefined ? undefined : { ...place, incarnation: Number(address.value.thread?.slice(place.role.length + 1)) };
}

/** The thread is the role, a dot, and what the session is for; no canonical role has a dot. */
function placeOfThread({ chat, thread }: { readonly chat?: string; readonly thread?: string }): RolePlace | undefined {
  const dot = thread?.indexOf('.') ?? -1;
  return chat === undefined || thread === undefined || dot < 1 ? undefined : { plan: chat, role: thread.slice(0, dot) };
}
