import { z } from 'zod';
import { done, personAnswerRequest, planId, refuse, roleRunView, type RoleRunView, type Settled } from '@guildhall/protocol';
import type { Daemon } from '../../http/daemon-client.ts';
import { makeRequest } from '../../http/request-body.ts';
import { readInput } from '../../input.ts';
import type { Screen } from '../../terminal/screen.ts';
import { show, type Shown } from '../../terminal/shown.ts';
import { readTextOrStdin } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { readAllPlans } from '../plans/read-plans.ts';
import { awaitRun, exitOfRun } from './await-run.ts';
import { describeRoleRun } from './describe-run.ts';

const input = z.object({ run: z.string().min(1), text: z.string().min(1), failed: z.boolean().default(false), plan: planId.optional() });

/** What a person says is judged as every other answer is: what was to be there is looked for. */
const judgedWithinMs = 20_000;

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
  const judged = await awaitRun(call, answered.value, judgedWithinMs);
  if (!judged.ok) return judged;
  const { value } = judged;
  return done({ json: value, text: () => describeAnswered(call.output.screen, value), exit: failed ? 0 : exitOfRun(value) });
};

function describeAnswered(screen: Screen, run: RoleRunView): Shown {
  const { paint, marks } = screen;
  const whose = `${run.role} of ${run.plan}`;
  if (run.outcome === 'failed') return show`${paint('green', marks.yes)} ${whose} has given it up: ${run.id}.`;
  if (run.outcome === 'succeeded') return show`${paint('green', marks.yes)} ${whose} has done it: ${run.id}.`;
  return describeRoleRun(screen, run);
}

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
