/** Times of schedules as people read them. */
import type { ScheduleTime } from '@guildhall/protocol';
import { expect, it } from 'vitest';
import { says } from '../src/index.ts';

const cron = (expression: string): ScheduleTime => ({ kind: 'cron', expression, timezone: 'Europe/Berlin' });

it.each<[string, ScheduleTime]>([
  ['once, 1 hour 30 minutes after it was made', { kind: 'in', ms: 5_400_000 }],
  ['once, at 2026-12-24T18:00:00.000Z', { kind: 'at', at: Date.parse('2026-12-24T18:00:00Z') }],
  ['every 2 days', { kind: 'every', ms: 172_800_000 }],
  ['every hour', { kind: 'every', ms: 3_600_000 }],
  ['every day at 07:30, Europe/Berlin time', cron('30 7 * * *')],
  ['Monday to Friday at 07:30 and 19:30, Europe/Berlin time', cron('30 7,19 * * 1-5')],
  ['every Monday and Thursday at 09:05, Europe/Berlin time', cron('5 9 * * 1,4')],
  ['on day 1 of every month at 00:00, Europe/Berlin time', cron('@monthly')],
  ['every 15 minutes, Europe/Berlin time', cron('*/15 * * * *')],
  ['every hour at minute 5, Europe/Berlin time', cron('5 * * * *')],
  ['every 6 hours, Europe/Berlin time', cron('0 */6 * * *')],
  ['every day at 00:00, Europe/Berlin time', cron('@daily')],
  ['at "*/7 * * * *", Europe/Berlin time', cron('*/7 * * * *')],
  ['at "0 9 13 * 5", Europe/Berlin time', cron('0 9 13 * 5')],
])('%s', (words, time) => {
  expect(says(time)).toBe(words);
});
