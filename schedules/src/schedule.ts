import type { CatchUp, OccurrenceView, ScheduleDelivery, ScheduleStatus, ScheduleTarget, ScheduleTime } from '@guildhall/protocol';

export type ScheduleVerb = 'pause' | 'resume' | 'end';

export const scheduleTransitions = {
  active: { pause: 'paused', end: 'ended' },
  paused: { resume: 'active', end: 'ended' },
  ended: {},
} as const satisfies Record<ScheduleStatus, Partial<Record<ScheduleVerb, ScheduleStatus>>>;

export interface NewSchedule {
  readonly name: string;
  readonly when: ScheduleTime;
  readonly target: ScheduleTarget;
  readonly prompt: string;
  readonly deliverTo: ScheduleDelivery | null;
  readonly catchUp: CatchUp;
  readonly jitterMs: number;
  /** When it is due first. */
  readonly nextAt: number;
  readonly createdBy: string;
}

export interface Schedule extends Omit<NewSchedule, 'nextAt'> {
  readonly status: ScheduleStatus;
  readonly reason: string;
  /** Null once nothing is due any more. Without the jitter. */
  readonly nextAt: number | null;
  readonly failures: number;
  readonly createdAt: number;
  /** The newest ones. */
  readonly occurrences: readonly OccurrenceView[];
}
