/** Roles of plans: opened, asked, retired, begun anew. */
import { failpoint } from '@guildhall/kernel';
import { type RoleRunView, type Settled, done, refuse, shellWord } from '@guildhall/protocol';
import { type RoleDefinition, type RoleRun, type RoleSession } from '@guildhall/roles';
import type { RoleSessionOperations } from '../../role-operations.ts';
import { viewDefinition } from '../../roles/role-catalogue.ts';
import { readWhenEnded } from '../../waiting-for-events.ts';
import { askPredecessor } from './ask-predecessor.ts';
import { invokeRole, openRole } from './invoke-role.ts';
import { leavingBrief } from './leaving-brief.ts';
import { noPlan } from './plan-operations.ts';
import type { RoleDeps } from './role-deps.ts';
import { viewRole, viewRun } from './run-views.ts';
import { operatorOnly, whoAsks } from './who-asks.ts';

export function sessionOperations(deps: RoleDeps): RoleSessionOperations {
  const { store } = deps;
  const viewed = async (settled: Settled<RoleSession>) => (settled.ok ? done(await viewRole(deps, settled.value)) : settled);
  const viewedRun = async (settled: Settled<RoleRun>): Promise<Settled<RoleRunView>> => (settled.ok ? done(await viewRun(deps, settled.value)) : settled);
  return {
    listRoleDefinitions: () => {
      const roles = deps.roles();
      return roles.definitions.map((definition) => viewDefinition(roles, definition));
    },

    async listRoleSessions(query) {
      const sessions = await store.listRoles(query);
      return Promise.all(sessions.map((session) => viewRole(deps, session)));
    },

    openRole: (plan, name, by) => named(deps, name, async (definition) => viewed(await openRole(deps, plan, definition, whoAsks(by)))),
    readRole: (plan, name) => withSession(deps, plan, name, async (session) => done(await viewRole(deps, session))),

    readHistory: (plan, name) =>
      withSession(deps, plan, name, async ({ role, sessionKey }) =>
        done({ plan, role, sessionKey, incarnations: (await store.incarnationsOf(plan, role)).map((each) => ({ ...each })) }),
      ),

    invokeRole: (plan, name, request, by) => named(deps, name, async (definition) => viewedRun(await invokeRole(deps, plan, definition, request, whoAsks(by)))),

    retireRole: (plan, name, { reason }, by) =>
      changing(deps, { plan, name, what: 'retire a role' }, by, async ({ role }) => {
        const brief = await leavingBrief(store, { plan, role });
        await failpoint('role.before-retire');
        const retired = await store.retireRole(plan, role, { reason, brief, actor: 'operator', stopRunning: false });
        await failpoint('role.after-retire');
        return viewed(retired);
      }),

    reopenRole: (plan, name, { reason }, by) =>
      changing(deps, { plan, name, what: 'reopen a role' }, by, async ({ role }) => {
        await failpoint('role.before-reopen');
        const reopened = await store.reopenRole(plan, role, { reason, actor: 'operator' });
        await failpoint('role.after-reopen');
        return viewed(reopened);
      }),

    rotateRole: (plan, name, { reason, brief }, by) =>
      changing(deps, { plan, name, what: 'rotate a role' }, by, async ({ role }) => {
        const left = brief ?? (await leavingBrief(store, { plan, role }));
        await failpoint('role.before-rotate');
        const rotated = await store.rotateRole(plan, role, { reason, brief: left, actor: 'operator' });
        await failpoint('role.after-rotate');
        return viewed(rotated);
      }),

    askPredecessor: (plan, name, request, by, signal) =>
      changing(deps, { plan, name, what: 'ask an incarnation that has ended' }, by, (session) => askPredecessor(deps, session, request, signal)),

    async listRuns(plan, { role, limit }) {
      if ((await store.readPlan(plan)) === undefined) return noPlan(plan);
      const found = role === undefined ? undefined : deps.roles().resolve(role);
      if (found?.ok === false) return found;
      const runs = await store.listRuns({ plan, ...(found === undefined ? {} : { role: found.value.role }), limit });
      return done(await Promise.all(runs.map((run) => viewRun(deps, run))));
    },

    async readRun(plan, id, waitMs, signal) {
      const run = await store.readRun(id);
      if (run?.plan !== plan) return noRun(id, plan);
      const ended = await readWhenEnded({
        clock: deps.clock,
        waitMs,
        signal,
        read: () => store.readRun(id),
        hasEnded: ({ status }) => status === 'finished',
        hint: (_, until) => deps.planHint(plan, until),
      });
      return ended === undefined ? noRun(id, plan) : done(await viewRun(deps, ended));
    },

    async answerRun(plan, id, { text, outcome }, by) {
      const asking = whoAsks(by);
      const allowed = operatorOnly(asking, 'answer for a person');
      if (!allowed.ok) return allowed;
      if ((await store.readRun(id))?.plan !== plan) return noRun(id, plan);
      const answered = await store.answerRun(id, { text, outcome: outcome ?? 'succeeded', turnId: deps.ids.next('turn'), actor: asking.actor });
      if (answered.ok) deps.runner().wake(answered.value.sessionKey);
      return viewedRun(answered);
    },

    async readArtifact(id) {
      const found = await store.readArtifact(id);
      return found === undefined
        ? refuse('not-found', `there is no artifact "${id.slice(0, 80)}"; list them with: guildhall roles artifacts --plan ID`)
        : done({ ...found.artifact, content: found.content });
    },
  };
}

async function named<T>(deps: RoleDeps, name: string, work: (definition: RoleDefinition) => Promise<Settled<T>>): Promise<Settled<T>> {
  const found = deps.roles().resolve(name);
  return found.ok ? work(found.value) : found;
}

async function withSession<T>(deps: RoleDeps, plan: string, name: string, work: (session: RoleSession) => Promise<Settled<T>>): Promise<Settled<T>> {
  return named(deps, name, async ({ role }) => {
    if ((await deps.store.readPlan(plan)) === undefined) return noPlan(plan);
    const session = await deps.store.readRole(plan, role);
    return session === undefined
      ? refuse(
          'not-found',
          `the role ${role} was never asked anything in the plan "${plan.slice(0, 200)}"; it begins with its first work: guildhall roles invoke "…" --plan ${shellWord(plan)} --role ${role}`,
        )
      : work(session);
  });
}

/** For what takes a person. */
async function changing<T>(
  deps: RoleDeps,
  { plan, name, what }: { readonly plan: string; readonly name: string; readonly what: string },
  by: Parameters<RoleSessionOperations['openRole']>[2],
  work: (session: RoleSession) => Promise<Settled<T>>,
): Promise<Settled<T>> {
  const allowed = operatorOnly(whoAsks(by), what);
  return allowed.ok ? withSession(deps, plan, name, work) : allowed;
}

function noRun(id: string, plan: string): Settled<never> {
  return refuse('not-found', `there is no run "${id.slice(0, 80)}" in the plan "${plan.slice(0, 200)}"`, { run: id });
}
