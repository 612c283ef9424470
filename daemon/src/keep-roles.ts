/** Plans and roles while the daemon runs: what turns of roles need, the verbs behind the doors and the tools, and what happens by itself when a role has ended its work or a finding waits. */
import type { Clock } from '@guildhall/kernel';
import { type PlanBundle, type Settled, planStream } from '@guildhall/protocol';
import type { SessionRunner, TurnPreparation } from '@guildhall/sessions';
import { type RolePort, type SkillPort, type Workspaces, createWorkspaces } from '@guildhall/tools';
import type { Foundation } from './foundation.ts';
import type { JournalTail } from './journal-tail.ts';
import { roleOperations } from './operations/roles/role-operations.ts';
import type { RoleOperations } from './role-operations.ts';
import { type Roles, rolesInForce } from './roles/role-catalogue.ts';
import { rolePort } from './roles/role-port.ts';
import { type RoleTurns, createRoleTurns, prepareRoleTurns } from './roles/role-turns.ts';
import type { TurnSkills } from './skills/turn-skills.ts';
import type { Team } from './team.ts';
import { turnHint } from './turn-hint.ts';

/** What the team is made with. */
export interface TeamRoles {
  readonly roles: () => Roles;
  readonly turns: RoleTurns;
  readonly preparation: TurnPreparation;
  readonly port: RolePort;
  readonly skills: SkillPort;
  readonly workspaces: Workspaces;
}

export function openTeamRoles(parts: {
  readonly foundation: Foundation;
  readonly home: string;
  readonly skills: TurnSkills;
  readonly runner: () => SessionRunner;
  /** Made after the team, from it. */
  readonly operations: () => RoleOperations;
}): TeamRoles {
  const { clock, ids, store, config } = parts.foundation;
  const roles = rolesInForce(config.current);
  const workspaces = createWorkspaces({ clock, ids });
  const sources = {
    home: parts.home,
    roles,
    store: store.roles,
    sessions: store.sessions,
    compactAtTokens: () => config.current().compactAtTokens,
    workspaces,
  };
  return {
    roles,
    turns: createRoleTurns(sources),
    preparation: prepareRoleTurns(sources, parts.skills),
    port: rolePort(parts.operations, store.sessions, (turnId) => parts.runner().stopTurn(turnId)),
    skills: parts.skills,
    workspaces,
  };
}

export function openRoleVerbs(parts: {
  readonly foundation: Foundation;
  readonly home: string;
  readonly tail: JournalTail;
  readonly team: Team;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  readonly exportPlan: (plan: string) => Promise<Settled<PlanBundle>>;
}): RoleOperations {
  const { foundation, home, tail, team, roles, runner, isDraining, exportPlan } = parts;
  const { clock, ids, store, config } = foundation;
  return roleOperations({
    store: store.roles,
    skills: store.skills,
    sessions: store.sessions,
    clock,
    ids,
    home,
    roles,
    runner,
    isDraining,
    exportPlan,
    maxQueued: () => config.current().limits.queuedMessages,
    compactAtTokens: () => config.current().compactAtTokens,
    hasAgent: (agent) => team.directory.agent(agent) !== undefined,
    modelOf: (id) => {
      const agent = team.directory.agent(id);
      return agent === undefined ? null : team.directory.modelOf(agent).model;
    },
    policyOf: (agent) => team.directory.policyOf(agent),
    planHint: (plan, signal) => planHint(tail, clock, plan, signal),
    turnHint: (sessionKey, signal) => turnHint(tail, clock, sessionKey, signal),
  });
}

/** Resolves when something was recorded of the plan, when `signal` aborts, or after two seconds, whichever is first. Look at the truth afterwards. */
async function planHint(tail: JournalTail, clock: Clock, plan: string, signal: AbortSignal): Promise<void> {
  const arrived = new AbortController();
  const unsubscribe = tail.onStream(planStream(plan), () => arrived.abort());
  await clock.sleep(2000, AbortSignal.any([arrived.signal, signal]));
  unsubscribe();
}
