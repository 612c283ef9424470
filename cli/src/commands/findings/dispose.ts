/** What is decided about a finding, by the operator in the Lead's place; and questions about it with their answers. */
import { z } from 'zod';
import { answerFindingRequest, disposeRequest, planFindingView, questionRequest, refuse, type JsonObject, type Settled } from '@guildhall/protocol';
import type { RoutePath } from '../../http/daemon-client.ts';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { readTextOrStdin } from '../../typed-text.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { answerFindingChange } from './describe-finding.ts';

const acceptInput = z.object({
  id: z.string().min(1),
  reason: z.string().optional(),
  assignTo: z.string().optional(),
  revalidateBy: z.array(z.string()).optional(),
});

export const acceptFinding: RunVerb = async (call) => {
  const options = readInput(call, acceptInput);
  if (!options.ok) return options;
  const { id, ...fields } = options.value;
  return send(call, '/v1/findings/{id}/accept', id, makeRequest(disposeRequest, fields));
};

export const rejectFinding = withReason('reject');
export const deferFinding = withReason('defer');

const askInput = z.object({ id: z.string().min(1), question: z.string().min(1) });

export const askAboutFinding: RunVerb = async (call) => {
  const options = readInput(call, askInput);
  if (!options.ok) return options;
  const question = await readTextOrStdin(call, options.value.question);
  return send(call, '/v1/findings/{id}/ask', options.value.id, makeRequest(questionRequest, { question }));
};

const answerInput = z.object({ id: z.string().min(1), text: z.string().min(1) });

export const answerFinding: RunVerb = async (call) => {
  const options = readInput(call, answerInput);
  if (!options.ok) return options;
  const text = await readTextOrStdin(call, options.value.text);
  return send(call, '/v1/findings/{id}/answer', options.value.id, makeRequest(answerFindingRequest, { text }));
};

const reasonInput = z.object({ id: z.string().min(1), reason: z.string().optional() });

function withReason(verb: 'reject' | 'defer'): RunVerb {
  return async (call) => {
    const options = readInput(call, reasonInput);
    if (!options.ok) return options;
    const { id, reason } = options.value;
    if (reason === undefined || reason.trim() === '')
      return refuse('invalid-input', `Why? Say it with --reason: guildhall findings ${verb} ${id} --reason "…"`);
    return send(call, verb === 'reject' ? '/v1/findings/{id}/reject' : '/v1/findings/{id}/defer', id, makeRequest(disposeRequest, { reason }));
  };
}

async function send(call: Call, path: RoutePath, id: string, body: Settled<JsonObject>): Promise<Settled<Answer>> {
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path, answer: planFindingView, params: { id }, body: body.value }, answerFindingChange);
}
