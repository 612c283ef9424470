/** A policy is proposed, compared and put in force, each by a person. */
import { z } from 'zod';
import { proposePolicyRequest, skillPolicyView } from '@guildhall/protocol';
import { answerWith } from '../../../http/ask-once.ts';
import { makeRequest } from '../../../http/request-body.ts';
import { readInput, wholeNumber } from '../../../input.ts';
import { joinShown, show } from '../../../terminal/shown.ts';
import type { RunVerb } from '../../../verb.ts';
import { readFileOrStdin } from '../../../typed-text.ts';

const proposeInput = z.object({ file: z.string().min(1), note: z.string().optional() });

export const proposePolicy: RunVerb = async (call) => {
  const options = readInput(call, proposeInput);
  if (!options.ok) return options;
  const text = await readFileOrStdin(call, options.value.file);
  if (!text.ok) return text;
  const body = makeRequest(proposePolicyRequest, { text: text.value, note: options.value.note });
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/skill-policy/revisions', answer: skillPolicyView, body: body.value }, (policy, { paint, marks }) =>
    joinShown([
      show`${paint('green', marks.yes)} Revision ${policy.rev} is proposed; nothing has changed yet.`,
      paint('dim', show`  What it would change: guildhall skills policy diff ${policy.rev}`),
      paint('dim', show`  Put it in force: guildhall skills policy approve ${policy.rev}`),
    ]),
  );
};

const approveInput = z.object({ rev: wholeNumber(1, 1_000_000_000) });

export const approvePolicy: RunVerb = async (call) => {
  const options = readInput(call, approveInput);
  if (!options.ok) return options;
  const params = { rev: String(options.value.rev) };
  return answerWith(
    call,
    { method: 'post', path: '/v1/skill-policy/revisions/{rev}/approve', answer: skillPolicyView, params },
    (policy, { paint, marks }) => show`${paint('green', marks.yes)} Revision ${policy.rev} is in force from the next turn of each role on.`,
  );
};
