export type { ScheduledMessage, ScheduleStore } from './ports.ts';
export { scheduleTransitions } from './schedule.ts';
export type { NewSchedule, Schedule } from './schedule.ts';
