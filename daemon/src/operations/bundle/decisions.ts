/** What people and the Lead decided in a plan, and why, in the order of time. */
import type { Approval } from '@guildhall/authority';
import type { JournalEvent, PlanBundle } from '@guildhall/protocol';
import type { ExportDeps } from './export-deps.ts';

type Decision = PlanBundle['decisions'][number];
type Sources = Pick<PlanBundle, 'plan' | 'roles' | 'runs' | 'findings'>;

const decided: Readonly<Record<string, string>> = {
  accept: 'accepted',
  reject: 'rejected',
  defer: 'deferred',
  ask: 'asked about',
  pass: 'passed',
  fail: 'sent back',
};
const mostApprovals = 1000;
const sessionsAtOnce = 100;

export async function decisionsOf(
  deps: Pick<ExportDeps, 'skills' | 'approvals'>,
  parts: Sources,
  events: readonly JournalEvent[],
): Promise<readonly Decision[]> {
  const all = [
    ...ofFindings(parts),
    ...ofIncarnations(parts),
    ...parts.plan.waivers.map(({ at, by, blocker, reason }) => ({ at, by, what: `waived ${blocker}`, why: reason })),
    ...events.flatMap(ofPlan),
    ...(await ofPolicies(deps, parts)),
    ...(await ofApprovals(deps, parts)),
  ];
  return all.toSorted((a, b) => a.at - b.at);
}

function ofFindings({ findings }: Sources): readonly Decision[] {
  return findings.flatMap(({ id, title, history }) =>
    history.flatMap(({ at, by, verb, text }) => {
      const what = decided[verb];
      return what === undefined ? [] : [{ at, by, what: `${what} ${id} (${title})`, why: text }];
    }),
  );
}

function ofIncarnations({ roles }: Sources): readonly Decision[] {
  return roles.flatMap(({ role, incarnations }) =>
    incarnations.flatMap(({ number, begunBy, openedAt, openedBy, openedReason, retiredAt, retiredBy, retiredReason }) => {
      const begun = begunBy === 'opened' ? [] : [{ at: openedAt, by: openedBy, what: `${begunBy} ${role} as incarnation ${number}`, why: openedReason }];
      const rotatedAway = incarnations.some((next) => next.number === number + 1 && next.begunBy === 'rotated');
      if (retiredAt === null || rotatedAway) return begun;
      return [...begun, { at: retiredAt, by: retiredBy ?? '', what: `retired ${role}, incarnation ${number}`, why: retiredReason ?? '' }];
    }),
  );
}

function ofPlan({ type, at, actor, data }: JournalEvent): readonly Decision[] {
  if (type !== 'plan.completed' && type !== 'plan.reopened') return [];
  const reason = data?.['reason'];
  return [{ at, by: actor, what: type === 'plan.completed' ? 'completed the plan' : 'reopened the plan', why: typeof reason === 'string' ? reason : '' }];
}

/** Of the revisions of the skill policy that were in force for its runs. */
async function ofPolicies({ skills }: Pick<ExportDeps, 'skills'>, { runs }: Sources): Promise<readonly Decision[]> {
  const revs = new Set(runs.flatMap(({ policyRev }) => (policyRev === null ? [] : [policyRev])));
  const policies = await Promise.all([...revs].map((rev) => skills.readPolicy(rev)));
  return policies.flatMap((policy) =>
    policy === undefined || policy.approvedAt === null
      ? []
      : [{ at: policy.approvedAt, by: policy.approvedBy ?? '', what: `approved revision ${policy.rev} of the skill policy`, why: policy.note }],
  );
}

/** Of actions that asked for a person's yes, in any session of the plan. What exactly was to be done is in the approval, not here. */
async function ofApprovals({ approvals }: Pick<ExportDeps, 'approvals'>, { roles, runs }: Sources): Promise<readonly Decision[]> {
  const sessions = [...new Set([...roles.map(({ sessionKey }) => sessionKey), ...runs.map(({ sessionKey }) => sessionKey)])];
  const found: Approval[] = [];
  for (let from = 0; from < sessions.length; from += sessionsAtOnce)
    found.push(...(await approvals.listApprovals({ sessionKeys: sessions.slice(from, from + sessionsAtOnce), limit: mostApprovals })));
  return found.flatMap(({ id, status, action, answeredAt, answeredBy, answerReason, reason }) =>
    answeredAt === undefined
      ? []
      : [{ at: answeredAt, by: answeredBy ?? '', what: `${status === 'denied' ? 'denied' : 'allowed'} ${action.tool} (${id})`, why: answerReason ?? reason }],
  );
}
