import { z } from 'zod';
import { blockRequest, refuse, taskView } from '@guildhall/protocol';
import { duration, readInput } from '../../input.ts';
import { readTextOrStdin } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { answerTask } from './answer-task.ts';
import { askAsHolder } from './as-holder.ts';
import { claimTokenInput } from './claim-token.ts';
import { makeRequest } from '../../http/request-body.ts';

const input = z.object({
  id: z.string().min(1),
  reason: z.string(),
  kind: z.string().optional(),
  on: z.array(z.string()).optional(),
  retryAfter: duration.optional(),
  ...claimTokenInput,
});

export const blockTask: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, kind, on, retryAfter } = options.value;
  if (kind === undefined)
    return refuse(
      'invalid-input',
      'What would unblock it? Say it with --kind: dependency (with --on TASK), needs_input, capability or transient (tried again by itself)',
    );
  const body = makeRequest(blockRequest, {
    reason: await readTextOrStdin(call, options.value.reason),
    kind,
    dependsOn: on,
    retryAfterMs: retryAfter === undefined ? undefined : retryAfter * 1000,
  });
  if (!body.ok) return body;
  const task = await askAsHolder(call, { verb: 'block', path: '/v1/tasks/{task}/block', task: id, body: body.value, answer: taskView, token: options.value });
  return task.ok ? answerTask(call, task.value) : task;
};
