/** When a schedule is due. Pure: the same time and instant always give the same answer, on every daemon. */
import { digestOf } from '@guildhall/kernel';
import { done, refuse, type ScheduleTime, type Settled } from '@guildhall/protocol';
import { readCron, type CronTimes } from './cron.ts';
import type { Schedule } from './schedule.ts';

/** The end of the year 9999, the last one that is written with four digits. */
const lastInstant = 253_402_300_799_999;

/** When a new schedule is due first; refused where that is never, or cannot be read. */
export function firstDue(time: ScheduleTime, now: number): Settled<number> {
  if (time.kind === 'at') return checkInstant(time.at, now);
  if (time.kind !== 'cron') return done(now + time.ms);
  const cron = readCron(time.expression, zoneOf(time));
  if (!cron.ok) return cron;
  const first = cron.value.after(now);
  return first === null
    ? refuse('invalid-input', `the cron expression "${time.expression}" never fires: no day there will be fits it. Look at its day and its month`)
    : done(first);
}

function checkInstant(at: number, now: number): Settled<number> {
  if (!Number.isSafeInteger(at) || at > lastInstant)
    return refuse('invalid-input', `${at} is not a time: "at" is milliseconds since 1970, up to the year 9999`);
  if (at <= now) return refuse('invalid-input', `${new Date(Math.max(at, 0)).toISOString()} has passed already, so it would never fire; name a time to come`);
  return done(at);
}

/** The due time that follows one; null where it was the last. */
export function nextDue(time: ScheduleTime, after: number): number | null {
  if (time.kind === 'every') return after + time.ms;
  if (time.kind !== 'cron') return null;
  return cronOf(time).after(after);
}

/** The newest `count` due times from the due time `from` up to `upTo`, oldest first. */
export function newestDue(time: ScheduleTime, from: number, upTo: number, count: number): readonly number[] {
  if (from > upTo) return [];
  if (time.kind === 'cron') {
    const newest = cronOf(time)
      .newest(upTo, count)
      .filter((dueAt) => dueAt > from);
    return newest.length < count ? [from, ...newest] : newest;
  }
  if (time.kind !== 'every') return [from];
  const passed = Math.floor((upTo - from) / time.ms);
  const length = Math.min(passed + 1, count);
  return Array.from({ length }, (_, index) => from + (passed - length + 1 + index) * time.ms);
}

/** How many due times there are from the due time `from` to before `until`; counts no further than `most`. */
export function countDue(time: ScheduleTime, from: number, until: number, most: number): number {
  if (time.kind === 'every') return Math.min(most, Math.max(0, Math.ceil((until - from) / time.ms)));
  let counted = 0;
  for (let dueAt: number | null = from; dueAt !== null && dueAt < until && counted < most; dueAt = nextDue(time, dueAt)) counted += 1;
  return counted;
}

/** The first due time after `now` of a schedule that was next due at `nextAt`; null when there is none. */
export function dueAfter(time: ScheduleTime, nextAt: number, now: number): number | null {
  const newest = newestDue(time, nextAt, now, 1).at(-1);
  return newest === undefined ? nextAt : nextDue(time, newest);
}

/** When an occurrence fires: its due time and a delay drawn from the occurrence itself. */
export function fireTime({ name, jitterMs }: Pick<Schedule, 'name' | 'jitterMs'>, dueAt: number): number {
  if (jitterMs === 0) return dueAt;
  const drawn = Number.parseInt(digestOf([name, dueAt]).slice(0, 12), 16) / 2 ** 48;
  return dueAt + Math.floor(drawn * jitterMs);
}

/** Due times would overtake each other if one could wait longer than the next is away. */
export function checkJitter(time: ScheduleTime, jitterMs: number, first: number): Settled<null> {
  const gaps: number[] = [];
  for (let dueAt = first, looked = 0; looked < 24; looked += 1) {
    const next = nextDue(time, dueAt);
    if (next === null) break;
    gaps.push(next - dueAt);
    dueAt = next;
  }
  const closest = Math.min(...gaps);
  if (jitterMs === 0 || jitterMs < closest) return done(null);
  return refuse('invalid-input', `a jitter of ${jitterMs} ms reaches into the next due time, ${closest} ms away; make it shorter`);
}

function zoneOf({ timezone }: Extract<ScheduleTime, { kind: 'cron' }>): string {
  return timezone ?? 'UTC';
}

const never: CronTimes = { after: () => null, newest: () => [] };

/** Of a stored schedule, so it could be read once; a zone that this machine no longer knows is due never again. */
function cronOf(time: Extract<ScheduleTime, { kind: 'cron' }>): CronTimes {
  const cron = readCron(time.expression, zoneOf(time));
  return cron.ok ? cron.value : never;
}
