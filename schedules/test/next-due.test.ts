/** When schedules are due: around the two nights on which clocks change, for every time that can be written, and what is refused. */
import { expectDone, type ScheduleTime } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJitter, dueAfter, fireTime, firstDue, nextDue } from '../src/index.ts';
import { countDue, newestDue } from '../src/next-due.ts';

const at = (text: string) => Date.parse(text);
const minute = 60_000;
const day = 86_400_000;

function cron(expression: string, timezone = 'UTC'): ScheduleTime {
  return { kind: 'cron', expression, timezone };
}

/** The due times after an instant, as UTC. */
function following(time: ScheduleTime, after: string, count: number): readonly string[] {
  const found: string[] = [];
  for (let dueAt: number | null = at(after); found.length < count;) {
    dueAt = nextDue(time, dueAt);
    if (dueAt === null) return found;
    found.push(new Date(dueAt).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

function refused(time: ScheduleTime, now = at('2026-11-21T12:00:00Z')): string {
  const due = firstDue(time, now);
  return due.ok ? `it is due at ${due.value}` : `${due.refusal.code}: ${due.refusal.message}`;
}

describe('the night on which clocks are put forward', () => {
  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T02:00:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:30Z']],
    ['America/New_York', '30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00Z', '2026-03-09T06:30Z']],
    ['Europe/Berlin', '0,30 2 * * *', '2026-03-28T02:00:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    ['Europe/Berlin', '*/15 2 * * *', '2026-03-28T02:00:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    ['Europe/Berlin', '0 */2 * * *', '2026-03-28T23:30:00Z', ['2026-03-29T01:00Z', '2026-03-29T02:00Z', '2026-03-29T04:00Z']],
    ['Europe/Berlin', '0 3 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00Z', '2026-03-30T01:00Z']],
  ])('in %s "%s" fires once, at the next time that exists', (zone, expression, after, due) => {
    expect(following(cron(expression, zone), after, due.length)).toEqual(due);
  });
});

describe('the night on which clocks are put back', () => {
  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    ['America/New_York', '30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:30Z', '2026-11-02T06:30Z']],
    ['Europe/Berlin', '0,30 2-3 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-25T02:00Z', '2026-10-25T02:30Z']],
    ['Europe/Berlin', '*/30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-26T01:00Z']],
    ['America/New_York', '0 */1 * * *', '2026-11-01T04:30:00Z', ['2026-11-01T05:00Z', '2026-11-01T06:00Z', '2026-11-01T07:00Z']],
  ])('in %s "%s" fires at each time once', (zone, expression, after, due) => {
    expect(following(cron(expression, zone), after, due.length)).toEqual(due);
  });

  it('asked again in the second of the two hours, what has fired in the first does not fire again', () => {
    expect(following(cron('30 2 * * *', 'Europe/Berlin'), '2026-10-25T01:10:00Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });

  it('an expression for every hour goes on through both hours of the same name', () => {
    expect(following(cron('15 * * * *', 'Europe/Berlin'), '2026-10-24T23:30:00Z', 3)).toEqual(['2026-10-25T00:15Z', '2026-10-25T01:15Z', '2026-10-25T02:15Z']);
  });
});

describe('what can be written', () => {
  it.each([
    ['@daily', '2026-11-22T00:00Z'],
    ['@hourly', '2026-11-21T13:00Z'],
    ['@weekly', '2026-11-22T00:00Z'],
    ['@monthly', '2026-12-01T00:00Z'],
    ['@yearly', '2027-01-01T00:00Z'],
    ['30 7 * * MON-FRI', '2026-11-23T07:30Z'],
    ['0 0 29 2 *', '2028-02-29T00:00Z'],
    ['  5   4 * * *  ', '2026-11-22T04:05Z'],
  ])('%s', (expression, due) => {
    expect(following(cron(expression), '2026-11-21T12:00:00Z', 1)).toEqual([due]);
  });

  it.each([
    ['0 0 31 2 *', 'never fires'],
    ['0 30 7 * * *', 'has 6 fields'],
    ['* * * *', 'has 4 fields'],
    ['@reboot', 'no nickname'],
    ['61 * * * *', 'cannot be read: Invalid value for minute: 61'],
    ['*/0 * * * *', 'cannot be read'],
    ['2026-11-22T00:00:00Z', 'has 1 fields'],
    ['a b c d e', 'cannot be read'],
  ])('the expression "%s" is refused: %s', (expression, why) => {
    expect(refused(cron(expression))).toContain('invalid-input');
    expect(refused(cron(expression))).toContain(why);
  });

  it.each(['Europe/Nowhere', '+02:00', '', '../etc', 'Mars/Olympus'])('the time zone "%s" is refused', (zone) => {
    expect(refused(cron('0 0 * * *', zone))).toContain(`there is no time zone "${zone}"`);
  });

  it.each([at('2026-11-21T12:00:00Z'), 0, -5, 1.5, Number.NaN, 1e300])('the instant %s is refused', (instant) => {
    expect(refused({ kind: 'at', at: instant })).toContain('invalid-input');
  });

  it('refuses a jitter that reaches into the next due time, and takes a shorter one', () => {
    const hourly = cron('0 * * * *');
    expect(checkJitter(hourly, 60 * minute, at('2026-11-21T12:00:00Z')).ok).toBe(false);
    expect(checkJitter(hourly, 59 * minute, at('2026-11-21T12:00:00Z')).ok).toBe(true);
    expect(checkJitter({ kind: 'in', ms: 1000 }, day, 0).ok).toBe(true);
  });
});

const expressions = ['* * * * *', '*/7 * * * *', '0 * * * *', '30 2 * * *', '*/20 1-3 * * *', '0 */6 * * *', '15 2,3 * * 0', '0 9 1 * *', '0 0 * * 1-5'];
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const anyTime: fc.Arbitrary<ScheduleTime> = fc.oneof(
  fc.record({ kind: fc.constant('every' as const), ms: fc.integer({ min: 10_000, max: 3 * day }) }),
  fc.record({ kind: fc.constant('cron' as const), expression: fc.constantFrom(...expressions), timezone: fc.constantFrom(...zones) }),
);
/** Most of them in the weeks around the nights of a changing clock. */
const anyInstant = fc.oneof(
  ...['2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01'].map((date) => fc.integer({ min: at(date) - 2 * day, max: at(date) + 2 * day })),
  fc.integer({ min: at('2024-01-01'), max: at('2034-01-01') }),
);

describe('for whatever time and instant', () => {
  it('the next due time is later than the one before, and not past it again', () => {
    fc.assert(
      fc.property(anyTime, anyInstant, (time, now) => {
        let before = now;
        for (let round = 0; round < 6; round += 1) {
          const due = nextDue(time, before);
          if (due === null) throw new Error('it is due never again');
          expect(due).toBeGreaterThan(before);
          before = due;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the newest due times are those met on the way, and are counted the same', () => {
    fc.assert(
      fc.property(anyTime, anyInstant, fc.integer({ min: 0, max: 3 * day }), fc.integer({ min: 1, max: 5 }), (time, now, span, count) => {
        const from = expectDone(firstDue(time, now));
        const walked: number[] = [];
        for (let due: number | null = from; due !== null && due <= from + span && walked.length < 20_000; due = nextDue(time, due)) walked.push(due);
        fc.pre(walked.length < 20_000);
        expect(newestDue(time, from, from + span, count)).toEqual(walked.slice(-count));
        expect(countDue(time, from, from + span + 1, 50)).toBe(Math.min(50, walked.length));
        expect(dueAfter(time, from, from + span)).toBe(nextDue(time, walked.at(-1) ?? from));
      }),
      { numRuns: 150 },
    );
  });

  it('an occurrence fires within its jitter, at the same instant whoever works it out', () => {
    fc.assert(
      fc.property(fc.string(), anyInstant, fc.integer({ min: 0, max: day }), (name, dueAt, jitterMs) => {
        const fires = fireTime({ name, jitterMs }, dueAt);
        expect(fires).toBeGreaterThanOrEqual(dueAt);
        expect(fires).toBeLessThan(dueAt + Math.max(1, jitterMs));
        expect(fireTime({ name, jitterMs }, dueAt)).toBe(fires);
      }),
    );
  });

  it('occurrences are spread evenly over their jitter', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 5000; n += 1) {
      const tenth = Math.floor((fireTime({ name: 'night', jitterMs: 1000 }, n * minute) - n * minute) / 100);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 500)).toBeLessThan(120);
    const schedules = Array.from({ length: 100 }, (_, n) => fireTime({ name: `s${n}`, jitterMs: day }, minute));
    expect(new Set(schedules).size).toBe(100);
  });
});
