import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { done, invokeRequest, planView, refuse, roleRunView, type JsonObject, type RoleRunView, type Settled, shellWord } from '@guildhall/protocol';
import { makeRequest } from '../../http/request-body.ts';
import { duration, readInput } from '../../input.ts';
import { mayPass, pauses } from '../../streaming/follow-stream.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { readAll, readTextOrStdin } from '../../typed-text.ts';
import type { Call, RunVerb } from '../../verb.ts';
import { awaitRun, exitOfRun } from './await-run.ts';
import { describeRoleRun, wordsForPerson } from './describe-run.ts';
import { placeWords, rolePlace } from './role-place.ts';

const input = z.object({
  ...rolePlace,
  task: z.string().optional(),
  wait: z.boolean().default(false),
  timeout: duration.optional(),
  mode: z.enum(['persistent', 'delegated']).optional(),
  expect: z.array(z.string()).optional(),
  phase: z.string().optional(),
  label: z.array(z.string()).optional(),
  path: z.array(z.string()).optional(),
  requestId: z.string().min(1).optional(),
});

const usualTimeoutSeconds = 600;
/** A lost answer is asked for again so long: the request id makes it the same run. */
const askAgainMs = 10_000;

export const invokeRole: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { plan, role, wait, timeout, mode, phase, label, path, requestId = randomUUID() } = options.value;
  if (timeout !== undefined && !wait) return refuse('invalid-input', '--timeout says how long to wait: give --wait too');
  const task = await readTask(call, options.value);
  if (!task.ok) return task;
  const body = makeRequest(invokeRequest, { task: task.value, mode, phase, expects: options.value.expect, labels: label, paths: path, requestId });
  if (!body.ok) return body;
  const known = await isPlan(call, plan);
  const asked = await ask(call, { plan, role }, body.value);
  if (!asked.ok) return asked;
  const { screen } = call.output;
  if (!known) call.output.tell(screen.paint('yellow', show`There was no plan ${plan}; it is made with this. Those there are: guildhall plans list`));
  if (!wait) return done({ json: asked.value, text: () => describeAsked(screen, asked.value) });
  const ended = await awaitRun(call, asked.value, (timeout ?? usualTimeoutSeconds) * 1000);
  if (!ended.ok) return ended;
  return done({ json: ended.value, text: () => describeRoleRun(screen, ended.value), exit: exitOfRun(ended.value) });
};

/** Typed, `-`, or what is piped in when nothing was typed. */
async function readTask(call: Call, { task, plan, role }: z.infer<typeof input>): Promise<Settled<string>> {
  const given = task === undefined && call.stdin.isTTY !== true ? await readAll(call.stdin) : await readTextOrStdin(call, task ?? '');
  if (given.trim() !== '') return done(given);
  return refuse('invalid-input', `What is to be done? guildhall roles invoke "…" ${placeWords({ plan, role })}`, { option: 'task' });
}

/** Asking a role makes a plan that is not there yet. Whoever mistyped its name should hear of it. */
async function isPlan(call: Call, plan: string): Promise<boolean> {
  const daemon = await call.connect();
  if (!daemon.ok) return true;
  const found = await daemon.value.ask('get', '/v1/plans/{plan}', planView, { params: { plan } });
  return found.ok || found.refusal.code !== 'not-found';
}

async function ask(call: Call, params: { readonly plan: string; readonly role: string }, body: JsonObject): Promise<Settled<RoleRunView>> {
  const pause = pauses(askAgainMs, call.signal);
  for (let tries = 1; ; tries += 1) {
    const daemon = await call.connect();
    const asked = daemon.ok ? await daemon.value.ask('post', '/v1/plans/{plan}/roles/{role}/turns', roleRunView, { params, body }) : daemon;
    const neverWas = !asked.ok && tries === 1 && (!daemon.ok || asked.refusal.details?.['reason'] === 'ECONNREFUSED');
    if (asked.ok || neverWas || !mayPass(asked.refusal) || !(await pause())) return asked;
  }
}

function describeAsked({ paint, marks }: Screen, run: RoleRunView): Shown {
  const next =
    run.status === 'waiting-for-person' ? wordsForPerson(run) : [show`What comes of it: guildhall roles runs --plan ${shellWord(run.plan)} --role ${run.role}`];
  return joinShown([
    show`${paint('green', marks.yes)} ${paint('bold', run.role)} of ${run.plan} was asked: ${run.id}, ${run.status}.`,
    ...next.map((line) => paint('dim', show`  ${line}`)),
  ]);
}
