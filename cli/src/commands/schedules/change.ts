/** What an operator does with a schedule that is there. */
import { z } from 'zod';
import { occurrenceView, reasonRequest, scheduleView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import type { RunVerb } from '../../verb.ts';
import { answerSchedule, occurrencePaint } from './describe-schedule.ts';

const input = z.object({ name: z.string().min(1), reason: z.string().optional() });

export const pauseSchedule: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { name, reason } = options.value;
  const body = makeRequest(reasonRequest, { reason });
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/schedules/{name}/pause', answer: scheduleView, params: { name }, body: body.value }, answerSchedule);
};

export const resumeSchedule: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const params = { name: options.value.name };
  return answerWith(call, { method: 'post', path: '/v1/schedules/{name}/resume', answer: scheduleView, params }, answerSchedule);
};

export const removeSchedule: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const params = { name: options.value.name };
  return answerWith(
    call,
    { method: 'delete', path: '/v1/schedules/{name}', answer: scheduleView, params },
    ({ name }, { paint, marks }) => show`${paint('green', marks.yes)} ${paint('bold', name)} is gone.`,
  );
};

export const runSchedule: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const params = { name: options.value.name };
  return answerWith(
    call,
    { method: 'post', path: '/v1/schedules/{name}/run', answer: occurrenceView, params },
    ({ status, turnId, run, reason }, { paint, marks }) =>
      joinShown([
        show`${paint('green', marks.yes)} ${params.name} ran: ${paint(occurrencePaint[status], status)}${reason === '' ? '' : `, ${reason}`}.`,
        paint(
          'dim',
          turnId === null
            ? show`  See it: guildhall schedules show ${params.name}`
            : show`  How it goes: guildhall why ${turnId}${run === null ? '' : ` (run ${run})`}`,
        ),
      ]),
  );
};
