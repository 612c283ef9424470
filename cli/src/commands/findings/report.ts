import { z } from 'zod';
import { done, findingRequest, planFindingView, planId, severities } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { readTypedText } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { answerFindingChange } from './describe-finding.ts';

const input = z.object({
  title: z.string().min(1),
  plan: planId,
  severity: z.enum(severities),
  description: z.string().optional(),
  evidence: z.array(z.string()).optional(),
});

export const reportFinding: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { title, plan, severity, evidence } = options.value;
  const description = options.value.description === undefined ? done('') : await readTypedText(call, options.value.description);
  if (!description.ok) return description;
  const body = makeRequest(findingRequest, { title, severity, description: description.value, evidence: evidence?.map((what) => ({ what })) });
  if (!body.ok) return body;
  return answerWith(
    call,
    { method: 'post', path: '/v1/plans/{plan}/findings', answer: planFindingView, params: { plan }, body: body.value },
    answerFindingChange,
  );
};
