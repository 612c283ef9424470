import { z } from 'zod';
import { done, personAnswerRequest, planId, refuse, roleRunView, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import { show } from '../../terminal/shown.ts';
import { readTextOrStdin } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { readAllPlans } from '../plans/read-plans.ts';

const input = z.object({ run: z.string().min(1), text: z.string().min(1), failed: z.boolean().default(false), plan: planId.optional() });

export const answerRun: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { run, failed } = options.value;
  const text = await readTextOrStdin(call, options.value.text);
  const body = makeRequest(personAnswerRequest, { text, outcome: failed ? 'failed' : undefined });
  if (!body.ok) return body;
  const daemon = await call.connect();
  if (!daemon.ok) return daemon;
  const plan = options.value.plan === undefined ? await findPlan(daemon.value, run) : done(options.value.plan);
  if (!plan.ok) return plan;
  const params = { plan: plan.value, run };
  const answered = await daemon.value.ask('post', '/v1/plans/{plan}/runs/{run}/answer', roleRunView, { params, body: body.value });
  if (!answered.ok) return answered;
  const { paint, marks } = call.output.screen;
  return done({
    json: answered.value,
    text: () => show`${paint('green', marks.yes)} ${answered.value.role} of ${answered.value.plan} has ${failed ? 'given it up' : 'done it'}: ${run}.`,
  });
};

/** Only an open plan has a run that waits for somebody. */
async function findPlan(daemon: Daemon, run: string): Promise<Settled<string>> {
  const plans = await readAllPlans(daemon, 'open');
  if (!plans.ok) return plans;
  for (const { id: plan } of plans.value.filter(({ runs }) => runs.open > 0)) {
    const found = await daemon.ask('get', '/v1/plans/{plan}/runs/{run}', roleRunView, { params: { plan, run } });
    if (found.ok) return done(plan);
    if (found.refusal.code !== 'not-found') return found;
  }
  return refuse('not-found', `No open plan has an open run ${run}. See what there is: guildhall roles list, then guildhall roles runs --plan ID`, { run });
}
