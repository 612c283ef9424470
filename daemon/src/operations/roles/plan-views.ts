/** Plans as the doors show them. */
import type { PlanFindingView, PlanView } from '@guildhall/protocol';
import { type Finding, type Plan, type PlanFacts, afterFindingVerb } from '@guildhall/roles';
import type { RoleDeps } from './role-deps.ts';

const mostRoles = 200;

export async function viewPlan(deps: Pick<RoleDeps, 'store'>, plan: Plan): Promise<PlanView> {
  const [facts, sessions, blockers] = await Promise.all([
    deps.store.planFacts(plan.id),
    deps.store.listRoles({ plan: plan.id, limit: mostRoles }),
    plan.status === 'completed' ? [] : deps.store.blockersOf(plan.id),
  ]);
  const runs = facts?.runs ?? [];
  const findings = facts?.findings ?? [];
  const finished = runs.filter(({ status }) => status === 'finished');
  const { id, title, goal, status, packet, packetRev, costMicroUsd, createdAt, createdBy, completedAt, completedBy } = plan;
  return {
    id,
    title,
    goal,
    status,
    packet,
    packetRev,
    phases: plan.phases.map(({ name, roles }) => ({ name, roles: [...roles], status: isPhaseDone(name, roles, runs) ? 'done' : 'open' })),
    roles: sessions.map((session) => ({ role: session.role, status: session.status, incarnation: session.incarnation })),
    runs: { open: runs.length - finished.length, finished: finished.length, succeeded: finished.filter(({ outcome }) => outcome === 'succeeded').length },
    findings: { open: findings.filter((finding) => finding.status !== 'closed' && finding.status !== 'rejected').length, total: findings.length },
    blockers: [...blockers],
    waivers: [...plan.waivers],
    costMicroUsd,
    createdAt,
    createdBy,
    completedAt,
    completedBy,
  };
}

function isPhaseDone(phase: string, roles: readonly string[], runs: PlanFacts['runs']): boolean {
  return roles.every((role) => runs.some((run) => run.role === role && run.phase === phase && run.outcome === 'succeeded'));
}

export function viewFinding(finding: Finding): PlanFindingView {
  const { id, plan, title, severity, description, evidence, status, reportedBy, run, reportedAt, history, task, revalidation } = finding;
  const verbs = (['accept', 'reject', 'defer', 'ask', 'answer'] as const).filter((verb) => afterFindingVerb(status, verb) !== undefined);
  const waits = status === 'remediated' && revalidation.some(({ verdict }) => verdict === 'pending');
  return {
    id,
    plan,
    title,
    severity,
    description,
    evidence: evidence.map((each) => ({ ...each })),
    status,
    reportedBy,
    run,
    reportedAt,
    history: history.map((step) => ({ ...step })),
    task,
    revalidation: revalidation.map((each) => ({ ...each })),
    allowed: [...verbs, ...(waits ? (['revalidate'] as const) : [])],
  };
}
