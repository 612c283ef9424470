/** A task that mends a finding is work of the role that mends it: it runs in that role's session, as a run that is judged like any other. Which tasks those are, the findings say, not the card. */
import { deriveProvenance } from '@guildhall/authority';
import type { Run, TaskFacts } from '@guildhall/board';
import { type Ids, failpoint } from '@guildhall/kernel';
import { type PolicyLayer, type Settled, done, refuse } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import { boardPlatform } from '../flows/task-opens-turn.ts';
import { taskPrompt } from '../flows/task-prompt.ts';
import { withTaskTools } from '../task-turn-policy.ts';
import type { Roles } from './role-catalogue.ts';
import { type RolePlace, roleName, roleSessionKey } from './role-place.ts';
import { withRoleTools } from './role-turn-policy.ts';

export interface MendingDeps {
  readonly roleStore: Pick<RoleStore, 'findingMendedBy' | 'openRole' | 'assignRole' | 'invokeRole'>;
  readonly roles: () => Roles;
  readonly ids: Ids;
  readonly policyOf: (agent: string) => readonly PolicyLayer[];
  readonly maxQueued: () => number;
}

/** Undefined for a task that mends no finding. The same run of the board finds the turn it had. */
export async function acceptAsRole(
  deps: MendingDeps,
  facts: TaskFacts,
  boardRun: Run,
  agent: string,
): Promise<Settled<{ readonly turnId: string; readonly sessionKey: string }> | undefined> {
  const { task } = facts;
  const finding = await deps.roleStore.findingMendedBy(task.id);
  if (finding === undefined) return undefined;
  const place = { plan: finding.plan, role: finding.assignTo ?? 'developer' };
  if (deps.roles().fillerOf(place.role).kind === 'person') return refusePersons(place, task.id);
  const sessionKey = roleSessionKey(place);
  const opened = await deps.roleStore.openRole({ ...place, sessionKey, agent }, 'daemon');
  if (!opened.ok) return opened;
  const { session } = opened.value;
  if (session.agent !== agent && session.status === 'open') await deps.roleStore.assignRole(place.plan, place.role, agent);
  const hop = { via: 'role', actor: task.createdBy, ref: task.id } as const;
  const derived = deriveProvenance(task.provenance, {
    hop,
    agent,
    role: roleName(place),
    layers: deps.policyOf(agent),
    budgets: [`agent:${agent}`, `plan:${place.plan}`],
  });
  const hasReports = deps.roles().chart.reportsOf(place.role).length > 0;
  const turnId = deps.ids.next('turn');
  await failpoint('role.before-invoke');
  const invoked = await deps.roleStore.invokeRole({
    id: deps.ids.next('run'),
    ...place,
    mode: 'persistent',
    task: task.title,
    phase: null,
    expects: [],
    labels: task.labels,
    paths: [],
    requestId: boardRun.id,
    requestedBy: task.createdBy,
    provenance: { ...derived, layers: withRoleTools(withTaskTools(derived.layers), place.role, hasReports) },
    hostTurn: null,
    turn: {
      turnId,
      sessionKey,
      agent,
      text: taskPrompt(facts),
      maxQueued: deps.maxQueued(),
      message: { platform: boardPlatform, chat: task.board, thread: task.id, messageId: boardRun.id },
    },
  });
  await failpoint('role.after-invoke');
  if (!invoked.ok) return invoked;
  return done({ turnId: invoked.value.run.turnId ?? turnId, sessionKey: invoked.value.run.sessionKey });
}

function refusePersons({ plan, role }: RolePlace, task: string): Settled<never> {
  return refuse(
    'wrong-state',
    `a person fills the role ${role} of the plan "${plan}" now, so no agent does its work; do the task yourself: guildhall kanban assign ${task} operator; or give the role to an agent under roles: in guildhall.yaml`,
    { plan, role, task },
  );
}
