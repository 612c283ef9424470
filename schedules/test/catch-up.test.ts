/** What becomes of due times that came while nobody looked. */
import type { CatchUp, ScheduleTime } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fireTime, nextDue, planDue } from '../src/index.ts';

const hour = 3_600_000;
const start = Date.parse('2026-11-21T00:00:00Z');
const hourly: ScheduleTime = { kind: 'cron', expression: '0 * * * *', timezone: 'UTC' };

function plan(catchUp: CatchUp, now: number, changes: { readonly when?: ScheduleTime; readonly jitterMs?: number; readonly nextAt?: number | null } = {}) {
  return planDue({ name: 'night', when: hourly, catchUp, jitterMs: 0, nextAt: start, ...changes }, now);
}

describe('a schedule that is looked at late', () => {
  it('fires nothing before it is due', () => {
    expect(plan('one', start - 1)).toEqual({ fire: [], skip: null, nextAt: start });
    expect(plan('one', start, { nextAt: null })).toEqual({ fire: [], skip: null, nextAt: null });
  });

  it('fires on time what is due', () => {
    for (const rule of ['one', 'all', 'none'] as const) expect(plan(rule, start + 10)).toEqual({ fire: [start], skip: null, nextAt: start + hour });
  });

  it('catches up the newest of several where one is asked for, and says how many it passed over', () => {
    expect(plan('one', start + 3 * hour + 5)).toEqual({
      fire: [start + 3 * hour],
      skip: { dueAt: start + 2 * hour, count: 3, reason: expect.stringContaining('only the newest is caught up') },
      nextAt: start + 4 * hour,
    });
  });

  it('catches up each, oldest first, where all are asked for', () => {
    expect(plan('all', start + 3 * hour + 5)).toEqual({ fire: [0, 1, 2, 3].map((n) => start + n * hour), skip: null, nextAt: start + 4 * hour });
  });

  it('catches up a hundred at most, the newest', () => {
    const late = plan('all', start + 250 * hour);
    expect(late.fire).toEqual(Array.from({ length: 100 }, (_, n) => start + (151 + n) * hour));
    expect(late.skip).toMatchObject({ dueAt: start + 150 * hour, count: 151 });
  });

  it('passes over what is more than a minute late where none are asked for', () => {
    expect(plan('none', start + 60_000)).toMatchObject({ fire: [start], skip: null });
    expect(plan('none', start + 60_001)).toMatchObject({ fire: [], skip: { dueAt: start, count: 1 }, nextAt: start + hour });
    expect(plan('none', start + 2 * hour + 60_001)).toMatchObject({ fire: [], skip: { dueAt: start + 2 * hour, count: 3 }, nextAt: start + 3 * hour });
  });

  it('fires once what is due only once, however late, unless it is not to be caught up', () => {
    const once: ScheduleTime = { kind: 'at', at: start };
    expect(plan('one', start + 900 * hour, { when: once })).toEqual({ fire: [start], skip: null, nextAt: null });
    expect(plan('none', start + hour, { when: once })).toMatchObject({ fire: [], skip: { dueAt: start, count: 1 }, nextAt: null });
  });

  it('is done at once with ten years of minutes', () => {
    const minutes: ScheduleTime = { kind: 'cron', expression: '* * * * *', timezone: 'Europe/Berlin' };
    const late = plan('one', start + 87_600 * hour, { when: minutes });
    expect(late.fire).toEqual([start + 87_600 * hour]);
    expect(late.skip).toMatchObject({ count: 1000 });
  });

  it('waits for the jitter of the newest, and fires the one before', () => {
    const jitterMs = 30 * 60_000;
    const newest = start + hour;
    const fires = fireTime({ name: 'night', jitterMs }, newest);
    expect(fires).toBeGreaterThan(newest);
    expect(plan('one', fires - 1, { jitterMs })).toEqual({ fire: [start], skip: null, nextAt: newest });
    expect(plan('one', fires, { jitterMs })).toMatchObject({ fire: [newest], skip: { dueAt: start, count: 1 } });
  });
});

const anyTime: fc.Arbitrary<ScheduleTime> = fc.oneof(
  fc.record({ kind: fc.constant('every' as const), ms: fc.integer({ min: 10_000, max: 90_000_000 }) }),
  fc.record({
    kind: fc.constant('cron' as const),
    expression: fc.constantFrom('*/5 * * * *', '0 * * * *', '30 2 * * *', '*/20 1-3 * * *'),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
  }),
);

describe('however the looks are spread over time', () => {
  it('nothing fires before it is due or twice, nothing goes backwards, and everything due is fired or passed over', () => {
    const looks = fc.array(fc.integer({ min: 1, max: 4 * hour }), { minLength: 1, maxLength: 25 });
    const from = fc.constantFrom(Date.parse('2026-03-28T22:00:00Z'), Date.parse('2026-10-24T22:00:00Z'), Date.parse('2026-11-01T03:00:00Z'));
    fc.assert(
      fc.property(
        anyTime,
        fc.constantFrom<CatchUp>('one', 'all', 'none'),
        fc.integer({ min: 0, max: 5000 }),
        looks,
        from,
        (when, catchUp, jitterMs, steps, begin) => {
          let now = begin;
          let nextAt = nextDue(when, begin);
          let newest = begin;
          for (const step of steps) {
            now += step;
            const due = planDue({ name: 'p', when, catchUp, jitterMs, nextAt }, now);
            expect(due.fire.length).toBeLessThanOrEqual(100);
            if (due.skip !== null) {
              expect(due.skip.dueAt).toBeGreaterThan(newest);
              newest = due.skip.dueAt;
            }
            for (const dueAt of due.fire) {
              expect(dueAt).toBeGreaterThan(newest);
              expect(fireTime({ name: 'p', jitterMs }, dueAt)).toBeLessThanOrEqual(now);
              newest = dueAt;
            }
            if (newest > begin) expect(due.nextAt).toBe(nextDue(when, newest));
            if (due.nextAt !== null) expect(fireTime({ name: 'p', jitterMs }, due.nextAt)).toBeGreaterThan(now);
            nextAt = due.nextAt;
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
