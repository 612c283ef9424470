/**
 * The gate of completion: what keeps a plan from being completed, each with an id that stays the same while it blocks for the same reason, and a command that helps. What is waived is taken upon
 * somebody by name; what nobody may waive is work that is not over and findings nobody has decided about.
 */
import { done, refuse, type BlockerKind, type BlockerView, type FindingStatus, type Settled, shellWord } from '@guildhall/protocol';
import { waivable, type Phase, type PlanFacts } from './plan.ts';

type RunFacts = PlanFacts['runs'][number];
type FindingFacts = PlanFacts['findings'][number];

/** In the order of runs, phases, findings and tasks; without those that are waived and may be. */
export function blockersOf(facts: PlanFacts, waivers: readonly { readonly blocker: string }[]): readonly BlockerView[] {
  const plan = shellWord(facts.plan.id);
  const waived = new Set(waivers.map(({ blocker }) => blocker));
  const all = [
    ...facts.runs.flatMap((run) => runBlockers(run, plan)),
    ...facts.plan.phases.flatMap((phase) => phaseBlockers(phase, facts.runs, plan)),
    ...facts.findings.flatMap((finding) => findingBlockers(finding, plan)),
    ...facts.tasks
      .filter(isOpen)
      .map(({ id, title, status }) =>
        toBlocker('task-open', id, `the task ${id} (${quoted(title)}), which mends a finding, is ${status}`, `guildhall kanban show ${id}`),
      ),
  ];
  return all.filter(({ id, waivable: mayBeWaived }) => !(mayBeWaived && waived.has(id)));
}

interface Waived {
  readonly blocker: BlockerView;
  readonly reason: string;
}

/**
 * What each waiver takes upon whoever gives it, once. `not-found` for what does not block, `not-allowed` for what nobody may waive, `invalid-input` without a reason.
 */
export function judgeWaivers(facts: PlanFacts, waivers: readonly { readonly blocker: string; readonly reason: string }[]): Settled<readonly Waived[]> {
  const plan = facts.plan.id;
  const blocking = new Map(blockersOf(facts, []).map((each) => [each.id, each]));
  const judged = new Map<string, Waived>();
  for (const { blocker: id, reason } of waivers) {
    const blocker = blocking.get(id);
    if (blocker === undefined)
      return refuse('not-found', `"${id}" does not block the plan "${plan}"; what does is listed by: guildhall plans show ${shellWord(plan)}`, {
        plan,
        blocker: id,
      });
    if (!blocker.waivable) return refuse('not-allowed', `nobody can waive "${id}": ${blocker.message}; try: ${blocker.remedy}`, { plan, blocker: id });
    if (reason.trim() === '')
      return refuse('invalid-input', `a waiver of "${id}" needs a reason; say why the plan is complete without it`, { plan, blocker: id });
    judged.set(id, { blocker, reason });
  }
  return done([...judged.values()]);
}

function toBlocker(kind: BlockerKind, subject: string, message: string, remedy: string): BlockerView {
  return { id: `${kind}:${subject}`, kind, subject, message, remedy, waivable: waivable[kind] };
}

function runBlockers(run: RunFacts, plan: string): readonly BlockerView[] {
  const show = `guildhall roles show --plan ${plan} --role ${run.role}`;
  const answer = `guildhall roles answer ${run.id} "what you did" --plan ${plan}`;
  if (run.status === 'waiting-for-person') return [toBlocker('run-open', run.id, `the run ${run.id} waits for the person who is the ${run.role}`, answer)];
  if (run.status !== 'finished') return [toBlocker('run-open', run.id, `the run ${run.id} of the ${run.role} is ${run.status}`, show)];
  // What somebody called off claims nothing; whether it was needed, the phases say.
  if (run.superseded || run.outcome === 'cancelled') return [];
  const again = `guildhall roles invoke --plan ${plan} --role ${run.role}${run.phase === null ? '' : ` --phase ${shellWord(run.phase)}`} TASK`;
  return [
    ...(run.outcome === 'succeeded'
      ? []
      : [toBlocker('run-unproven', run.id, `the run ${run.id} of the ${run.role} ended ${run.outcome ?? 'unjudged'}`, again)]),
    ...(run.compliance === 'missing'
      ? [toBlocker('skills-missing', run.id, `the run ${run.id} of the ${run.role} went without skills that policy requires`, again)]
      : []),
  ];
}

function phaseBlockers({ name, roles }: Phase, runs: readonly RunFacts[], plan: string): readonly BlockerView[] {
  const missing = roles.filter((role) => !runs.some((run) => run.role === role && run.phase === name && run.outcome === 'succeeded'));
  const [first] = missing;
  if (first === undefined) return [];
  const message = `the phase ${quoted(name)} has no successful run of the ${missing.join(', ')}`;
  return [toBlocker('phase-open', name, message, `guildhall roles invoke --plan ${plan} --role ${first} --phase ${shellWord(name)} TASK`)];
}

function findingBlockers(finding: FindingFacts, plan: string): readonly BlockerView[] {
  const kind = blockerOfFinding[finding.status];
  if (kind === null) return [];
  const { id, pending, task } = finding;
  const what = `the finding ${id} (${quoted(finding.title)})`;
  switch (kind) {
    case 'finding-undecided':
      return [toBlocker(kind, id, `${what} is ${finding.status}, and the Lead has not decided about it`, `guildhall findings accept ${id}`)];
    case 'finding-deferred':
      return [toBlocker(kind, id, `${what} was put off; accept it, or waive it`, `guildhall plans complete ${plan} --waive ${kind}:${id} --reason TEXT`)];
    case 'finding-not-remediated':
      return [toBlocker(kind, id, `${what} was accepted and is not mended`, task === null ? `guildhall findings show ${id}` : `guildhall kanban show ${task}`)];
    case 'finding-not-revalidated': {
      const [role = 'validator'] = pending;
      const look = `guildhall roles invoke --plan ${plan} --role ${role} ${shellWord(`Look at the finding ${id} again`)}`;
      return [toBlocker(kind, id, `${what} is mended, and ${pending.join(', ')} must look at it again`, look)];
    }
    default:
      return kind satisfies never;
  }
}

const blockerOfFinding = {
  reported: 'finding-undecided',
  asked: 'finding-undecided',
  accepted: 'finding-not-remediated',
  remediated: 'finding-not-revalidated',
  deferred: 'finding-deferred',
  rejected: null,
  closed: null,
} as const satisfies Record<FindingStatus, BlockerKind | null>;

function isOpen({ status }: PlanFacts['tasks'][number]): boolean {
  return status !== 'done' && status !== 'archived';
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}
