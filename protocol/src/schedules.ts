/**
 * Schedules on the wire: work that begins by time. Each due time of a schedule is one **occurrence**, fired once however many daemons run.
 *
 * Catching up: what was due while no daemon ran is `one` (the newest fires once, late, the default), `all` (each of the newest 100, oldest first) or `none` (recorded as skipped). Jitter is drawn once for each
 * occurrence, from the occurrence itself, so that every daemon draws the same. On a day whose clock is put forward a time that does not exist fires at the next that does; one that exists twice fires once. A
 * cron expression for every hour (`*` in its hours) names no times of day: it counts the hours that pass.
 */
import { z } from 'zod';

const instant = z.number();
const id = z.string().min(1).max(200);
const day = 86_400_000;

export const scheduleTime = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('in'),
    ms: z
      .number()
      .int()
      .min(1000)
      .max(366 * day),
  }),
  z.strictObject({ kind: z.literal('at'), at: instant }),
  z.strictObject({
    kind: z.literal('every'),
    ms: z
      .number()
      .int()
      .min(10_000, 'the shortest time is ten seconds')
      .max(366 * day),
  }),
  z.strictObject({ kind: z.literal('cron'), expression: z.string().min(1).max(120), timezone: z.string().min(1).max(60).optional() }),
]);
export type ScheduleTime = z.infer<typeof scheduleTime>;

export const scheduleTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('agent'), agent: id }),
  z.strictObject({ kind: z.literal('role'), plan: z.string().min(1).max(200), role: z.string().min(1).max(120) }),
]);
export type ScheduleTarget = z.infer<typeof scheduleTarget>;

/** Where the answer, or the news that there is none, is sent. */
export const scheduleDelivery = z.strictObject({ platform: z.string().min(1).max(32), account: id.optional(), chat: id, thread: id.optional() });
export type ScheduleDelivery = z.infer<typeof scheduleDelivery>;

export const catchUpRules = ['one', 'all', 'none'] as const;
export type CatchUp = (typeof catchUpRules)[number];

export const scheduleStatuses = ['active', 'paused', 'ended'] as const;
export type ScheduleStatus = (typeof scheduleStatuses)[number];

export const occurrenceStatuses = ['fired', 'succeeded', 'failed', 'skipped'] as const;
export type OccurrenceStatus = (typeof occurrenceStatuses)[number];

export const scheduleRequest = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'a name is lower-case letters, digits, _ and -, at most 64, and begins with a letter or digit'),
  when: scheduleTime,
  target: scheduleTarget,
  prompt: z.string().trim().min(1).max(100_000),
  deliverTo: scheduleDelivery.optional(),
  catchUp: z.enum(catchUpRules).optional(),
  jitterMs: z.number().int().min(0).max(day).optional(),
});

export const occurrenceView = z.object({
  dueAt: instant,
  firedAt: instant,
  status: z.enum(occurrenceStatuses),
  turnId: z.string().nullable(),
  run: z.string().nullable(),
  reason: z.string(),
});

export const scheduleView = z.object({
  name: z.string(),
  when: scheduleTime,
  /** The same in words. */
  says: z.string(),
  target: scheduleTarget,
  prompt: z.string(),
  deliverTo: scheduleDelivery.nullable(),
  catchUp: z.enum(catchUpRules),
  jitterMs: z.number(),
  status: z.enum(scheduleStatuses),
  /** Why it is paused or has ended. */
  reason: z.string(),
  nextAt: instant.nullable(),
  /** Failures in a row; a schedule is paused after five, and says so. */
  failures: z.number(),
  createdAt: instant,
  createdBy: z.string(),
  occurrences: z.array(occurrenceView),
});

export type ScheduleRequest = z.infer<typeof scheduleRequest>;
export type ScheduleView = z.infer<typeof scheduleView>;
export type OccurrenceView = z.infer<typeof occurrenceView>;
