/** Why a plan, one of its roles or a run does not get on. */
import { span } from '@guildhall/board';
import { type FindingView, type RoleRunOutcome, shellWord } from '@guildhall/protocol';
import { type Plan, type RoleRun, type RoleSession } from '@guildhall/roles';
import { bad, brief, isHindrance, ok, warn } from '../finding-words.ts';
import { missedMs, type Asking, type WorkHealthDeps } from './situation.ts';

/** Runs of a plan or a role that are looked at. */
const mostRuns = 100;

export async function whyPlan(deps: WorkHealthDeps, plan: Plan, asking: Asking): Promise<readonly FindingView[]> {
  if (plan.status === 'completed') return [ok('plan', `${plan.id} was completed by ${plan.completedBy ?? 'somebody'}`)];
  const open = await openRuns(deps, { plan: plan.id });
  const behind = await Promise.all(open.map((run) => whyRun(deps, run, asking)));
  const hindrances = behind.flat().filter(isHindrance);
  const explained = new Set(open.map(({ id }) => `run-open:${id}`));
  const blockers = (await deps.roles.blockersOf(plan.id)).filter(({ id }) => !explained.has(id));
  const worked = open.length === 0 ? [] : [ok('plan', `${plan.id} is worked on: ${open.map(({ id, role }) => `${role} (${id})`).join(', ')}`)];
  const found = [...hindrances, ...blockers.map(({ kind, message, remedy }) => warn(kind, message, remedy)), ...worked];
  if (found.length > 0) return found;
  return [warn('plan', `nothing keeps ${plan.id} from being completed, and nobody has done so`, `guildhall plans complete ${shellWord(plan.id)}`)];
}

export async function whyRole(deps: WorkHealthDeps, plan: Plan, role: string, asking: Asking): Promise<readonly FindingView[]> {
  const where = `--plan ${shellWord(plan.id)} --role ${shellWord(role)}`;
  if (plan.status === 'completed')
    return [warn('plan', `${plan.id} is completed; its roles take no more work`, `guildhall plans reopen ${shellWord(plan.id)} --reason TEXT`)];
  const session = await deps.roles.readRole(plan.id, role);
  if (session === undefined) return [warn('role', `nobody has asked anything of the ${role} of ${plan.id} yet`, `guildhall roles invoke TASK ${where}`)];
  if (session.status === 'retired')
    return [
      warn('role', `the ${role} of ${plan.id} was retired: ${session.retiredReason ?? 'nobody said why'}`, `guildhall roles reopen ${where} --reason TEXT`),
    ];
  const unfilled = unfilledRole(deps, session);
  const open = await openRuns(deps, { plan: plan.id, role });
  const behind = (await Promise.all(open.map((run) => whyRun(deps, run, asking)))).flat();
  if (unfilled !== undefined || behind.length > 0)
    return [...(unfilled === undefined ? [] : [unfilled]), ...behind.filter(isHindrance), ...behind.filter((finding) => !isHindrance(finding))];
  if (session.lastRun === null) return [warn('role', `nobody has asked anything of the ${role} of ${plan.id} yet`, `guildhall roles invoke TASK ${where}`)];
  const last = await deps.roles.readRun(session.lastRun.id);
  return [...(last === undefined ? [] : await whyRun(deps, last, asking)), ok('role', `the ${role} of ${plan.id} has nothing to do`)];
}

/** An agent that fills a role and is not in the configuration. */
export function unfilledRole(deps: WorkHealthDeps, { plan, role, agent }: Pick<RoleSession, 'plan' | 'role' | 'agent'>): FindingView | undefined {
  const filler = deps.catalogue().fillerOf(role);
  const named = filler.kind === 'agent' ? filler.agent : agent;
  if (filler.kind === 'person' || named === null || deps.hasAgent(named)) return undefined;
  return bad('role', `the ${role} of ${plan} is filled by the agent ${named}, which is not configured`, 'guildhall agents list');
}

export async function whyRun(deps: WorkHealthDeps, run: RoleRun, asking: Asking): Promise<readonly FindingView[]> {
  const name = `${run.id} of the ${run.role} of ${run.plan}`;
  if (run.outcome !== null) return [explainOutcome(run, name)];
  if (run.status === 'waiting-for-person')
    return [warn('person', `${name} waits for the person who fills the role: ${brief(run.task)}`, `guildhall roles answer ${run.id} TEXT`)];
  const turnId = run.turnId ?? run.hostTurn;
  if (turnId === null) return [bad('run', `${name} is ${run.status}, and no turn works on it`, 'guildhall db verify')];
  const turn = await deps.readTurn(turnId);
  if (turn?.endedAt !== undefined && deps.clock.now() - turn.endedAt > missedMs)
    return [bad('run', `the turn of ${name} ended ${span(deps.clock.now() - turn.endedAt)} ago, and nobody has judged what came of it`, 'guildhall doctor')];
  const behind = await asking.whyTurn(turnId);
  return [...behind.filter(isHindrance), ok('run', `${name} is ${run.status}`), ...behind.filter((finding) => !isHindrance(finding))];
}

const wentWrong: Readonly<Record<Exclude<RoleRunOutcome, 'succeeded'>, string>> = {
  unproven: 'was answered, but what was to be there is not',
  failed: 'failed',
  blocked: 'was blocked',
  cancelled: 'was called off',
};

function explainOutcome(run: RoleRun, name: string): FindingView {
  if (run.outcome === 'succeeded' || run.outcome === null) return ok('run', `${name} succeeded`);
  const plan = shellWord(run.plan);
  const remedy =
    run.outcome === 'blocked' ? `guildhall skills report --plan ${plan}` : `guildhall roles invoke TASK --plan ${plan} --role ${shellWord(run.role)}`;
  return bad('run', `${name} ${wentWrong[run.outcome]}${run.reason === '' ? '' : `: ${run.reason}`}`, remedy);
}

/** First those that wait for a person, then the oldest. */
async function openRuns(deps: WorkHealthDeps, of: { readonly plan: string; readonly role?: string }): Promise<readonly RoleRun[]> {
  const byStatus = await Promise.all(
    (['waiting-for-person', 'running', 'queued'] as const).map((status) => deps.roles.listRuns({ ...of, status, limit: mostRuns })),
  );
  return byStatus.flat();
}
