import { z } from 'zod';
import { handoffView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { readInput } from '../../input.ts';
import type { RunVerb } from '../../verb.ts';
import { describeHandoff } from './describe-handoff.ts';

const input = z.object({ id: z.string().min(1) });

export const showHandoff: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  return answerWith(call, { method: 'get', path: '/v1/handoffs/{id}', answer: handoffView, params: options.value }, (handoff, screen) =>
    describeHandoff(screen, handoff),
  );
};
