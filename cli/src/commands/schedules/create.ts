import { z } from 'zod';
import { catchUpRules, done, planId, refuse, scheduleRequest, scheduleView, type JsonObject, type Settled } from '@guildhall/protocol';
import { answerWith } from '../../http/ask-once.ts';
import { makeRequest } from '../../http/request-body.ts';
import { duration, readInput } from '../../input.ts';
import { readTypedText } from '../../typed-text.ts';
import type { RunVerb } from '../../verb.ts';
import { answerSchedule } from './describe-schedule.ts';
import { readScheduleTime } from './read-time.ts';

const input = z.object({
  name: z.string().min(1),
  prompt: z.string().min(1),
  in: duration.optional(),
  at: z.string().optional(),
  every: duration.optional(),
  cron: z.string().optional(),
  timezone: z.string().optional(),
  agent: z.string().optional(),
  plan: planId.optional(),
  role: z.string().optional(),
  deliver: z
    .string()
    .regex(/^[^:]+:.+$/s, 'PLATFORM:CHAT is wanted, such as telegram:-100123456')
    .optional(),
  account: z.string().optional(),
  thread: z.string().optional(),
  catchUp: z.enum(catchUpRules).optional(),
  jitter: duration.optional(),
});

type Typed = z.infer<typeof input>;

export const createSchedule: RunVerb = async (call) => {
  const options = readInput(call, input);
  if (!options.ok) return options;
  const { name, catchUp, jitter } = options.value;
  const when = readScheduleTime(options.value, call.output.screen.now);
  if (!when.ok) return when;
  const target = readTarget(options.value);
  if (!target.ok) return target;
  const deliverTo = readDelivery(options.value);
  if (!deliverTo.ok) return deliverTo;
  const prompt = await readTypedText(call, options.value.prompt);
  if (!prompt.ok) return prompt;
  const body = makeRequest(scheduleRequest, {
    name,
    when: when.value,
    target: target.value,
    prompt: prompt.value,
    deliverTo: deliverTo.value,
    catchUp,
    jitterMs: jitter === undefined ? undefined : jitter * 1000,
  });
  if (!body.ok) return body;
  return answerWith(call, { method: 'post', path: '/v1/schedules', answer: scheduleView, body: body.value }, answerSchedule);
};

function readTarget({ agent, plan, role }: Typed): Settled<JsonObject> {
  if (agent !== undefined && plan === undefined && role === undefined) return done({ kind: 'agent', agent });
  if (agent === undefined && plan !== undefined && role !== undefined) return done({ kind: 'role', plan, role });
  return refuse('invalid-input', 'Who does it? Say --agent ID, or --plan ID and --role ROLE together', { option: '--agent' });
}

/** `telegram:-100123456`: what stands behind the first colon is the chat, colons and all. */
function readDelivery({ deliver, account, thread }: Typed): Settled<JsonObject | undefined> {
  if (deliver === undefined)
    return account === undefined && thread === undefined
      ? done(undefined)
      : refuse('invalid-input', '--account and --thread belong to --deliver PLATFORM:CHAT');
  const at = deliver.indexOf(':');
  return done({
    platform: deliver.slice(0, at),
    chat: deliver.slice(at + 1),
    ...(account === undefined ? {} : { account }),
    ...(thread === undefined ? {} : { thread }),
  });
}
