/** What an operator says about a task after it was made: who does it, when, and everything else. */
import { z } from 'zod';
import { refuse, taskChange } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { changeTask } from './answer-task.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readAssignee, readStart, readTaskFields, taskFieldInput } from './task-options.ts';

const assignInput = z.object({ id: z.string().min(1), assignee: z.string() });

export const assignTask: RunVerb = async (call) => {
  const options = readInput(call, assignInput);
  if (!options.ok) return options;
  const body = makeRequest(taskChange, { assignee: readAssignee(options.value.assignee) });
  return body.ok ? changeTask(call, 'patch', '/v1/tasks/{task}', options.value.id, body.value) : body;
};

const scheduleInput = z.object({ id: z.string().min(1), at: z.string().optional() });

export const scheduleTask: RunVerb = async (call) => {
  const options = readInput(call, scheduleInput);
  if (!options.ok) return options;
  const { id, at } = options.value;
  const start = readStart(call, at);
  if (!start.ok) return start;
  if (start.value === undefined)
    return refuse('invalid-input', `When? Give it with --at: guildhall kanban schedule ${id} --at "tomorrow 9:00" (now: no limit)`);
  return changeTask(call, 'patch', '/v1/tasks/{task}', id, { startAt: start.value });
};

const editInput = z.object({ id: z.string().min(1), title: z.string().optional(), assignee: z.string().optional(), ...taskFieldInput });

export const editTask: RunVerb = async (call) => {
  const options = readInput(call, editInput);
  if (!options.ok) return options;
  const { id, title, assignee } = options.value;
  const fields = await readTaskFields(call, options.value);
  if (!fields.ok) return fields;
  const body = makeRequest(taskChange, { ...fields.value, title, assignee: assignee === undefined ? undefined : readAssignee(assignee) });
  if (!body.ok) return body;
  if (Object.keys(body.value).length === 0) return refuse('invalid-input', `What should change? See: guildhall kanban edit --help`);
  return changeTask(call, 'patch', '/v1/tasks/{task}', id, body.value);
};
