import { done, refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { z } from 'zod';
import { noEffects } from '../effects.ts';
import { toolInput } from '../input.ts';
import { told } from '../result.ts';

const input = toolInput(
  {
    question: z.string().min(1).max(2000),
    choices: z.array(z.string().min(1).max(200)).min(2).max(8).exactOptional().describe('Answers to choose from; the person may always answer otherwise'),
  },
  { question: ['text', 'prompt'], choices: ['options'] },
);

/** `clarify`: asks the person. Ends the turn (`data.endsTurn`); the answer is the next message. */
export function clarifyTool(): Tool<z.output<typeof input>> {
  return {
    name: 'clarify',
    description: 'Ask the person a question when you cannot go on without the answer. The turn ends; the answer comes as the next message.',
    input,
    idempotent: true,
    untrusted: false,
    private: false,
    canonicalise: async (args) =>
      args.question.trim() === '' ? refuse('invalid-input', 'the question is empty') : done({ ...args, question: args.question.trim() }),
    danger: () => null,
    effects: noEffects,
    run: async ({ question, choices }) =>
      told('The question was put to the person. The answer comes as their next message.', {
        endsTurn: true,
        question,
        ...(choices === undefined ? {} : { choices }),
      }),
  };
}
