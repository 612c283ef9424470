/** Times of schedules in plain words. */
import type { ScheduleTime } from '@guildhall/protocol';
import { cronFields } from './cron.ts';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

export function says(time: ScheduleTime): string {
  switch (time.kind) {
    case 'in':
      return `once, ${duration(time.ms)} after it was made`;
    case 'at':
      return `once, at ${new Date(time.at).toISOString()}`;
    case 'every':
      return `every ${duration(time.ms).replace(/^1 /, '')}`;
    case 'cron':
      return `${cronInWords(time.expression)}, ${time.timezone ?? 'UTC'} time`;
    default:
      return time satisfies never;
  }
}

function duration(ms: number): string {
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  if (left > 0) parts.push(`${left} ms`);
  return parts.join(' ');
}

/** The shapes people write most; any other stays the expression it is. */
function cronInWords(expression: string): string {
  const fields = cronFields(expression);
  if (fields === undefined) return `at "${expression}"`;
  const [minute, hour, day, month, weekday] = fields;
  const days = daysInWords(day, month, weekday);
  const times = timesInWords(minute, hour);
  if (days === undefined || times === undefined) return `at "${expression}"`;
  if (times.startsWith('every')) return days === 'every day' ? times : `${times}, ${days}`;
  return `${days} at ${times}`;
}

function timesInWords(minute: string, hour: string): string | undefined {
  const step = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (hour === '*' && minute === '*') return 'every minute';
  if (hour === '*' && step !== undefined) return 60 % Number(step) === 0 ? `every ${step} minutes` : undefined;
  if (!/^\d+$/.test(minute)) return undefined;
  const padded = minute.padStart(2, '0');
  if (hour === '*') return minute === '0' ? 'every hour' : `every hour at minute ${Number(minute)}`;
  const hourStep = /^\*\/(\d+)$/.exec(hour)?.[1];
  if (hourStep !== undefined && minute === '0' && 24 % Number(hourStep) === 0) return `every ${hourStep} hours`;
  if (!/^\d+(,\d+)*$/.test(hour)) return undefined;
  return hour
    .split(',')
    .map((one) => `${one.padStart(2, '0')}:${padded}`)
    .join(' and ');
}

function daysInWords(day: string, month: string, weekday: string): string | undefined {
  if (month !== '*') return undefined;
  if (day === '*' && weekday === '*') return 'every day';
  if (weekday === '*') return /^\d+$/.test(day) ? `on day ${Number(day)} of every month` : undefined;
  if (day !== '*') return undefined;
  const range = /^([0-7])-([0-7])$/.exec(weekday);
  if (range !== null) return `${weekdays[Number(range[1])]} to ${weekdays[Number(range[2])]}`;
  return /^[0-7](,[0-7])*$/.test(weekday)
    ? `every ${weekday
        .split(',')
        .map((one) => weekdays[Number(one)])
        .join(' and ')}`
    : undefined;
}
