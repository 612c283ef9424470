/**
 * Cron expressions of five fields, read in a time zone.
 *
 * Where the hours are named, a time that does not exist on a day fires at the next that does, and one that exists twice fires once. An expression for every hour counts the hours that
 * pass instead, so that on the day the clock goes back nothing is silent for an hour.
 */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { Cron } from 'croner';

export interface CronTimes {
  /** The first due time after an instant; null when there is none any more. */
  after(instant: number): number | null;
  /** The newest `count` due times up to an instant, that one included, oldest first. */
  newest(upTo: number, count: number): readonly number[];
}

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The five fields of an expression, a nickname written out; undefined where there are not five. */
export function cronFields(expression: string): readonly [string, string, string, string, string] | undefined {
  const written = expression.trim().toLowerCase();
  const [minute, hour, day, month, weekday, ...more] = (nicknames[written] ?? expression.trim()).split(/\s+/);
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined || more.length > 0) return undefined;
  return [minute, hour, day, month, weekday];
}

export function readCron(expression: string, timezone: string): Settled<CronTimes> {
  const zone = checkTimezone(timezone);
  if (!zone.ok) return zone;
  const fields = cronFields(expression);
  if (fields === undefined) return notFive(expression);
  const calculator = calculate(expression, fields, timezone);
  if (!calculator.ok) return calculator;
  const cron = calculator.value;
  return done({
    after: (instant) => cron.nextRun(new Date(instant))?.getTime() ?? null,
    newest: (upTo, count) =>
      cron
        .previousRuns(count, new Date(Math.floor(upTo / 1000) * 1000 + 1000))
        .map((date) => date.getTime())
        .toReversed(),
  });
}

function notFive(expression: string): Settled<never> {
  const found = expression.trim().startsWith('@') ? 'is no nickname this daemon knows' : `has ${expression.trim().split(/\s+/).length} fields`;
  return refuse(
    'invalid-input',
    `the cron expression "${expression}" ${found}; write five: minute hour day-of-month month day-of-week, as in "30 7 * * 1-5", or one of ${Object.keys(nicknames).join(', ')}. Seconds are not to be had: use "every"`,
  );
}

function checkTimezone(timezone: string): Settled<null> {
  const unknown = () => refuse('invalid-input', `there is no time zone "${timezone}"; write a name such as Europe/Berlin, America/New_York or UTC`);
  if (!/^[A-Za-z]/.test(timezone)) return unknown();
  try {
    return Intl.DateTimeFormat('en', { timeZone: timezone }) instanceof Intl.DateTimeFormat ? done(null) : unknown();
  } catch {
    return unknown();
  }
}

/** Only ever asked when it is due: it starts no timer as long as it is given nothing to do. */
function calculate(expression: string, fields: NonNullable<ReturnType<typeof cronFields>>, timezone: string): Settled<Cron> {
  try {
    const [minute, hour, ...days] = fields;
    const options = { timezone, mode: '5-part', paused: true, fixedTimeRule: 'no-wildcard' } as const;
    const written = new Cron(fields.join(' '), options);
    const hours = listed(hour, 24);
    if (hours.length === 24) return done(written);
    return done(new Cron([listed(minute, 60).join(','), hours.join(','), ...days].join(' '), options));
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return refuse('invalid-input', `the cron expression "${expression}" cannot be read: ${why}`);
  }
}

/** The numbers a field of a valid expression stands for, ascending. */
function listed(field: string, size: number): readonly number[] {
  const numbers = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const whole = range === '*' || range === '?';
    const [from = 0, to = from] = whole ? [0, size - 1] : range.split('-').map(Number);
    for (let number = from; number <= to; number += Number(step)) numbers.add(number);
  }
  return [...numbers].toSorted((a, b) => a - b);
}
