/** A schedule whose time has come becomes a message, on one daemon of all that run. The nearest due time is waited for; a new schedule and a look now and then see to the rest. */
import { type Clock, failpoint } from '@guildhall/kernel';
import type { OccurrenceView, Settled } from '@guildhall/protocol';
import { fireTime, nextDue, planDue, type Schedule } from '@guildhall/schedules';
import type { Store } from '@guildhall/store';
import type { JournalTail } from '../journal-tail.ts';
import { scheduledMessage, type ScheduledWorkDeps } from '../schedules/scheduled-message.ts';
import { repeat, type Repeating } from './repeat.ts';

export interface FiringDeps extends ScheduledWorkDeps {
  readonly store: Store['schedules'];
  readonly wake: (sessionKey: string) => void;
}

/** Failures in a row that pause a schedule. */
export const pauseAfter = 5;

/** A clock that was set, or a hint that got lost, costs at most this long. */
const longestRestMs = 15_000;
const shortestRestMs = 20;
const againMs = 1000;
/** More than there can be. */
const mostAtOnce = 2000;

export function dueScheduleOpensTurn(
  deps: FiringDeps & { readonly tail: Pick<JournalTail, 'on'>; readonly clock: Clock; readonly onFault: (error: unknown) => void },
): Repeating {
  let restMs = longestRestMs;
  let hurry = new AbortController();
  const stopListening = deps.tail.on(['schedule.created', 'schedule.resumed'], () => hurry.abort());
  const pace: Clock = {
    ...deps.clock,
    sleep: (_ms, signal) => deps.clock.sleep(restMs, AbortSignal.any([hurry.signal, ...(signal === undefined ? [] : [signal])])),
  };
  const round = async () => {
    hurry = new AbortController();
    restMs = longestRestMs;
    const due = await deps.store.dueSchedules(deps.clock.now() + longestRestMs, mostAtOnce);
    const next: number[] = [];
    for (const schedule of due) next.push(await fireDue(deps, schedule, deps.clock.now()).catch(tellFault(deps.onFault)));
    restMs = Math.max(shortestRestMs, Math.min(longestRestMs, ...next.map((at) => at - deps.clock.now())));
  };
  const firing = repeat(pace, longestRestMs, round, deps.onFault);
  return {
    async stop() {
      stopListening();
      hurry.abort();
      await firing.stop();
    },
  };
}

/** One schedule that cannot be fired keeps no other from it. */
function tellFault(onFault: (error: unknown) => void): (error: unknown) => number {
  return (error) => {
    onFault(error);
    return Number.POSITIVE_INFINITY;
  };
}

/** Fires what has come of one schedule; when it will fire again. */
async function fireDue(deps: FiringDeps, schedule: Schedule, now: number): Promise<number> {
  const { name, nextAt, when } = schedule;
  const plan = planDue(schedule, now);
  const [first] = plan.fire;
  if (plan.skip !== null && nextAt !== null) {
    const skipped = await deps.store.skipOccurrences(name, { ...plan.skip, from: nextAt, nextAt: first ?? plan.nextAt });
    if (!skipped.ok) return now + againMs;
  }
  for (const dueAt of plan.fire) {
    const fired = await fireOne(deps, schedule, { dueAt, nextAt: nextDue(when, dueAt), askedBy: null });
    // Another daemon was first, or it was paused or removed meanwhile: the next look sees where it stands.
    if (!fired.ok) return now + againMs;
  }
  return plan.nextAt === null ? Number.POSITIVE_INFINITY : fireTime(schedule, plan.nextAt);
}

/** One occurrence, whoever asks for it. */
export async function fireOne(
  deps: FiringDeps,
  schedule: Schedule,
  due: { readonly dueAt: number; readonly nextAt: number | null; readonly askedBy: string | null },
): Promise<Settled<OccurrenceView>> {
  const message = await scheduledMessage(deps, schedule, due.dueAt);
  await failpoint('schedule.before-fire');
  const fired = await deps.store.fireOccurrence(schedule.name, { ...due, message, pauseAfter });
  await failpoint('schedule.after-fire');
  if (fired.ok && fired.value.turnId !== null) deps.wake(message.sessionKey);
  return fired;
}
