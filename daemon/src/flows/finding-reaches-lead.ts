/** A finding waits for the Lead: once the run that reported it has ended, or it was mended, the Lead's role session is told, once for each step it went, and at once of what one turn reported. What becomes of it the Lead decides. */
import { checkChain, deriveProvenance } from '@guildhall/authority';
import { type Clock, type Ids, failpoint, sha256 } from '@guildhall/kernel';
import { type Settled, done } from '@guildhall/protocol';
import type { Finding, RoleStore } from '@guildhall/roles';
import { envelope, type SessionRunner, type SessionStore } from '@guildhall/sessions';
import type { JournalTail } from '../journal-tail.ts';
import { openFilledRole } from '../roles/open-filled-role.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import { roleName, rolePlatform } from '../roles/role-place.ts';
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
/** Of one message; in characters below. */
const mostTogether = 25;
const mostOfOne = 20_000;
const mostOfMessage = 60_000;
const hints = ['finding.reported', 'finding.answered', 'finding.remediated', 'finding.returned', 'role.finished', 'role.reopened'] as const;

type Together = readonly [Finding, ...Finding[]];

export function findingReachesLead(deps: DeliverDeps): Repeating {
  return repeatOn(deps, { events: hints, everyMs }, async () => {
    const full = new Set<string>();
    for (const together of toldTogether(await deps.store.findingsToDeliver(atOnce))) {
      const [{ plan }] = together;
      if (full.has(plan)) continue;
      const isTold = await tellLead(deps, together).catch(deps.onFault);
      if (isTold === false) full.add(plan);
    }
  });
}

/** What one turn reported is one thing to decide about, in as few turns of the Lead as a context can hold. Every other step of a finding is told by itself. */
function toldTogether(findings: readonly Finding[]): readonly Together[] {
  const groups = Map.groupBy(findings, ({ plan, turnId, status, step, id }) =>
    JSON.stringify(turnId !== null && status === 'reported' && step === 1 ? [plan, turnId] : [id]),
  );
  return [...groups.values()].flatMap(parted);
}

function parted(findings: readonly Finding[]): readonly Together[] {
  const parts: [Finding, ...Finding[]][] = [];
  let length = 0;
  for (const finding of findings) {
    const part = parts.at(-1);
    length += dataOf(finding).length;
    if (part !== undefined && part.length < mostTogether && length <= mostOfMessage) {
      part.push(finding);
      continue;
    }
    parts.push([finding]);
    length = dataOf(finding).length;
  }
  return parts;
}

/** The message is known by what it tells and at which step that is, so that telling again finds the turn there is. False for a Lead that takes no more now: it is told another time. */
async function tellLead(deps: DeliverDeps, together: Together): Promise<boolean> {
  const told = await openTurn(deps, together);
  if (!told.ok) return false;
  await deps.store.markDelivered(together, told.value);
  await failpoint('finding.after-deliver');
  return true;
}

function messageIdOf([first, ...others]: Together): string {
  const own = `${first.id}.${first.step}`;
  return others.length === 0 ? own : `${own}+${sha256(others.map(({ id }) => id).join(' ')).slice(0, 16)}`;
}

async function openTurn(deps: DeliverDeps, together: Together): Promise<Settled<string>> {
  const [finding] = together;
  const place = { plan: finding.plan, role: 'lead' };
  const opened = await openFilledRole(deps, place, 'daemon');
  if (!opened.ok) return opened;
  const { agent, sessionKey } = opened.value;
  // A person who is the Lead looks at the list of findings.
  if (agent === null) return done('');
  const actor = finding.reportedBy === 'operator' ? 'operator' : roleName({ plan: finding.plan, role: finding.reportedBy });
  const budgets = [`agent:${agent}`, `plan:${finding.plan}`];
  const derived = deriveProvenance(finding.provenance, { hop: { via: 'role', actor, ref: finding.id }, agent, role: roleName(place), trust: 'peer', budgets });
  await failpoint('finding.before-deliver');
  const accepted = await deps.sessions.acceptMessage({
    message: {
      platform: rolePlatform,
      account: 'lead',
      chat: finding.plan,
      chatType: 'thread',
      thread: 'lead',
      messageId: messageIdOf(together),
      text: together.length === 1 ? findingText(finding) : findingsText(together),
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
  // No turn begins in a chain that was called off or is too long: people look at the list then too, and `why` says it.
  if (!accepted.ok) return accepted.refusal.details?.['handoff'] !== undefined || !checkChain(derived).ok ? done('') : accepted;
  deps.runner().wake(sessionKey);
  return done(accepted.value.turnId);
}

function findingsText(together: Together): string {
  const reporter = together[0].reportedBy;
  const begin = `The ${reporter} reported ${together.length} findings. They wait for you: decide about each with dispose_finding (accept, reject, defer or ask).`;
  return [begin, ...together.map(dataOf)].join('\n\n');
}

function dataOf({ id, title, severity, description, evidence, history }: Finding): string {
  const words = [
    `${title} [${severity}]`,
    description,
    ...evidence.map(({ what, ref }) => `- ${what}${ref === '' ? '' : ` (${ref})`}`),
    ...history.filter(({ text }) => text !== '').map(({ by, verb, text }) => `${by} ${verb}: ${text}`),
  ];
  const text = words.filter((line) => line !== '').join('\n');
  const cut =
    text.length > mostOfOne ? `${text.slice(0, mostOfOne).toWellFormed()}\n[cut: ${text.length - mostOfOne} more characters; list_findings has them]` : text;
  return envelope(`finding ${id}`, cut);
}

function findingText(finding: Finding): string {
  const { id, status, reportedBy, revalidation, task } = finding;
  const data = dataOf(finding);
  if (status !== 'remediated')
    return `The ${reportedBy} reported the finding ${id}. It waits for you: decide about it with dispose_finding (accept, reject, defer or ask).\n\n${data}`;
  const looks = revalidation.map(({ role }) => role).join(', ');
  return `The finding ${id} was mended${task === null ? '' : ` by the task ${task}`}. It is closed when it was looked at again by: ${looks}. Ask that of them with invoke_role.\n\n${data}`;
}
