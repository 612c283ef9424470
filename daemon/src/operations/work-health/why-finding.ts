/** Why a finding is not closed yet. */
import { chainLimits, innermostHandoff } from '@guildhall/authority';
import { span } from '@guildhall/board';
import { type FindingStatus, type FindingView, shellWord } from '@guildhall/protocol';
import { type Finding } from '@guildhall/roles';
import { bad, ok, warn } from '../finding-words.ts';
import { whyRole } from './why-role.ts';
import { missedMs, type Asking, type WorkHealthDeps } from './situation.ts';

type Explain = (deps: WorkHealthDeps, finding: Finding, asking: Asking) => Promise<readonly FindingView[]>;

export const whyFinding: Explain = async (deps, finding, asking) => {
  const plan = await deps.roles.readPlan(finding.plan);
  const isOver = finding.status === 'closed' || finding.status === 'rejected';
  if (plan?.status === 'completed' && !isOver)
    return [warn('plan', `${finding.id} belongs to ${plan.id}, which was completed`, `guildhall plans reopen ${shellWord(plan.id)} --reason TEXT`)];
  return explanations[finding.status](deps, finding, asking);
};

/** It waits for the Lead, and the Lead may wait for something too. */
const explainReported: Explain = async (deps, finding, asking) => {
  const plan = await deps.roles.readPlan(finding.plan);
  const lead = plan === undefined ? [] : await whyRole(deps, plan, 'lead', asking);
  const hindrance = lead.find(({ ok: isFine, subject }) => !isFine && subject !== 'run');
  const waits = warn('finding', `${finding.id} (${finding.title}) waits for the Lead to decide`, `guildhall findings show ${finding.id}`);
  const untold = await whyUntold(deps, finding);
  return [...(hindrance === undefined ? [] : [hindrance]), ...untold, waits];
};

/** Nothing begins in a chain that was called off or is too long, so no turn of the Lead told of what was reported there. */
async function whyUntold({ handoffs }: WorkHealthDeps, { id, provenance }: Finding): Promise<readonly FindingView[]> {
  const { depth } = provenance;
  const decide = `guildhall findings accept ${id}`;
  if (depth >= chainLimits(provenance).depth)
    return [warn('chain', `its chain may not go on after ${depth} steps, so no turn told the Lead of ${id}; decide yourself`, decide)];
  const handoff = innermostHandoff(provenance);
  const calledOff = handoff === null ? null : (await handoffs.store.readHandoff(handoff))?.calledOffAt;
  if (typeof calledOff !== 'number') return [];
  return [warn('handoff', `${handoff} was called off, so no turn told the Lead of ${id}, which was reported within it; decide yourself`, decide)];
}

const explainAccepted: Explain = async (deps, finding, asking) => {
  if (finding.task === null) return [explainMissingTask(finding, deps.clock.now())];
  const behind = await asking.whyTask(finding.task);
  if (behind === undefined) return [bad('task', `the task ${finding.task}, which mends ${finding.id}, is gone`, `guildhall findings show ${finding.id}`)];
  const waits = warn('finding', `${finding.id} was accepted and is mended by ${finding.task}`, `guildhall why ${finding.task}`);
  return [...behind.filter((each) => !each.ok), waits, ...behind.filter((each) => each.ok)];
};

function explainMissingTask(finding: Finding, now: number): FindingView {
  const since = now - (finding.history.at(-1)?.at ?? finding.reportedAt);
  if (since > missedMs) return bad('finding', `${finding.id} was accepted ${span(since)} ago, and no task was made to mend it`, 'guildhall doctor');
  return warn('finding', `${finding.id} was accepted; the task that mends it is about to be made`);
}

const explainRemediated: Explain = async (deps, finding, asking) => {
  const pending = finding.revalidation.filter(({ verdict }) => verdict === 'pending').map(({ role }) => role);
  const [first = 'validator'] = pending;
  const plan = await deps.roles.readPlan(finding.plan);
  const behind = plan === undefined ? [] : await whyRole(deps, plan, first, asking);
  const hindrances = behind.filter(({ ok: isFine, subject }) => !isFine && subject !== 'run');
  return [
    ...hindrances.slice(0, 1),
    warn(
      'finding',
      `${finding.id} is mended, and ${pending.join(', ')} must look at it again`,
      `guildhall findings revalidate ${finding.id} TEXT --passed --role ${shellWord(first)}`,
    ),
  ];
};

const explanations: Readonly<Record<FindingStatus, Explain>> = {
  reported: explainReported,
  asked: async (_deps, { id, reportedBy, history }) => [
    warn('finding', `${id} waits for ${reportedBy} to answer: ${history.at(-1)?.text ?? ''}`, `guildhall findings answer ${id} TEXT`),
  ],
  accepted: explainAccepted,
  remediated: explainRemediated,
  deferred: async (_deps, { id, history }) => [
    warn('finding', `${id} was put off: ${history.at(-1)?.text ?? 'nobody said why'}`, `guildhall findings accept ${id}`),
  ],
  rejected: async (_deps, { id, history }) => [ok('finding', `${id} was rejected: ${history.at(-1)?.text ?? 'nobody said why'}`)],
  closed: async (_deps, { id }) => [ok('finding', `${id} is closed: it was mended, and everybody who had to looked again`)],
};
