/** What becomes of the due times that have come: which fire and which are passed over. */
import type { Schedule } from './schedule.ts';
import { countDue, fireTime, newestDue, nextDue } from './next-due.ts';

export interface DuePlan {
  /** Oldest first. */
  readonly fire: readonly number[];
  /** All before the first that fires; `dueAt` is the newest of them. A count of `mostCounted` means that many or more. */
  readonly skip: { readonly dueAt: number; readonly count: number; readonly reason: string } | null;
  /** What is due after all of these. */
  readonly nextAt: number | null;
}

/** So late is still on time. */
const graceMs = 60_000;
const mostCaughtUp = 100;
const mostCounted = 1000;

type Planned = Pick<Schedule, 'name' | 'when' | 'catchUp' | 'jitterMs' | 'nextAt'>;

/** Of a schedule whose `nextAt` has come, or not: then there is nothing to do. */
export function planDue(schedule: Planned, now: number): DuePlan {
  const { nextAt, when } = schedule;
  if (nextAt === null || fireTime(schedule, nextAt) > now) return { fire: [], skip: null, nextAt };
  const come = newestDue(when, nextAt, now, mostCaughtUp + 1).filter((dueAt) => fireTime(schedule, dueAt) <= now);
  const fire = chosen(schedule, come, now);
  const newest = come.at(-1) ?? nextAt;
  const following = nextDue(when, newest);
  const until = fire[0] ?? following ?? newest + 1;
  const count = countDue(when, nextAt, until, mostCounted);
  if (count === 0) return { fire, skip: null, nextAt: following };
  const dueAt = come.findLast((due) => due < until) ?? newestDue(when, nextAt, until - 1, 1).at(-1) ?? nextAt;
  return { fire, skip: { dueAt, count, reason: reasons[schedule.catchUp] }, nextAt: following };
}

function chosen({ catchUp, name, jitterMs }: Planned, come: readonly number[], now: number): readonly number[] {
  switch (catchUp) {
    case 'one':
      return come.slice(-1);
    case 'all':
      return come.slice(-mostCaughtUp);
    case 'none':
      return come.filter((dueAt) => fireTime({ name, jitterMs }, dueAt) + graceMs >= now);
    default:
      return catchUp satisfies never;
  }
}

const reasons = {
  one: 'no daemon ran when it was due, and of what was missed only the newest is caught up',
  all: `no daemon ran when it was due, and of what was missed only the newest ${mostCaughtUp} are caught up`,
  none: 'no daemon ran when it was due, and what was missed is not caught up',
} as const;
