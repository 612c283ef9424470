/** Schedules behind the door that answer everything with the same one, and remember what they were asked. */
import { done, type OccurrenceView, type ScheduleView } from '@guildhall/protocol';
import type { ScheduleOperations } from '../src/schedule-operations.ts';

const schedule: ScheduleView = {
  name: 'nightly',
  when: { kind: 'every', ms: 86_400_000 },
  says: 'every day',
  target: { kind: 'agent', agent: 'coder' },
  prompt: 'look around',
  deliverTo: null,
  catchUp: 'one',
  jitterMs: 0,
  status: 'active',
  reason: '',
  nextAt: 2,
  failures: 0,
  createdAt: 1,
  createdBy: 'operator',
  occurrences: [],
};

const occurrence: OccurrenceView = { dueAt: 1, firedAt: 1, status: 'fired', turnId: 'turn_1', run: null, reason: '' };

export function createFakeSchedules(calls: string[]): ScheduleOperations {
  const tell =
    <T>(name: string, value: T) =>
    async () => {
      calls.push(`schedules.${name}`);
      return done(value);
    };
  return {
    listSchedules: async () => [schedule],
    readSchedule: tell('readSchedule', schedule),
    createSchedule: tell('createSchedule', schedule),
    pauseSchedule: tell('pauseSchedule', schedule),
    resumeSchedule: tell('resumeSchedule', schedule),
    removeSchedule: tell('removeSchedule', schedule),
    runSchedule: tell('runSchedule', occurrence),
  };
}
