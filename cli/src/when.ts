/** Instants as people type and read them, in the time zone of this machine. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { relativeTime } from './terminal/words.ts';

const unitMs: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/**
 * `now` · `+2h` (s, m, h, d, w) · `18:30` (the next one) · `today`, `tomorrow` or a weekday, each also with a time behind it · `2026-11-22`, `2026-11-22 09:00` · ISO 8601 with a
 * zone · milliseconds since the Unix epoch. A day without a time is its beginning.
 */
export function parseWhen(text: string, now: number): Settled<number> {
  const at = readRelative(text, now) ?? readNamedDay(text.toLowerCase(), now) ?? readDate(text);
  if (at !== undefined && Number.isFinite(at)) return done(at);
  return refuse('invalid-input', `"${text}" is no time. Wanted is one such as +2h, 18:30, tomorrow 9:00, monday, 2026-11-22 09:00 or 2026-11-22T09:00:00Z`, {
    when: text,
  });
}

/** `today 18:30 (in 2 h)`, `tomorrow 09:00 (in 14 h)`, `Mon 23 Nov 2026 09:00 (in 2 days)`. */
export function describeWhen(at: number, now: number): string {
  const date = new Date(at);
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  const day = `${(weekdays[date.getDay()] ?? '').replace(/^\w/, (letter) => letter.toUpperCase()).slice(0, 3)} ${date.getDate()} ${months[date.getMonth()] ?? ''} ${date.getFullYear()}`;
  const named = [0, 1].find((ahead) => startOfDay(now, ahead) === startOfDay(at, 0));
  return `${named === undefined ? day : (['today', 'tomorrow'][named] ?? day)} ${time} (${relativeTime(at, now)})`;
}

function readRelative(text: string, now: number): number | undefined {
  if (text === 'now') return now;
  const match = /^\+(\d{1,6})\s?([smhdw])$/.exec(text);
  return match === null ? undefined : now + Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0);
}

function readNamedDay(text: string, now: number): number | undefined {
  const match = /^(?:(today|tomorrow|sunday|monday|tuesday|wednesday|thursday|friday|saturday))?\s*(?:(\d{1,2}):(\d{2}))?$/.exec(text);
  if (match === null || text.trim() === '') return undefined;
  const [, day, hours = '0', minutes = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const on = (ahead: number) => startOfDay(now, ahead, Number(hours), Number(minutes));
  if (day === undefined) return on(0) > now ? on(0) : on(1);
  if (day === 'today') return on(0);
  if (day === 'tomorrow') return on(1);
  const wanted = weekdays.findIndex((name) => name === day);
  return on(((wanted - new Date(now).getDay() + 6) % 7) + 1);
}

function readDate(text: string): number | undefined {
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hours, minutes, seconds] = match.slice(1, 7).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return undefined;
  // The calendar is checked first: JavaScript takes the 31st of February for the 3rd of March.
  const calendar = new Date(Date.UTC(year, month - 1, day));
  if (calendar.getUTCMonth() !== month - 1 || (hours ?? 0) > 23 || (minutes ?? 0) > 59 || (seconds ?? 0) > 59) return undefined;
  if (match[7] !== undefined)
    return Date.parse(
      text
        .replace(' ', 'T')
        .toUpperCase()
        .replace(/T(\d):/, 'T0$1:'),
    );
  return new Date(year, month - 1, day, hours ?? 0, minutes ?? 0, seconds ?? 0).getTime();
}

/** Days differ in length twice a year, so days are counted by the calendar. */
function startOfDay(at: number, ahead: number, hours = 0, minutes = 0): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + ahead, hours, minutes).getTime();
}

function twoDigits(amount: number): string {
  return String(amount).padStart(2, '0');
}
