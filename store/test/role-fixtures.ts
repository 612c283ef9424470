/** Plans, roles and runs with sensible values. */
import { formatSessionKey } from '@guildhall/protocol';
import type { NewPlan, NewRoleRun, RoleSession } from '@guildhall/roles';
import type { Store } from '../src/index.ts';
import { ids, value } from './databases.ts';
import { provenance, usage } from './session-fixtures.ts';

export function newPlan(changes: Partial<NewPlan> = {}): NewPlan {
  const id = changes.id ?? ids.next('plan');
  return { id, title: `The plan ${id}`, goal: 'a parser', packet: 'Read this first.', phases: [], createdBy: 'operator', ...changes };
}

export function keyOf(plan: string, role: string): string {
  return formatSessionKey({ kind: 'role', plan, role });
}

export function roleOf(plan: string, role = 'developer', agent: string | null = 'coder') {
  return { plan, role, sessionKey: keyOf(plan, role), agent };
}

/** A plan of its own with one role open in it. */
export async function openedRole(store: Store, { role = 'developer', agent = 'coder' }: { role?: string; agent?: string | null } = {}): Promise<RoleSession> {
  const { plan } = value(await store.roles.createPlan(newPlan()));
  return value(await store.roles.openRole(roleOf(plan.id, role, agent), 'operator')).session;
}

export type RunChanges = Partial<NewRoleRun> & { readonly ownSession?: boolean };

/** A piece of work for an agent, in the role's own session unless it gets one of its own. */
export function newRun({ plan, role }: { readonly plan: string; readonly role: string }, { ownSession = false, ...changes }: RunChanges = {}): NewRoleRun {
  const id = changes.id ?? ids.next('run');
  const requestId = changes.requestId ?? ids.next('req');
  return {
    id,
    plan,
    role,
    mode: ownSession ? 'delegated' : 'persistent',
    task: 'write the parser',
    phase: null,
    expects: [],
    labels: [],
    paths: [],
    requestId,
    requestedBy: 'operator',
    provenance,
    turn: {
      turnId: ids.next('turn'),
      sessionKey: ownSession ? `agent:coder:role:thread:chat=${encodeURIComponent(plan)}:thread=${role}:user=${id}` : keyOf(plan, role),
      agent: 'coder',
      text: 'write the parser',
      maxQueued: 100,
      message: { platform: 'role', chat: plan, thread: role, messageId: requestId },
    },
    hostTurn: null,
    ...changes,
  };
}

export const by = { reason: 'done for now', actor: 'operator' };
export const retiring = { ...by, brief: 'the parser is half done', stopRunning: false };

export const succeeded = { outcome: 'succeeded', reason: 'the file is there', compliance: 'none', policyRev: null, evidence: [], artifacts: [] } as const;

/** Begins the next turn of a session and lets it answer. */
export async function answerNext(store: Store, sessionKey: string, text = 'done'): Promise<string> {
  const { fence, turn } = value(await store.sessions.beginTurn(sessionKey, 'node:test', 60_000));
  value(await store.sessions.finishTurn(fence, turn.id, { text, usage }, null));
  return turn.id;
}

/** The events of a plan, oldest first: `type`, then what they say. */
export async function eventsOf(store: Store, plan: string) {
  const page = value(await store.journal.readEvents({ after: '', stream: `plan:${encodeURIComponent(plan)}`, limit: 1_000 }));
  return page.events.map(({ type, actor, data }) => ({ type, actor, data }));
}
