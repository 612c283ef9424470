/** A finding waits for the Lead: once the run that reported it has ended, or it was mended, the Lead's role session is told, once for each step it went. What becomes of it the Lead decides. */
import { deriveProvenance } from '@guildhall/authority';
import { type Clock, type Ids, failpoint } from '@guildhall/kernel';
import { type Settled, done } from '@guildhall/protocol';
import type { Finding, RoleStore } from '@guildhall/roles';
import { envelope, type SessionRunner, type SessionStore } from '@guildhall/sessions';
import type { JournalTail } from '../journal-tail.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { roleSessionKey, rolePlatform } from '../roles/role-place.ts';
import { withRoleTools } from '../roles/role-turn-policy.ts';
import { repeatOn, type Repeating } from './repeat.ts';

export interface DeliverDeps {
  readonly store: RoleStore;
  readonly sessions: SessionStore;
  readonly roles: () => Roles;
  readonly runner: () => SessionRunner;
  readonly maxQueued: () => number;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly onFault: (error: unknown) => void;
}

const everyMs = 1000;
const atOnce = 200;
const hints = ['finding.reported', 'finding.answered', 'finding.remediated', 'finding.returned', 'role.finished', 'role.reopened'] as const;

export function findingReachesLead(deps: DeliverDeps): Repeating {
  return repeatOn(deps, { events: hints, everyMs }, async () => {
    for (const finding of await deps.store.findingsToDeliver(atOnce)) await tellLead(deps, finding).catch(deps.onFault);
  });
}

/** The message is known by the finding and its step, so that telling again finds the turn there is. A Lead that is retired is told when it is there again. */
async function tellLead(deps: DeliverDeps, finding: Finding): Promise<void> {
  const told = await openTurn(deps, finding);
  if (!told.ok) return;
  await deps.store.markDelivered([finding], told.value);
  await failpoint('finding.after-deliver');
}

async function openTurn(deps: DeliverDeps, finding: Finding): Promise<Settled<string>> {
  const place = { plan: finding.plan, role: 'lead' };
  const filledBy = deps.roles().fillerOf('lead');
  const agent = filledBy.kind === 'agent' ? filledBy.agent : null;
  const sessionKey = roleSessionKey(place);
  const opened = await deps.store.openRole({ ...place, sessionKey, agent }, 'daemon');
  if (!opened.ok) return opened;
  // A person who is the Lead looks at the list of findings.
  if (agent === null || opened.value.session.agent === null) return done('');
  const actor = finding.reportedBy === 'operator' ? 'operator' : `role:${finding.plan}/${finding.reportedBy}`;
  const budgets = [`agent:${agent}`, `plan:${finding.plan}`];
  const derived = deriveProvenance(finding.provenance, { hop: { via: 'role', actor, ref: finding.id }, agent, trust: 'peer', budgets });
  await failpoint('finding.before-deliver');
  const accepted = await deps.sessions.acceptMessage({
    message: {
      platform: rolePlatform,
      account: 'lead',
      chat: finding.plan,
      chatType: 'thread',
      thread: 'lead',
      messageId: `${finding.id}.${finding.step}`,
      text: findingText(finding),
    },
    from: actor,
    sessionKey,
    agent,
    turnId: deps.ids.next('turn'),
    provenance: { ...derived, layers: withRoleTools(derived.layers, 'lead', deps.roles().chart.reportsOf('lead').length > 0) },
    busy: 'queue',
    maxQueued: deps.maxQueued(),
    route: { rule: `the finding ${finding.id} waits for the Lead` },
  });
  if (!accepted.ok) return accepted;
  deps.runner().wake(sessionKey);
  return done(accepted.value.turnId);
}

function findingText({ id, title, severity, description, evidence, status, reportedBy, history, revalidation, task }: Finding): string {
  const words = [
    `${title} [${severity}]`,
    description,
    ...evidence.map(({ what, ref }) => `- ${what}${ref === '' ? '' : ` (${ref})`}`),
    ...history.filter(({ text }) => text !== '').map(({ by, verb, text }) => `${by} ${verb}: ${text}`),
  ];
  const data = envelope(`finding ${id}`, words.filter((line) => line !== '').join('\n'));
  if (status !== 'remediated')
    return `The ${reportedBy} reported the finding ${id}. It waits for you: decide about it with dispose_finding (accept, reject, defer or ask).\n\n${data}`;
  const looks = revalidation.map(({ role }) => role).join(', ');
  return `The finding ${id} was mended${task === null ? '' : ` by the task ${task}`}. It is closed when it was looked at again by: ${looks}. Ask that of them with invoke_role.\n\n${data}`;
}
