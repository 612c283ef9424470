import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWhen, parseWhen } from '../src/when.ts';

const zone = process.env['TZ'];
beforeAll(() => void (process.env['TZ'] = 'Europe/Berlin'));
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** A Saturday, 10:30 in Berlin. */
const now = Date.UTC(2026, 10, 21, 9, 30);

describe('a time that is typed', () => {
  test.each([
    ['now', '2026-11-21T09:30:00.000Z'],
    ['+2h', '2026-11-21T11:30:00.000Z'],
    ['+90s', '2026-11-21T09:31:30.000Z'],
    ['+1w', '2026-11-28T09:30:00.000Z'],
    ['18:30', '2026-11-21T17:30:00.000Z'],
    ['9:00', '2026-11-22T08:00:00.000Z'],
    ['today 9:00', '2026-11-21T08:00:00.000Z'],
    ['tomorrow', '2026-11-21T23:00:00.000Z'],
    ['tomorrow 9:00', '2026-11-22T08:00:00.000Z'],
    ['Monday 8:15', '2026-11-23T07:15:00.000Z'],
    ['saturday', '2026-11-27T23:00:00.000Z'],
    ['2026-11-22', '2026-11-21T23:00:00.000Z'],
    ['2026-07-01 09:00', '2026-07-01T07:00:00.000Z'],
    ['2026-11-22T09:00', '2026-11-22T08:00:00.000Z'],
    ['2026-11-22T09:00:05Z', '2026-11-22T09:00:05.000Z'],
    ['2026-11-22T09:00:00+02:00', '2026-11-22T07:00:00.000Z'],
    [String(now), '2026-11-21T09:30:00.000Z'],
  ])('%s is %s', (typed, iso) => {
    const read = parseWhen(typed, now);
    expect(read.ok && new Date(read.value).toISOString()).toBe(iso);
  });

  test.each(['', ' ', 'soon', '25:00', '9:75', 'tomorrow 9', '+2', '2h', '2026-02-31', '2026-13-01', '2026-11-22 24:30', 'tomorrow 24:00', '7'])(
    '%j is none',
    (typed) => {
      expect(parseWhen(typed, now)).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
    },
  );
});

describe('a time that is shown', () => {
  test.each([
    [Date.UTC(2026, 10, 21, 17, 30), 'today 18:30 (in 8 h)'],
    [Date.UTC(2026, 10, 22, 8, 0), 'tomorrow 09:00 (in 23 h)'],
    [Date.UTC(2026, 10, 24, 9, 30), 'Tue 24 Nov 2026 10:30 (in 3 days)'],
  ])('%d is %s', (at, words) => {
    expect(describeWhen(at, now)).toBe(words);
  });
});
