import { z } from 'zod';
import { planFindingView, refuse, revalidateRequest } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { readTextOrStdin } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { answerFindingChange } from './describe-finding.ts';

const input = z.object({
  id: z.string().min(1),
  text: z.string().min(1),
  passed: z.boolean().default(false),
  failed: z.boolean().default(false),
  role: z.string().optional(),
});

export const revalidateFinding: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, passed, failed, role } = options.value;
  if (passed === failed) return refuse('invalid-input', `Say one of --passed and --failed: guildhall findings revalidate ${id} "how you know" --passed`);
  const text = await readTextOrStdin(call, options.value.text);
  const body = makeRequest(revalidateRequest, { verdict: passed ? 'passed' : 'failed', text, role });
  if (!body.ok) return body;
  return answerWith(
    call,
    { method: 'post', path: '/v1/findings/{id}/revalidate', answer: planFindingView, params: { id }, body: body.value },
    answerFindingChange,
  );
};
