/** Plans: made, changed and completed by a person; read by everybody. */
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { NewPlan, Plan } from '@guildhall/roles';
import type { PlanOperations } from '../../role-operations.ts';
import { viewPlan } from './plan-views.ts';
import type { RoleDeps } from './role-deps.ts';
import { operatorOnly, whoAsks } from './who-asks.ts';

export function planOperations(deps: RoleDeps): PlanOperations {
  const { store } = deps;
  const view = async (settled: Settled<Plan>) => (settled.ok ? done(await viewPlan(deps, settled.value)) : settled);
  return {
    async listPlans(query) {
      const plans = await store.listPlans(query);
      return Promise.all(plans.map((plan) => viewPlan(deps, plan)));
    },

    async createPlan({ id, title, goal, packet, phases }, by) {
      const allowed = operatorOnly(whoAsks(by), 'make a plan');
      if (!allowed.ok) return allowed;
      const canonical = canonicalPhases(deps, phases ?? []);
      if (!canonical.ok) return canonical;
      const made = await store.createPlan({ id, title: title ?? id, goal: goal ?? '', packet: packet ?? '', phases: canonical.value, createdBy: 'operator' });
      return made.ok ? done({ ...(await viewPlan(deps, made.value.plan)), existing: !made.value.created }) : made;
    },

    async readPlan(id) {
      const plan = await store.readPlan(id);
      return plan === undefined ? noPlan(id) : done(await viewPlan(deps, plan));
    },

    async changePlan(id, { phases, title, goal, packet }, by) {
      const allowed = operatorOnly(whoAsks(by), 'change a plan');
      if (!allowed.ok) return allowed;
      const canonical = phases === undefined ? undefined : canonicalPhases(deps, phases);
      if (canonical?.ok === false) return canonical;
      const changes = {
        ...(title === undefined ? {} : { title }),
        ...(goal === undefined ? {} : { goal }),
        ...(packet === undefined ? {} : { packet }),
        ...(canonical === undefined ? {} : { phases: canonical.value }),
      };
      return view(await store.changePlan(id, changes, 'operator'));
    },

    async completePlan(id, { waivers }, by) {
      const asking = whoAsks(by);
      const allowed = operatorOnly(asking, 'complete a plan');
      return allowed.ok ? view(await store.completePlan(id, waivers ?? [], asking.actor)) : allowed;
    },

    async reopenPlan(id, reason, by) {
      const asking = whoAsks(by);
      const allowed = operatorOnly(asking, 'reopen a plan');
      return allowed.ok ? view(await store.reopenPlan(id, reason, asking.actor)) : allowed;
    },

    exportPlan: (id) => deps.exportPlan(id),
  };
}

/** Phases with canonical roles, each once. */
function canonicalPhases(deps: RoleDeps, phases: readonly { readonly name: string; readonly roles: readonly string[] }[]): Settled<NewPlan['phases']> {
  const canonical: { name: string; roles: string[] }[] = [];
  for (const { name, roles } of phases) {
    if (canonical.some((phase) => phase.name === name)) return refuse('invalid-input', `the phase "${name}" is named twice; name each once`);
    const found: string[] = [];
    for (const written of roles) {
      const role = deps.roles().resolve(written);
      if (!role.ok) return role;
      if (!found.includes(role.value.role)) found.push(role.value.role);
    }
    canonical.push({ name, roles: found });
  }
  return done(canonical);
}

export function noPlan(id: string): Settled<never> {
  return refuse('not-found', `there is no plan "${id.slice(0, 200)}"; list them with: guildhall plans list`, { plan: id });
}
