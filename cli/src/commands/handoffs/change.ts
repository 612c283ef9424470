/** What a person does with a handoff that has not begun: change what will run, or announce it again. */
import { z } from 'zod';
import { done, handoffChange, handoffView, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import { askOnce } from '../../http/ask-once.ts';
import type { RoutePath } from '../../http/daemon-client.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { joinShown } from '../../terminal/shown.ts';
import { readTypedText } from '../../typed-text.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { exitOfHandoff, handoffLine, isOpenHandoff, nextStep } from './describe-handoff.ts';
import { pointToExplanation } from './refused-handoff.ts';

const editInput = z.object({ id: z.string().min(1), task: z.string().min(1).optional(), risk: z.string().optional(), forbid: z.array(z.string()).optional() });

export const editHandoff: RunVerb = async (call) => {
  const options = readInput(call, editInput);
  if (!options.ok) return options;
  const { id, task: typed, risk, forbid } = options.value;
  if (typed === undefined && risk === undefined && forbid === undefined)
    return refuse('invalid-input', `What is to be changed? Say it with --task, --risk or --forbid: guildhall handoffs edit ${id} --task "…"`);
  const task = typed === undefined ? done(undefined) : await readTypedText(call, typed);
  if (!task.ok) return task;
  const body = makeRequest(handoffChange, { task: task.value, riskLevel: risk, forbiddenActions: forbid });
  return send(call, 'patch', '/v1/handoffs/{id}', id, body);
};

const resumeInput = z.object({ id: z.string().min(1) });

export const resumeHandoff: RunVerb = async (call) => {
  const options = readInput(call, resumeInput);
  if (!options.ok) return options;
  return send(call, 'post', '/v1/handoffs/{id}/resume', options.value.id, done(undefined));
};

async function send(call: Call, method: 'patch' | 'post', path: RoutePath, id: string, body: Settled<JsonObject | undefined>): Promise<Settled<Answer>> {
  if (!body.ok) return body;
  const changed = await askOnce(call, { method, path, answer: handoffView, params: { id }, ...(body.value === undefined ? {} : { body: body.value }) });
  if (!changed.ok) return pointToExplanation(changed.refusal);
  const { value } = changed;
  const { screen } = call.output;
  return done({
    json: value,
    text: () => joinShown([handoffLine(screen, value), screen.paint('dim', nextStep(value))]),
    exit: isOpenHandoff(value) ? 0 : exitOfHandoff(value),
  });
}
