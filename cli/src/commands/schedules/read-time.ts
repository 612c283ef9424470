import { done, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import { parseWhen } from '../../when.ts';

export interface TypedTime {
  /** Seconds. */
  readonly in?: number | undefined;
  readonly at?: string | undefined;
  /** Seconds. */
  readonly every?: number | undefined;
  readonly cron?: string | undefined;
  readonly timezone?: string | undefined;
}

/** When a schedule is due, from the one option that says it. */
export function readScheduleTime(typed: TypedTime, now: number): Settled<JsonObject> {
  const { in: after, at, every, cron, timezone } = typed;
  if ([after, at, every, cron].filter((given) => given !== undefined).length !== 1)
    return refuse('invalid-input', 'When? Say one of --in 2h, --at "tomorrow 9:00", --every 30m and --cron "0 9 * * 1-5"', { option: '--in' });
  if (timezone !== undefined && cron === undefined)
    return refuse('invalid-input', '--timezone belongs to --cron; --at takes a time with its zone, such as 2026-12-01T09:00:00+01:00');
  if (after !== undefined) return done({ kind: 'in', ms: after * 1000 });
  if (every !== undefined) return done({ kind: 'every', ms: every * 1000 });
  if (cron !== undefined) return done({ kind: 'cron', expression: cron, ...(timezone === undefined ? {} : { timezone }) });
  const instant = parseWhen(at ?? '', now);
  return instant.ok ? done({ kind: 'at', at: instant.value }) : instant;
}
