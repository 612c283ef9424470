/** What the doctor says of plans, roles, findings, skills, schedules and handoffs. */
import { span } from '@guildhall/board';
import { type FindingView, shellWord } from '@guildhall/protocol';
import { bad, warn } from '../finding-words.ts';
import { examineHandoffs } from './examine-handoffs.ts';
import { unfilledRole } from './why-role.ts';
import { hindranceOf, targetHindrance } from './why-schedule.ts';
import { missedMs, type WorkHealthDeps } from './situation.ts';

/** Of one kind; more are counted, not named. */
const mostNamed = 20;
const mostRead = 500;

export async function examineWork(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const findings = await Promise.all([
    examineRuns(deps),
    examineRoles(deps),
    examineFindings(deps),
    examineSkills(deps),
    examinePolicy(deps),
    examineSchedules(deps),
    examineHandoffs(deps).then((found) => named('handoffs', found, 'guildhall handoffs list --open')),
  ]);
  return findings.flat();
}

async function examineRuns(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const now = deps.clock.now();
  const [waiting, running, queued] = await Promise.all(
    (['waiting-for-person', 'running', 'queued'] as const).map((status) => deps.roles.listRuns({ status, limit: mostRead })),
  );
  const people = (waiting ?? []).map(({ id, plan, role, createdAt }) =>
    warn('roles', `${id} has waited ${span(now - createdAt)} for the person who is the ${role} of ${plan}`, `guildhall roles answer ${id} TEXT`),
  );
  const forgotten: FindingView[] = [];
  for (const { id, role, plan, turnId, hostTurn } of [...(running ?? []), ...(queued ?? [])]) {
    const turn = await deps.readTurn(turnId ?? hostTurn ?? '');
    if (turn?.endedAt !== undefined && now - turn.endedAt > missedMs)
      forgotten.push(
        bad('roles', `nobody has judged the run ${id} of the ${role} of ${plan}, whose turn ended ${span(now - turn.endedAt)} ago`, `guildhall why ${id}`),
      );
  }
  return named('roles', [...forgotten, ...people], 'guildhall plans list --status open');
}

async function examineRoles(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const sessions = await deps.roles.listRoles({ limit: mostRead });
  const unfilled = sessions
    .filter(({ status }) => status === 'open')
    .flatMap((session) => {
      const finding = unfilledRole(deps, session);
      return finding === undefined ? [] : [{ ...finding, subject: 'roles' }];
    });
  return named('roles', unfilled, 'guildhall roles list');
}

async function examineFindings(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const [reported, asked, accepted] = await Promise.all(
    (['reported', 'asked', 'accepted'] as const).map((status) => deps.roles.listFindings({ status, limit: mostRead })),
  );
  const now = deps.clock.now();
  const undecided = (reported ?? []).map(({ id, plan, title, severity, reportedAt }) =>
    warn('findings', `${id} of ${plan} (${severity}: ${title}) has waited ${span(now - reportedAt)} for the Lead`, `guildhall why ${id}`),
  );
  const open = (asked ?? []).map(({ id, plan, reportedBy }) =>
    warn('findings', `${id} of ${plan} waits for ${reportedBy} to answer a question`, `guildhall findings show ${id}`),
  );
  const taskless = (accepted ?? [])
    .filter(({ task, history, reportedAt }) => task === null && now - (history.at(-1)?.at ?? reportedAt) > missedMs)
    .map(({ id, plan }) => bad('findings', `${id} of ${plan} was accepted, and no task was made to mend it`, `guildhall why ${id}`));
  return named('findings', [...taskless, ...undecided, ...open], 'guildhall findings list --status reported');
}

async function examineSkills(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const [quarantined, staged] = await Promise.all([deps.skills.listSkills({ status: 'quarantined' }), deps.skills.listSkills({ status: 'staged' })]);
  const held = quarantined.map(({ name, scope, reason }) =>
    warn('skills', `${name} (${scope}) is quarantined and nobody loads it: ${reason}`, `guildhall skills show ${name} --scope ${scope}`),
  );
  const unread = staged.map(({ name, scope }) =>
    warn('skills', `${name} (${scope}) was installed and waits for you to approve it`, `guildhall skills show ${name}`),
  );
  return named('skills', [...held, ...unread], 'guildhall skills list');
}

/** Skills that policy requires of a role and that nobody can load. */
async function examinePolicy(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const inForce = await deps.skills.policyInForce();
  if (inForce === undefined) return [];
  const approved = new Set((await deps.skills.listSkills({ status: 'approved' })).map(({ name }) => name));
  const missing = [...inForce.policy].flatMap(([role, { required, blocking }]) =>
    required
      .filter((skill) => !approved.has(skill))
      .map((skill) => {
        const effect = blocking ? 'it does not work without' : 'everything it leaves behind is marked';
        const message = `policy ${inForce.rev} requires ${skill} of the ${role}, which nobody approved; ${effect}`;
        return blocking ? bad('skill policy', message, `guildhall skills show ${skill}`) : warn('skill policy', message, `guildhall skills show ${skill}`);
      }),
  );
  return named('skill policy', missing, 'guildhall skills policy show');
}

async function examineSchedules(deps: WorkHealthDeps): Promise<readonly FindingView[]> {
  const all = await deps.schedules.listSchedules();
  const now = deps.clock.now();
  const found: FindingView[] = [];
  for (const schedule of all) {
    if (schedule.status === 'ended') continue;
    const hindrance = hindranceOf(schedule, now) ?? (await targetHindrance(deps, schedule));
    if (hindrance !== undefined) found.push({ ...hindrance, subject: 'schedules' });
    else if (schedule.failures > 0)
      found.push(warn('schedules', `${schedule.name} failed ${schedule.failures} times in a row`, `guildhall why ${shellWord(schedule.name)}`));
  }
  return named('schedules', found, 'guildhall schedules list');
}

/** The worst by name, the rest by number; a subject that nothing is wrong with says nothing. */
function named(subject: string, findings: readonly FindingView[], list: string): readonly FindingView[] {
  const worst = [...findings.filter(({ level }) => level === 'problem'), ...findings.filter(({ level }) => level !== 'problem')];
  const rest = worst.length - mostNamed;
  if (rest > 0) return [...worst.slice(0, mostNamed), warn(subject, `and ${rest} more`, list)];
  return worst;
}
