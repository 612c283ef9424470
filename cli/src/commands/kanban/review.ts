import { z } from 'zod';
import { refuse, reviewRequest } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { changeTask } from './answer-task.ts';
import { complete, completionInput } from './complete.ts';
import { makeRequest } from '../../http/request-body.ts';

const input = z.object({ ...completionInput, accept: z.boolean().optional(), return: z.string().optional(), reason: z.string().optional() });

/** An operator decides with `--accept` or `--return`; who holds the task hands it over for review with `--summary`. */
export const reviewTask: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, accept, return: missing, reason, summary } = options.value;
  if ([accept, missing, summary].filter((given) => given !== undefined).length !== 1)
    return refuse(
      'invalid-input',
      `Say one of: --accept, --return "what is missing", or, when you hold the task and hand it over, --summary "what was done": guildhall kanban review ${id} --accept`,
    );
  if (summary !== undefined) return complete(call, { ...options.value, review: true });
  const body = makeRequest(reviewRequest, { verdict: accept === true ? 'accept' : 'return', reason: missing ?? reason });
  return body.ok ? changeTask(call, 'post', '/v1/tasks/{task}/review', id, body.value) : body;
};
