/** Schedules: work that begins by time. */
import { z } from 'zod';
import type { Credential } from '@guildhall/authority';
import { done, occurrenceView, reasonRequest, scheduleRequest, scheduleView } from '@guildhall/protocol';
import type { ScheduleOperations } from '../../schedule-operations.ts';
import { endpoint } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { id } from './queries.ts';

type Names =
  | 'get /v1/schedules'
  | 'post /v1/schedules'
  | 'get /v1/schedules/{name}'
  | 'delete /v1/schedules/{name}'
  | 'post /v1/schedules/{name}/pause'
  | 'post /v1/schedules/{name}/resume'
  | 'post /v1/schedules/{name}/run';

const byName = z.strictObject({ name: id });

export function scheduleEndpoints(schedules: ScheduleOperations): Pick<Endpoints, Names> {
  const toSchedule = (work: (name: string, by: Credential) => ReturnType<ScheduleOperations['resumeSchedule']>) =>
    endpoint({ params: byName, answer: scheduleView, work: ({ params }, { by }) => work(params.name, by) });
  return {
    'get /v1/schedules': endpoint({ answer: z.array(scheduleView), work: async () => done(await schedules.listSchedules()) }),
    'post /v1/schedules': endpoint({
      body: scheduleRequest,
      answer: scheduleView,
      status: 201,
      work: ({ body }, { by }) => schedules.createSchedule(body, by),
    }),
    'get /v1/schedules/{name}': toSchedule((name) => schedules.readSchedule(name)),
    'delete /v1/schedules/{name}': toSchedule((name, by) => schedules.removeSchedule(name, by)),
    'post /v1/schedules/{name}/pause': endpoint({
      params: byName,
      body: reasonRequest.optional(),
      answer: scheduleView,
      work: ({ params, body }, { by }) => schedules.pauseSchedule(params.name, body?.reason ?? '', by),
    }),
    'post /v1/schedules/{name}/resume': toSchedule((name, by) => schedules.resumeSchedule(name, by)),
    'post /v1/schedules/{name}/run': endpoint({ params: byName, answer: occurrenceView, work: ({ params }, { by }) => schedules.runSchedule(params.name, by) }),
  };
}
