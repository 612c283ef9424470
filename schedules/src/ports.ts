/** What schedules ask of a store. One verb is one transaction with its events (stream `installation`). */
import type { OccurrenceStatus, OccurrenceView, Provenance, Settled } from '@guildhall/protocol';
import type { NewSchedule, Schedule } from './schedule.ts';

/** The message a due schedule becomes; accepted in the same transaction as its occurrence. `Run` is what is asked of a role, in the words of whoever keeps roles. */
export interface ScheduledMessage<Run> {
  readonly sessionKey: string;
  readonly agent: string;
  readonly turnId: string;
  readonly text: string;
  readonly provenance: Provenance;
  readonly maxQueued: number;
  /** For a role: the run that is asked of it, with the turn of that id where an agent fills the role. */
  readonly run: Run | null;
  /** Why it cannot be accepted, where that is known already: the occurrence is recorded as failed. */
  readonly failed?: string;
}

export interface ScheduleStore<Run> {
  createSchedule(schedule: NewSchedule): Promise<Settled<Schedule>>;
  /** Pausing keeps `nextAt`; resuming sets it. */
  pauseSchedule(name: string, reason: string, actor: string): Promise<Settled<Schedule>>;
  resumeSchedule(name: string, nextAt: number | null, actor: string): Promise<Settled<Schedule>>;
  removeSchedule(name: string, actor: string): Promise<Settled<Schedule>>;
  readSchedule(name: string): Promise<Schedule | undefined>;
  listSchedules(): Promise<readonly Schedule[]>;
  dueSchedules(now: number, limit: number): Promise<readonly Schedule[]>;
  /**
   * One occurrence, once: its row (unique by schedule and due time), the accepted message, `schedule.fired` and the next due time, or nothing. `already-exists` when another daemon was first, or the schedule
   * is no longer due then. Where the message is refused (a retired role, a full session), the occurrence is recorded as failed with the reason, in the same transaction, and told as `settleOccurrence` does.
   */
  fireOccurrence(
    name: string,
    occurrence: {
      readonly dueAt: number;
      readonly nextAt: number | null;
      readonly message: ScheduledMessage<Run>;
      /** Who asked for it now, whatever the times of the schedule say: they stay as they are. Null where its time has come. */
      readonly askedBy: string | null;
      readonly pauseAfter: number;
    },
  ): Promise<Settled<OccurrenceView>>;
  /** Due times passed over by the catch-up rule, `from` up to `dueAt`, as one row and one event. `already-exists` when another daemon was first. */
  skipOccurrences(
    name: string,
    skipped: { readonly from: number; readonly dueAt: number; readonly count: number; readonly nextAt: number | null; readonly reason: string },
  ): Promise<Settled<Schedule>>;
  /** Fired occurrences whose turn, or whose run, has ended. */
  unsettledOccurrences(
    limit: number,
  ): Promise<readonly { readonly schedule: Schedule; readonly dueAt: number; readonly turnId: string | null; readonly run: string | null }[]>;
  /** The end of one: counts failures in a row, and pauses the schedule when there are `pauseAfter`. Where the schedule is delivered somewhere, the intent commits with it. */
  settleOccurrence(
    name: string,
    dueAt: number,
    end: {
      readonly status: Extract<OccurrenceStatus, 'succeeded' | 'failed'>;
      readonly reason: string;
      readonly deliver: string | null;
      readonly pauseAfter: number;
    },
  ): Promise<Settled<Schedule>>;
}
