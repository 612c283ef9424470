import { z } from 'zod';
import { handoffExplanation } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { describeExplanation } from './describe-decision.ts';

const input = z.object({ id: z.string().min(1) });

export const explainHandoff: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  return answerWith(call, { method: 'get', path: '/v1/handoffs/{id}/decision', answer: handoffExplanation, params: options.value }, (explanation, screen) =>
    describeExplanation(screen, explanation),
  );
};
