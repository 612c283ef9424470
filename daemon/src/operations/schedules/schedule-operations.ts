/** Schedules: made, paused, removed and run by a person; read by everybody. */
import { isOperator, type Credential } from '@guildhall/authority';
import type { Clock } from '@guildhall/kernel';
import { type ScheduleRequest, type ScheduleTarget, type ScheduleTime, type ScheduleView, type Settled, done, refuse } from '@guildhall/protocol';
import type { RoleStore } from '@guildhall/roles';
import { checkJitter, dueAfter, firstDue, says, type Schedule } from '@guildhall/schedules';
import { type FiringDeps, fireOne } from '../../flows/due-schedule-opens-turn.ts';
import type { ScheduleOperations } from '../../schedule-operations.ts';
import { actorOf } from '../messages.ts';

interface ScheduleDeps extends FiringDeps {
  readonly clock: Clock;
  readonly isDraining: () => boolean;
  readonly agents: () => readonly string[];
  /** Platforms that something can be sent to. */
  readonly platforms: () => readonly string[];
  readonly plans: Pick<RoleStore, 'readPlan'>;
  /** Where expressions that name no time zone are read. */
  readonly timezone: string;
}

/** The millisecond may be taken. */
const mostTries = 5;

export function scheduleOperations(deps: ScheduleDeps): ScheduleOperations {
  const { store, clock } = deps;
  return {
    async listSchedules() {
      return (await store.listSchedules()).map(viewSchedule);
    },
    readSchedule: (name) => withSchedule(deps, name, async (schedule) => done(viewSchedule(schedule))),
    createSchedule: (request, by) => asOperator(by, 'make a schedule', () => createSchedule(deps, request, actorOf(by))),
    pauseSchedule: (name, reason, by) =>
      asOperator(by, 'pause a schedule', async () => viewed(await store.pauseSchedule(name, reason.trim() || `paused by ${actorOf(by)}`, actorOf(by)))),
    resumeSchedule: (name, by) =>
      asOperator(by, 'resume a schedule', () =>
        withSchedule(deps, name, async (schedule) => viewed(await store.resumeSchedule(name, resumesAt(schedule, clock.now()), actorOf(by)))),
      ),
    removeSchedule: (name, by) => asOperator(by, 'remove a schedule', async () => viewed(await store.removeSchedule(name, actorOf(by)))),
    runSchedule: (name, by) =>
      asOperator(by, 'run a schedule', () =>
        withSchedule(deps, name, async (schedule) => {
          if (deps.isDraining()) return refuse('draining', 'the daemon is stopping and begins no new work; run it again in a moment');
          const run = (later: number) => fireOne(deps, schedule, { dueAt: clock.now() + later, nextAt: schedule.nextAt, askedBy: actorOf(by) });
          let ran = await run(0);
          for (let tried = 1; tried < mostTries && !ran.ok && ran.refusal.code === 'already-exists'; tried += 1) ran = await run(tried);
          return ran;
        }),
      ),
  };
}

async function createSchedule(deps: ScheduleDeps, request: ScheduleRequest, actor: string): Promise<Settled<ScheduleView>> {
  const { name, prompt, deliverTo = null, catchUp = 'one', jitterMs = 0 } = request;
  const when = inZone(request.when, deps.timezone);
  const first = firstDue(when, deps.clock.now());
  if (!first.ok) return first;
  const jitter = checkJitter(when, jitterMs, first.value);
  if (!jitter.ok) return jitter;
  const target = await findTarget(deps, request.target);
  if (!target.ok) return target;
  if (deliverTo !== null && !deps.platforms().includes(deliverTo.platform)) return noChannel(deliverTo.platform, deps.platforms());
  return viewed(
    await deps.store.createSchedule({ name, when, target: target.value, prompt, deliverTo, catchUp, jitterMs, nextAt: first.value, createdBy: actor }),
  );
}

/** Kept with the schedule, so that it means the same on a daemon elsewhere. */
function inZone(when: ScheduleTime, timezone: string): ScheduleTime {
  return when.kind === 'cron' ? { ...when, timezone: when.timezone ?? timezone } : when;
}

/** As it is kept: a role by its canonical name. */
async function findTarget(deps: ScheduleDeps, target: ScheduleTarget): Promise<Settled<ScheduleTarget>> {
  if (target.kind === 'agent')
    return deps.hasAgent(target.agent)
      ? done(target)
      : refuse('not-found', `there is no agent "${target.agent.slice(0, 64)}"; there are: ${deps.agents().join(', ')}`);
  const role = deps.roles().resolve(target.role);
  if (!role.ok) return role;
  const plan = await deps.plans.readPlan(target.plan);
  if (plan === undefined) return refuse('not-found', `there is no plan "${target.plan.slice(0, 200)}"; list them with: guildhall plans list`);
  if (plan.status === 'completed')
    return refuse('wrong-state', `the plan "${plan.id}" is completed and takes no work; open it again with: guildhall plans reopen`);
  return done({ kind: 'role', plan: plan.id, role: role.value.role });
}

/** What it missed while it was paused it was meant to miss; what is due only once is still wanted. */
function resumesAt({ when, nextAt }: Schedule, now: number): number | null {
  if (nextAt === null || when.kind === 'in' || when.kind === 'at') return nextAt;
  return dueAfter(when, nextAt, now);
}

function noChannel(platform: string, platforms: readonly string[]): Settled<never> {
  const there = platforms.length === 0 ? 'no channel is configured' : `there are channels for ${platforms.join(', ')}`;
  return refuse(
    'not-available',
    `nothing can be sent to "${platform}": ${there}. Leave out where to deliver and read its session, or configure the channel first`,
  );
}

function viewSchedule(schedule: Schedule): ScheduleView {
  return { ...schedule, says: says(schedule.when), occurrences: [...schedule.occurrences] };
}

function viewed(settled: Settled<Schedule>): Settled<ScheduleView> {
  return settled.ok ? done(viewSchedule(settled.value)) : settled;
}

async function asOperator<T>(by: Credential, what: string, work: () => Promise<Settled<T>>): Promise<Settled<T>> {
  return isOperator(by) ? work() : refuse('not-allowed', `this credential may not ${what}; the operator's credential may`);
}

async function withSchedule<T>(deps: ScheduleDeps, name: string, work: (schedule: Schedule) => Promise<Settled<T>>): Promise<Settled<T>> {
  const schedule = await deps.store.readSchedule(name);
  return schedule === undefined
    ? refuse('not-found', `there is no schedule "${name.slice(0, 80)}"; list them with: guildhall schedules list`, { name })
    : work(schedule);
}
