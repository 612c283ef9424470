/** Why a schedule does not fire, or came to nothing. */
import { span } from '@guildhall/board';
import { type FindingView, type OccurrenceView, shellWord } from '@guildhall/protocol';
import type { Schedule } from '@guildhall/schedules';
import { bad, ok, warn } from '../finding-words.ts';
import { missedMs, type Asking, type WorkHealthDeps } from './situation.ts';

export async function whySchedule(deps: WorkHealthDeps, schedule: Schedule, asking: Asking): Promise<readonly FindingView[]> {
  const hindrance = hindranceOf(schedule, deps.clock.now()) ?? (await targetHindrance(deps, schedule));
  const newest = schedule.occurrences[0];
  const last = newest === undefined ? [] : await explainOccurrence(schedule, newest, asking);
  const next = schedule.nextAt === null || schedule.status !== 'active' ? [] : [ok('schedule', `${schedule.name} is due next in ${untilNext(deps, schedule)}`)];
  return [...(hindrance === undefined ? [] : [hindrance]), ...last.filter((each) => !each.ok), ...next, ...last.filter((each) => each.ok)];
}

function untilNext(deps: WorkHealthDeps, { nextAt }: Schedule): string {
  return span((nextAt ?? 0) - deps.clock.now());
}

/** What keeps the schedule itself from firing. Paused by failures is worse than paused by a person. */
export function hindranceOf(schedule: Schedule, now: number): FindingView | undefined {
  const { name, status, reason, failures, nextAt, jitterMs } = schedule;
  const resume = `guildhall schedules resume ${name}`;
  if (status === 'ended') return ok('schedule', `${name} has ended${reason === '' ? '' : `: ${reason}`}`);
  if (status === 'paused' && failures > 0) return bad('schedule', `${name} was paused after ${failures} failures in a row: ${reason}`, resume);
  if (status === 'paused') return warn('schedule', `${name} is paused${reason === '' ? '' : `: ${reason}`}`, resume);
  if (nextAt !== null && now - nextAt - jitterMs > missedMs)
    return bad('schedule', `${name} was due ${span(now - nextAt - jitterMs)} ago, and nothing fired it`, `guildhall schedules run ${name}`);
  return undefined;
}

/** Who is to do it may not be there. */
export async function targetHindrance(deps: WorkHealthDeps, { name, target }: Schedule): Promise<FindingView | undefined> {
  if (target.kind === 'agent') {
    if (deps.hasAgent(target.agent)) return undefined;
    return bad('schedule', `${name} is for the agent ${target.agent}, which is not configured`, 'guildhall agents list');
  }
  const resolved = deps.catalogue().resolve(target.role);
  if (!resolved.ok) return bad('schedule', `${name} is for a role there is none of: ${resolved.refusal.message}`, 'guildhall roles list');
  const plan = await deps.roles.readPlan(target.plan);
  if (plan === undefined)
    return bad('schedule', `${name} is for the plan ${target.plan}, which there is none of`, `guildhall plans create ${shellWord(target.plan)}`);
  if (plan.status === 'completed')
    return bad('schedule', `${name} is for the plan ${plan.id}, which was completed`, `guildhall plans reopen ${shellWord(plan.id)} --reason TEXT`);
  const { role } = resolved.value;
  const session = await deps.roles.readRole(plan.id, role);
  if (session?.status !== 'retired') return undefined;
  const remedy = `guildhall roles reopen --plan ${shellWord(plan.id)} --role ${shellWord(role)} --reason TEXT`;
  return bad('schedule', `${name} is for the ${role} of ${plan.id}, which was retired: ${session.retiredReason ?? 'nobody said why'}`, remedy);
}

async function explainOccurrence({ name }: Schedule, { status, reason, turnId, dueAt }: OccurrenceView, asking: Asking): Promise<readonly FindingView[]> {
  const when = new Date(dueAt).toISOString();
  if (status === 'failed')
    return [
      bad('occurrence', `what ${name} began for ${when} failed: ${reason}`, turnId === null ? `guildhall schedules run ${name}` : `guildhall why ${turnId}`),
    ];
  if (status === 'fired' && turnId !== null) return asking.whyTurn(turnId);
  return [ok('occurrence', status === 'skipped' ? `${when} was passed over: ${reason}` : `what ${name} began for ${when} ${status}`)];
}
