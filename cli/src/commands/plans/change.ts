/** What an operator changes about a plan that is there. */
import { z } from 'zod';
import { planChange, planId, planView, reasonGivenRequest, refuse } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { joinShown, show } from '../../terminal/shown.ts';
import { readFileOrStdin } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { planWord } from './plan-name.ts';

const packetInput = z.object({ id: planId, file: z.string().min(1) });

export const changePacket: RunVerb = async (call) => {
  const options = readInput(call, packetInput);
  if (!options.ok) return options;
  const { id: plan, file } = options.value;
  const packet = await readFileOrStdin(call, file);
  if (!packet.ok) return packet;
  const body = makeRequest(planChange, { packet: packet.value });
  if (!body.ok) return body;
  return answerWith(
    call,
    { method: 'patch', path: '/v1/plans/{plan}', answer: planView, params: { plan }, body: body.value },
    (changed, { paint, marks }) =>
      show`${paint('green', marks.yes)} The roles of ${changed.id} read revision ${changed.packetRev} of the packet from their next turn on.`,
  );
};

const reopenInput = z.object({ id: planId, reason: z.string().optional() });

export const reopenPlan: RunVerb = async (call) => {
  const options = readInput(call, reopenInput);
  if (!options.ok) return options;
  const { id: plan, reason } = options.value;
  if (reason === undefined)
    return refuse('invalid-input', `Why? Say it with --reason: guildhall plans reopen ${planWord(plan)} --reason "what is still to be done"`);
  const body = makeRequest(reasonGivenRequest, { reason });
  if (!body.ok) return body;
  return answerWith(
    call,
    { method: 'post', path: '/v1/plans/{plan}/reopen', answer: planView, params: { plan }, body: body.value },
    (opened, { paint, marks }) =>
      joinShown([
        show`${paint('green', marks.yes)} The plan ${paint('bold', opened.id)} is open again.`,
        paint('dim', show`  Roles that were retired stay so; let one go on: guildhall roles reopen --plan ${planWord(opened)} --role ROLE --reason "why"`),
      ]),
  );
};
