/** What an operator does with a task nobody has to hold for it. */
import { z } from 'zod';
import { reasonRequest } from '@guildhall/protocol';
import type { RoutePath } from '../../http/daemon-client.ts';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { changeTask } from './answer-task.ts';
import { makeRequest } from '../../http/request-body.ts';

const input = z.object({ id: z.string().min(1), reason: z.string().optional() });

export const specifyTask = operate('/v1/tasks/{task}/specify');
export const unblockTask = operate('/v1/tasks/{task}/unblock');
export const reclaimTask = operate('/v1/tasks/{task}/reclaim');
export const archiveTask = operate('/v1/tasks/{task}/archive');

/** Only unblock and reclaim have the option for a reason; the others send none. */
function operate(path: RoutePath): RunVerb {
  return async (call) => {
    const options = readInput(call, input);
    if (!options.ok) return options;
    const body = makeRequest(reasonRequest, { reason: options.value.reason });
    return body.ok ? changeTask(call, 'post', path, options.value.id, body.value) : body;
  };
}
