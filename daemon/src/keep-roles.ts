/** Plans and roles while the daemon runs: what turns of roles need, the verbs behind the doors and the tools, and what happens by itself when a role has ended its work or a finding waits. */
import { planStream, sessionStream } from '@guildhall/protocol';
import type { SessionRunner, TurnPreparation } from '@guildhall/sessions';
import { type RolePort, type SkillPort, type ToolPorts, type Workspaces, createWorkspaces } from '@guildhall/tools';
import { acceptedFindingMakesTask } from './flows/accepted-finding-makes-task.ts';
import { doneTaskAwaitsRevalidation } from './flows/done-task-awaits-revalidation.ts';
import { endedTurnJudgesRoleRun } from './flows/ended-turn-judges-role-run.ts';
import { findingReachesLead } from './flows/finding-reaches-lead.ts';
import type { Repeating } from './flows/repeat.ts';
import type { TeamDirectory } from './agent-directory.ts';
import { chainLimitsOf } from './chain-limits.ts';
import type { Foundation } from './foundation.ts';
import type { JournalTail } from './journal-tail.ts';
import { exportPlan } from './operations/bundle/export-plan.ts';
import { knownSecrets } from './operations/bundle/known-secrets.ts';
import { roleOperations } from './operations/roles/role-operations.ts';
import type { RoleOperations } from './role-operations.ts';
import { type Roles, rolesInForce } from './roles/role-catalogue.ts';
import { rolePort } from './roles/role-port.ts';
import { type RoleTurns, createRoleTurns, prepareRoleTurns } from './roles/role-turns.ts';
import { sessionSearch } from './roles/session-search.ts';
import type { TurnSkills } from './skills/turn-skills.ts';
import { streamHint } from './waiting-for-events.ts';

/** What the team is made with. */
export interface TeamRoles {
  readonly roles: () => Roles;
  readonly turns: RoleTurns;
  readonly preparation: TurnPreparation;
  readonly port: RolePort;
  readonly skills: SkillPort;
  readonly search: ToolPorts['sessions'];
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
  const turns = createRoleTurns(sources);
  return {
    roles,
    turns,
    search: sessionSearch(store.sessions, turns),
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
  readonly directory: TeamDirectory;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly isDraining: () => boolean;
  /** Of the daemon's environment; what of them is secret is in no bundle. */
  readonly variables: Readonly<Record<string, string>>;
}): RoleOperations {
  const { foundation, home, tail, directory, roles, runner, isDraining, variables } = parts;
  const { clock, ids, store, config } = foundation;
  const { approvals, journal } = store;
  const secrets = () => knownSecrets(config.current(), variables);
  const operations: RoleOperations = roleOperations({
    store: store.roles,
    skills: store.skills,
    sessions: store.sessions,
    clock,
    ids,
    home,
    roles,
    runner,
    isDraining,
    exportPlan: exportPlan({ operations: () => operations, store: store.roles, skills: store.skills, approvals, journal, clock, secrets }),
    maxQueued: () => config.current().limits.queuedMessages,
    chainLimits: () => chainLimitsOf(config.current()),
    compactAtTokens: () => config.current().compactAtTokens,
    hasAgent: (agent) => directory.agent(agent) !== undefined,
    modelOf: (id) => {
      const agent = directory.agent(id);
      return agent === undefined ? null : directory.modelOf(agent).model;
    },
    policyOf: (agent) => directory.policyOf(agent),
    planHint: (plan, signal) => streamHint(tail, clock, planStream(plan), signal),
    turnHint: (sessionKey, signal) => streamHint(tail, clock, sessionStream(sessionKey), signal),
  });
  return operations;
}

/** What happens by itself: ended work is judged, findings reach the Lead, accepted ones become tasks, mended ones wait to be looked at again. */
export function keepRoles(parts: {
  readonly foundation: Foundation;
  readonly home: string;
  readonly tail: JournalTail;
  readonly roles: Pick<TeamRoles, 'roles' | 'workspaces'>;
  readonly runner: () => SessionRunner;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const { foundation, home, tail, runner, onFault } = parts;
  const { clock, ids, store, config } = foundation;
  const { roles, workspaces } = parts.roles;
  const deps = {
    store: store.roles,
    sessions: store.sessions,
    skills: store.skills,
    board: store.board,
    workspaces,
    roles,
    runner,
    home,
    tail,
    clock,
    ids,
    onFault,
  };
  const flows = [
    endedTurnJudgesRoleRun(deps),
    findingReachesLead({ ...deps, maxQueued: () => config.current().limits.queuedMessages }),
    acceptedFindingMakesTask(deps),
    doneTaskAwaitsRevalidation(deps),
  ];
  return {
    async stop() {
      for (const flow of flows) await flow.stop();
    },
  };
}
