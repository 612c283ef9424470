/** What the doors can ask about schedules. */
import type { Credential } from '@guildhall/authority';
import type { OccurrenceView, ScheduleRequest, ScheduleView, Settled } from '@guildhall/protocol';

export interface ScheduleOperations {
  listSchedules(): Promise<readonly ScheduleView[]>;
  readSchedule(name: string): Promise<Settled<ScheduleView>>;
  createSchedule(request: ScheduleRequest, by: Credential): Promise<Settled<ScheduleView>>;
  pauseSchedule(name: string, reason: string, by: Credential): Promise<Settled<ScheduleView>>;
  resumeSchedule(name: string, by: Credential): Promise<Settled<ScheduleView>>;
  removeSchedule(name: string, by: Credential): Promise<Settled<ScheduleView>>;
  /** Fires once now, whatever its times say; they stay as they are. */
  runSchedule(name: string, by: Credential): Promise<Settled<OccurrenceView>>;
}
