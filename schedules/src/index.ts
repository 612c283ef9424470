export { planDue } from './catch-up.ts';
export { checkJitter, dueAfter, fireTime, firstDue, nextDue } from './next-due.ts';
export type { ScheduledMessage, ScheduleStore } from './ports.ts';
export { says } from './says.ts';
export { scheduleTransitions } from './schedule.ts';
export type { NewSchedule, Schedule } from './schedule.ts';
