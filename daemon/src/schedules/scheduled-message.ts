/** What a schedule asks when it is due: a message to an agent in a session of the schedule's own, or a run of a role in that role's session. */
import { rootProvenance } from '@guildhall/authority';
import type { Ids } from '@guildhall/kernel';
import { type ChainLimits, type Provenance, type Settled, formatSessionKey, refuse } from '@guildhall/protocol';
import type { NewRoleRun, RoleSession, RoleStore } from '@guildhall/roles';
import type { Schedule, ScheduledMessage } from '@guildhall/schedules';
import { openFilledRole } from '../roles/open-filled-role.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { roleName, rolePlatform } from '../roles/role-place.ts';

/** Platform of the messages that schedules become; nothing outside can use it. */
export const schedulePlatform = 'schedule';

export interface ScheduledWorkDeps {
  readonly roleStore: Pick<RoleStore, 'openRole' | 'assignRole'>;
  readonly roles: () => Roles;
  readonly ids: Ids;
  readonly hasAgent: (agent: string) => boolean;
  readonly defaultAgent: () => string;
  readonly maxQueued: () => number;
  /** What a chain that begins here is held to. */
  readonly chainLimits: () => ChainLimits;
}

/** So many wait at once when each of the missed ones is caught up. */
const mostCaughtUp = 100;

export async function scheduledMessage(deps: ScheduledWorkDeps, schedule: Schedule, dueAt: number): Promise<ScheduledMessage<NewRoleRun>> {
  const { target, name, prompt, catchUp } = schedule;
  const turnId = deps.ids.next('turn');
  const maxQueued = catchUp === 'all' ? Math.max(deps.maxQueued(), mostCaughtUp) : deps.maxQueued();
  const agent = target.kind === 'agent' ? target.agent : deps.defaultAgent();
  const plain = {
    sessionKey: formatSessionKey({ kind: 'agent-chat', agent, platform: schedulePlatform, chatType: 'thread', chat: name }),
    agent,
    turnId,
    text: prompt,
    provenance: provenanceOf(deps, schedule, dueAt, { agent }),
    maxQueued,
    run: null,
  };
  if (target.kind === 'agent')
    return deps.hasAgent(agent)
      ? plain
      : { ...plain, failed: `there is no agent "${agent}" any more; name one that is configured in a new schedule, or bring it back` };
  const session = await openRole(deps, target);
  if (!session.ok) return { ...plain, failed: session.refusal.message };
  return withRun(deps, schedule, dueAt, session.value, plain);
}

/** A person's time is asked as well: then the run waits for them, and has no turn yet. */
function withRun(
  deps: ScheduledWorkDeps,
  schedule: Schedule,
  dueAt: number,
  session: RoleSession,
  plain: ScheduledMessage<NewRoleRun>,
): ScheduledMessage<NewRoleRun> {
  const { plan, role, sessionKey } = session;
  const agent = session.agent ?? 'operator';
  const root = provenanceOf(deps, schedule, dueAt, { agent, role: roleName(session) });
  const provenance = { ...root, budgets: [...root.budgets, `plan:${plan}`] };
  const id = deps.ids.next('run');
  const { turnId, text, maxQueued } = plain;
  const message = { platform: rolePlatform, chat: plan, thread: role, messageId: id };
  const run = {
    id,
    plan,
    role,
    mode: 'scheduled',
    task: text,
    phase: null,
    expects: [],
    labels: [],
    paths: [],
    requestId: id,
    requestedBy: `schedule:${schedule.name}`,
    provenance,
    turn: session.agent === null ? null : { turnId, sessionKey, agent, text, maxQueued, message },
    hostTurn: null,
  } as const;
  return { ...plain, sessionKey, agent: session.agent ?? plain.agent, provenance, run };
}

async function openRole(deps: ScheduledWorkDeps, { plan, role }: { readonly plan: string; readonly role: string }): Promise<Settled<RoleSession>> {
  const definition = deps.roles().find(role);
  if (definition === undefined) return refuse('not-found', `there is no role "${role}" any more; see: guildhall roles list`);
  return openFilledRole({ store: deps.roleStore, roles: deps.roles }, { plan, role }, 'daemon');
}

/** Whoever made the schedule is the first cause of what it does. */
function provenanceOf(
  { ids, chainLimits }: Pick<ScheduledWorkDeps, 'ids' | 'chainLimits'>,
  { name, createdBy }: Schedule,
  dueAt: number,
  filled: { readonly agent: string; readonly role?: string },
): Provenance {
  const trust = createdBy === 'operator' ? 'operator' : 'person';
  return rootProvenance({ id: ids.next('root'), origin: createdBy, trust, ...filled, via: 'schedule', ref: `${name}@${dueAt}`, limits: chainLimits() });
}
