/** Findings: any role of the plan reports, the Lead decides, those who must look again say what they saw. What is possible when, the store judges. */
import { rootProvenance } from '@guildhall/authority';
import { failpoint } from '@guildhall/kernel';
import { type PlanFindingView, type Provenance, type Settled, done, refuse } from '@guildhall/protocol';
import { type Finding, mayAnswer, mayRevalidate } from '@guildhall/roles';
import type { FindingOperations } from '../../role-operations.ts';
import { viewFinding } from './plan-views.ts';
import type { RoleDeps } from './role-deps.ts';
import { type Asking, leadOnly, ofPlan, speakerOf, whoAsks } from './who-asks.ts';

export function findingOperations(deps: RoleDeps): FindingOperations {
  const { store } = deps;
  return {
    async listFindings(query) {
      return (await store.listFindings(query)).map(viewFinding);
    },

    readFinding: (id) => withFinding(deps, id, async (finding) => done(finding)),

    async reportFinding(plan, { title, severity, description, evidence }, by) {
      const asking = whoAsks(by);
      const allowed = ofPlan(asking, plan, 'report a finding');
      if (!allowed.ok) return allowed;
      await failpoint('finding.before-report');
      const reported = await store.reportFinding({
        id: deps.ids.next('find'),
        plan,
        title,
        severity,
        description,
        evidence: (evidence ?? []).map(({ what, ref }) => ({ what, ref: ref ?? '' })),
        ...(await reporterOf(deps, asking)),
        actor: asking.actor,
      });
      await failpoint('finding.after-report');
      return reported.ok ? done(viewFinding(reported.value)) : reported;
    },

    disposeFinding: (id, verb, { reason, assignTo, revalidateBy, question }, by) =>
      withFinding(deps, id, async (finding) => {
        const asking = whoAsks(by);
        const allowed = leadOnly(asking, finding.plan, `${verb} a finding`);
        if (!allowed.ok) return allowed;
        const mends = canonical(deps, assignTo === undefined ? [] : [assignTo]);
        if (!mends.ok) return mends;
        const looks = canonical(deps, revalidateBy ?? []);
        if (!looks.ok) return looks;
        const verdict = {
          verb,
          text: question ?? reason ?? '',
          assignTo: mends.value[0] ?? null,
          revalidateBy: looks.value,
          actor: asking.actor,
          provenance: chainOf(deps, asking, id),
        };
        await failpoint('finding.before-dispose');
        const disposed = await store.disposeFinding(id, verdict);
        await failpoint('finding.after-dispose');
        return disposed;
      }),

    answerFinding: (id, text, by) =>
      withFinding(deps, id, async (finding) => {
        const asking = whoAsks(by);
        const allowed = ofPlan(asking, finding.plan, 'answer about a finding');
        if (!allowed.ok) return allowed;
        if (!mayAnswer(speakerOf(asking), finding))
          return refuse('not-allowed', `the finding ${id} was reported by ${finding.reportedBy}, who answers about it; you are ${speakerOf(asking)}`);
        return store.answerFinding(id, text, asking.actor);
      }),

    revalidateFinding: (id, { verdict, role, text }, by) =>
      withFinding(deps, id, async (finding) => {
        const asking = whoAsks(by);
        const allowed = ofPlan(asking, finding.plan, 'revalidate a finding');
        if (!allowed.ok) return allowed;
        const speaks = canonical(deps, role === undefined ? [] : [role]);
        if (!speaks.ok) return speaks;
        const pending = finding.revalidation.find((each) => each.verdict === 'pending')?.role;
        const as = speaks.value[0] ?? (asking.kind === 'role' ? asking.place.role : (pending ?? 'validator'));
        if (!mayRevalidate(speakerOf(asking), as)) return refuse('not-allowed', `${speakerOf(asking)} may not speak for ${as}`);
        return store.revalidateFinding(id, { role: as, passed: verdict === 'passed', text, actor: asking.actor });
      }),
  };
}

/** Who reported it, from which run and by which call; and the chain that led to it. */
async function reporterOf(
  deps: RoleDeps,
  asking: Asking,
): Promise<Pick<Parameters<RoleDeps['store']['reportFinding']>[0], 'reportedBy' | 'run' | 'turnId' | 'callId' | 'provenance'>> {
  if (asking.kind !== 'role') {
    return { reportedBy: speakerOf(asking), run: null, turnId: null, callId: null, provenance: chainOf(deps, asking, asking.actor) };
  }
  const { turnId, callId, provenance } = asking.turn;
  const run = await deps.store.runOfTurn(turnId);
  return { reportedBy: asking.place.role, run: run?.id ?? null, turnId, callId, provenance };
}

/** A person begins a chain; a role goes on with that of its turn, under its own policy: what it decides can no more than what it asks of others. */
function chainOf(deps: Pick<RoleDeps, 'ids' | 'policyOf' | 'chainLimits'>, asking: Asking, ref: string): Provenance {
  if (asking.kind === 'role') {
    const { agent, provenance } = asking.turn;
    return { ...provenance, layers: [...provenance.layers, ...deps.policyOf(agent)] };
  }
  return rootProvenance({ id: deps.ids.next('root'), origin: asking.actor, trust: 'operator', via: 'role', ref, limits: deps.chainLimits() });
}

async function withFinding(deps: RoleDeps, id: string, work: (finding: Finding) => Promise<Settled<Finding>>): Promise<Settled<PlanFindingView>> {
  const finding = await deps.store.readFinding(id);
  if (finding === undefined) return refuse('not-found', `there is no finding "${id.slice(0, 80)}"; list them with: guildhall findings list`, { finding: id });
  const settled = await work(finding);
  return settled.ok ? done(viewFinding(settled.value)) : settled;
}

function canonical(deps: RoleDeps, names: readonly string[]): Settled<readonly string[]> {
  const roles: string[] = [];
  for (const name of names) {
    const found = deps.roles().resolve(name);
    if (!found.ok) return found;
    roles.push(found.value.role);
  }
  return done(roles);
}
