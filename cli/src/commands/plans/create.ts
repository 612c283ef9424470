import { z } from 'zod';
import { done, planId, planRequest, planView, type PlanView } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { readFileOrStdin, readTypedText } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { readPhases } from './phase.ts';
import { planWord } from './plan-name.ts';

const input = z.object({
  id: planId,
  title: z.string().optional(),
  goal: z.string().optional(),
  packet: z.string().min(1).optional(),
  phase: z.array(z.string()).optional(),
});

/** `existing`: it was there before, and is as it was. */
const createdPlan = planView.extend({ existing: z.boolean().optional() });

export const createPlan: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { id, title, phase } = options.value;
  const phases = phase === undefined ? done(undefined) : readPhases(phase);
  if (!phases.ok) return phases;
  const goal = options.value.goal === undefined ? done(undefined) : await readTypedText(call, options.value.goal);
  if (!goal.ok) return goal;
  const packet = options.value.packet === undefined ? done(undefined) : await readFileOrStdin(call, options.value.packet);
  if (!packet.ok) return packet;
  const body = makeRequest(planRequest, {
    id,
    title,
    goal: goal.value,
    packet: packet.value,
    phases: phases.value?.map(({ name, roles }) => ({ name, roles })),
  });
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/plans', answer: createdPlan, body: body.value }, (plan, screen) =>
    describeCreated(screen, plan, plan.existing === true),
  );
};

function describeCreated({ paint, marks }: Screen, plan: PlanView, existing: boolean): Shown {
  const word = planWord(plan);
  const head = show`${paint('green', marks.yes)} The plan ${paint('bold', plan.id)} ${existing ? 'was there already, and is as it was' : 'is open'}.`;
  const next = existing
    ? show`  See it: guildhall plans show ${word}`
    : show`  Begin: guildhall roles invoke "What is to be done" --plan ${word} --role lead --wait`;
  return joinShown([head, paint('dim', next)]);
}
