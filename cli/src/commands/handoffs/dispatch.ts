import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { done, handoffRequest, refuse, requestedHandoff, type JsonObject, type RequestedHandoff, type Settled } from '@guildhall/protocol';
import { makeRequest } from '../../http/request-body.ts';
import { duration, readInput } from '../../input.ts';
import { mayPass, pauses } from '../../streaming/follow-stream.ts';
import type { Screen } from '../../terminal/screen.ts';
import { joinShown, show, type Shown } from '../../terminal/shown.ts';
import { readTypedText } from '../../typed-text.ts';
import { onOneLine } from '../../terminal/words.ts';
import type { Answer, Call, RunVerb } from '../../verb.ts';
import { awaitHandoff } from './await-handoff.ts';
import { describeEnd, exitOfHandoff, handoffLine, isOpenHandoff, nextStep } from './describe-handoff.ts';
import { pointToExplanation } from './refused-handoff.ts';

const input = z.object({
  task: z.string().min(1),
  from: z.string().min(1),
  to: z.string().min(1),
  risk: z.string().min(1).optional(),
  forbid: z.array(z.string()).optional(),
  dedupKey: z.string().min(1).optional(),
  wait: z.boolean().default(false),
  timeout: duration.optional(),
});

/** A lost answer is asked for again so long: the key makes it the same request. */
const askAgainMs = 10_000;

export const dispatchHandoff: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { from, to, risk, forbid, dedupKey, wait, timeout } = options.value;
  if (timeout !== undefined && !wait) return refuse('invalid-input', '--timeout says how long to wait: give --wait too');
  const task = await readTypedText(call, options.value.task);
  if (!task.ok) return task;
  const body = makeRequest(handoffRequest, { source: from, target: to, task: task.value, riskLevel: risk, forbiddenActions: forbid, dedupKey });
  if (!body.ok) return body;
  const asked = await ask(call, body.value);
  if (!asked.ok) return pointToExplanation(asked.refusal);
  return wait ? waitForEnd(call, asked.value, timeout) : done(answerAsked(call.output.screen, asked.value));
};

async function ask(call: Call, body: JsonObject): Promise<Settled<RequestedHandoff>> {
  const headers = { 'idempotency-key': randomUUID() };
  const pause = pauses(askAgainMs, call.signal);
  for (let tries = 1; ; tries += 1) {
    const daemon = await call.connect();
    const asked = daemon.ok ? await daemon.value.ask('post', '/v1/handoffs', requestedHandoff, { body, headers }) : daemon;
    const neverWas = !asked.ok && tries === 1 && (!daemon.ok || asked.refusal.details?.['reason'] === 'ECONNREFUSED');
    if (asked.ok || neverWas || !mayPass(asked.refusal) || !(await pause())) return asked;
  }
}

async function waitForEnd(call: Call, asked: RequestedHandoff, timeoutSeconds: number | undefined): Promise<Settled<Answer>> {
  const { screen } = call.output;
  if (asked.duplicate) call.output.tell(show`${duplicateWords} ${asked.id}`);
  const ended = await awaitHandoff(call, asked, timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000);
  if (!ended.ok) return ended;
  if (ended.value === null) return done({ written: true });
  const value = { ...ended.value, duplicate: asked.duplicate };
  return done({ json: value, text: () => describeEnd(screen, value), exit: exitOfHandoff(value) });
}

const duplicateWords = 'This was asked for before; nothing new runs. It is';

function answerAsked(screen: Screen, handoff: RequestedHandoff): Answer {
  const exit = isOpenHandoff(handoff) ? 0 : exitOfHandoff(handoff);
  return { json: handoff, text: () => describeAsked(screen, handoff), exit: handoff.status === 'refused' ? exit : 0 };
}

export function describeAsked(screen: Screen, handoff: RequestedHandoff): Shown {
  const { paint } = screen;
  const again = handoff.duplicate ? [paint('yellow', show`${duplicateWords} this:`)] : [];
  const why = handoff.status === 'awaiting-approval' ? [show`  ${onOneLine(handoff.decision.rule)}`] : [];
  return joinShown([...again, handoffLine(screen, handoff), ...why, paint('dim', show`  ${nextStep(handoff)}`)]);
}
