import { z } from 'zod';
import { askRequest, askedAnswer } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput, wholeNumber } from '../../input.ts';
import { joinShown, show, showBlock } from '../../terminal/shown.ts';
import { readTextOrStdin } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { rolePlace } from './role-place.ts';

const input = z.object({ question: z.string().min(1), ...rolePlace, incarnation: wholeNumber(1, 1_000_000).optional() });
/** A model reads a whole record before it answers. */
const answerMs = 10 * 60_000;

export const askPredecessor: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { plan, role, incarnation } = options.value;
  const question = await readTextOrStdin(call, options.value.question);
  const body = makeRequest(askRequest, { question, incarnation });
  if (!body.ok) return body;
  return answerWith(
    call,
    { method: 'post', path: '/v1/plans/{plan}/roles/{role}/ask', answer: askedAnswer, params: { plan, role }, body: body.value, timeoutMs: answerMs },
    (asked, { paint }) => joinShown([paint('dim', show`Incarnation ${asked.incarnation} says:`), showBlock(asked.answer)]),
  );
};
