import { z } from 'zod';
import { linkRequest, taskView } from '@guildhall/protocol';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { answerTask } from './answer-task.ts';
import { makeRequest } from '../../http/request-body.ts';

const input = z.object({ parent: z.string().min(1), child: z.string().min(1) });

export const linkTasks = setLink('post');
export const unlinkTasks = setLink('delete');

/** Answers with the child: it is the one that waits, or waits no longer. */
function setLink(method: 'post' | 'delete'): RunVerb {
  return async (call) => {
    const options = readInput(call, input);
    if (!options.ok) return options;
    const { parent, child } = options.value;
    const body = makeRequest(linkRequest, { parent, child });
    if (!body.ok) return body;
    const daemon = await call.connect();
    if (!daemon.ok) return daemon;
    const task = await daemon.value.ask(method, '/v1/links', taskView, { body: body.value });
    return task.ok ? answerTask(call, task.value) : task;
  };
}
