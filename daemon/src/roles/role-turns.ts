/** A turn of a role, as those see it who describe the agent, prepare the turn and judge its tools: where it works, what it is told, who pays. */
import type { BudgetLimit } from '@guildhall/authority';
import { type PolicyLayer, type Settled, done, refuse } from '@guildhall/protocol';
import type { RoleRun, RoleStore } from '@guildhall/roles';
import { envelope, type SessionStore, type Turn, type TurnPreparation } from '@guildhall/sessions';
import type { Workspaces } from '@guildhall/tools';
import { delegatePlatform } from '../children.ts';
import type { TurnSkills } from '../skills/turn-skills.ts';
import { incarnationRecord } from './incarnation-record.ts';
import { placeInputs } from './plan-inputs.ts';
import type { Roles } from './role-catalogue.ts';
import { predecessorOf, type RolePlace, rolePlaceOf } from './role-place.ts';
import { rolePrompt } from './role-prompt.ts';
import { noTools, withRoleTools } from './role-turn-policy.ts';
import { openRoleWorkspace } from './role-workspaces.ts';

export interface RoleTurnSources {
  readonly home: string;
  readonly roles: () => Roles;
  readonly store: Pick<RoleStore, 'readPlan' | 'incarnationsOf' | 'runOfTurn'>;
  readonly sessions: Pick<SessionStore, 'readTurn' | 'readEntries'>;
  readonly compactAtTokens: () => number;
}

/** What the role adds to the agent that fills it. */
export interface RoleDuty {
  readonly workspace: string;
  readonly prompt: string;
  readonly budgets: readonly BudgetLimit[];
  /** Is it to act, and to remember what it learned? An incarnation that has ended only answers. */
  readonly acts: boolean;
}

export interface RoleTurns {
  /** Undefined for turns of no role. A delegated child is in the place of the turn that asked it. */
  dutyOf(turn: Turn): Promise<Settled<RoleDuty | undefined>>;
  placeOf(turn: Turn): Promise<RolePlace | undefined>;
  policyFor(layers: readonly PolicyLayer[], turn: Turn): readonly PolicyLayer[];
  /** The words of the person who fills the role, as the answer of the turn; undefined where an agent does. */
  personsAnswer(turn: Turn): Promise<string | undefined>;
}

export function createRoleTurns(sources: RoleTurnSources): RoleTurns {
  const { store } = sources;
  const placeOf = async (turn: Turn) => rolePlaceOf(await askingTurn(sources.sessions, turn));
  return {
    placeOf,
    async dutyOf(turn) {
      const before = predecessorOf(turn);
      if (before !== undefined) return predecessorsDuty(sources, before);
      const asking = await askingTurn(sources.sessions, turn);
      const place = rolePlaceOf(asking);
      return place === undefined ? done(undefined) : dutyIn(sources, place, await store.runOfTurn(asking.id));
    },
    policyFor(layers, turn) {
      if (predecessorOf(turn) !== undefined) return noTools;
      const place = rolePlaceOf(turn);
      return place === undefined ? layers : withRoleTools(layers, place.role, sources.roles().chart.reportsOf(place.role).length > 0);
    },
    personsAnswer: async (turn) => (rolePlaceOf(turn) === undefined ? undefined : ((await store.runOfTurn(turn.id))?.personAnswer ?? undefined)),
  };
}

/** Skills are prepared for the role in whose place a turn works; an incarnation that has ended uses none. */
export function prepareRoleTurns(
  sources: {
    readonly sessions: Pick<SessionStore, 'readTurn'>;
    readonly store: Pick<RoleStore, 'runOfTurn' | 'artifactsOf' | 'readArtifact'>;
    readonly workspaces: Workspaces;
  },
  skills: TurnSkills,
): TurnPreparation {
  return {
    async prepareTurn(turn, fence, { workspace }) {
      if (predecessorOf(turn) !== undefined) return done({ system: '' });
      const asking = await askingTurn(sources.sessions, turn);
      const place = rolePlaceOf(asking);
      const run = place === undefined ? undefined : await sources.store.runOfTurn(asking.id);
      const ready = await skills.prepare(turn, fence, place === undefined ? undefined : { ...place, labels: run?.labels ?? [], paths: run?.paths ?? [] });
      if (!ready.ok || place === undefined) return ready;
      const problems = await placeInputs(sources, place, workspace);
      return problems.length === 0
        ? ready
        : done({ system: `${ready.value.system}\n\n${envelope('inputs that could not be put into your workspace', problems.join('\n'))}` });
    },
    async beforeTool(turn, fence, call) {
      const wait = await skills.beforeTool(turn, fence, call);
      return wait === null ? { allow: true } : { allow: false, reason: wait };
    },
  };
}

async function dutyIn(sources: RoleTurnSources, place: RolePlace, run: RoleRun | undefined): Promise<Settled<RoleDuty>> {
  const roles = sources.roles();
  const definition = roles.find(place.role);
  const plan = await sources.store.readPlan(place.plan);
  if (definition === undefined) return refuse('not-found', `the role "${place.role}" is no longer configured; name it under roles: again`);
  if (plan === undefined) return refuse('not-found', `there is no plan "${place.plan}"`);
  const workspace = await openRoleWorkspace(sources.home, place);
  if (!workspace.ok) return workspace;
  const incarnation = (await sources.store.incarnationsOf(place.plan, place.role)).at(-1);
  return done({
    workspace: workspace.value,
    prompt: rolePrompt({ roles, definition, plan, incarnation, run }),
    budgets: planBudget(place),
    acts: true,
  });
}

async function predecessorsDuty(sources: RoleTurnSources, before: RolePlace & { readonly incarnation: number }): Promise<Settled<RoleDuty>> {
  const record = await incarnationRecord(sources, before, before.incarnation);
  if (!record.ok) return record;
  const workspace = await openRoleWorkspace(sources.home, before);
  if (!workspace.ok) return workspace;
  return done({
    workspace: workspace.value,
    prompt: [
      `You answer questions about incarnation ${before.incarnation} of the role "${before.role}" in a plan. It has ended. What it said and did is below; know nothing else of it, do nothing, and say so when the record does not tell.`,
      envelope(`record of incarnation ${before.incarnation}`, record.value),
    ].join('\n\n'),
    budgets: planBudget(before),
    acts: false,
  });
}

/** Whatever is done for a plan is counted for it. */
function planBudget({ plan }: RolePlace): readonly BudgetLimit[] {
  return [{ scope: `plan:${plan}`, window: 'always' }];
}

/** Children may have children; the chain is as short as `max_depth` lets it be. */
async function askingTurn(sessions: Pick<SessionStore, 'readTurn'>, turn: Turn): Promise<Turn> {
  let asking = turn;
  while (asking.message.platform === delegatePlatform) {
    const parent = await sessions.readTurn(asking.message.chat);
    if (parent === undefined) return asking;
    asking = parent;
  }
  return asking;
}
