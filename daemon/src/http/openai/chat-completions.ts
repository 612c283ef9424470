/**
 * `POST /v1/chat/completions`: any client of OpenAI's wire can talk to an agent by its id. The agent's tools run inside its turn; only text comes back.
 *
 * With an Idempotency-Key the place and the id of the message are decided and kept before it is accepted, so a retry finds the same turn whatever happened in between, and
 * nothing runs twice. Without one, a client that hangs up stops the turn it asked for: that is what the stop button of every such client does.
 */
import { z } from 'zod';
import { done, refuse, type AcceptedAnswer, type AgentView, type Settled } from '@guildhall/protocol';
import { digestOf, sha256 } from '@guildhall/kernel';
import type { Credential } from '@guildhall/authority';
import { mayUseAgent } from '../access.ts';
import { endpoint, freeEndpoint, type Call, type Reply } from '../endpoint.ts';
import type { Endpoints } from '../endpoints.ts';
import { beginOnce, readIdempotencyKey } from '../idempotency.ts';
import { endedBecause } from '../open-requests.ts';
import type { AskedTurn, CompletionParts } from './asked-turn.ts';
import { createQueue } from '../../one-at-a-time.ts';
import { findConversation, namedConversation } from './conversations.ts';
import { composeText, readHistory, type History } from './history.ts';
import { streamCompletion } from './stream-completion.ts';
import { waitForTurn } from './turn-end.ts';
import { completionAnswer, completionOf, completionRequest, modelList, type CompletionHead, type CompletionRequest } from './wire.ts';

export function openAiEndpoints(parts: CompletionParts): Pick<Endpoints, 'post /v1/chat/completions' | 'get /v1/models'> {
  const { operations } = parts;
  const accept = createAcceptor(parts);
  return {
    'post /v1/chat/completions': freeEndpoint({
      body: completionRequest,
      dress: 'openai',
      ownIdempotency: true,
      answer: { status: 200, content: { 'application/json': completionAnswer, 'text/event-stream': undefined } },
      work: async ({ body }, call) => {
        if (!mayUseAgent(call.by, body.model)) return refuse('not-allowed', `This credential may not talk to "${body.model}".`);
        const agent = await operations.readAgent(body.model);
        if (!agent.ok) return agent;
        const asked = await accept(body, agent.value, call);
        return asked.ok ? complete(parts, body, asked.value, call) : asked;
      },
    }),
    'get /v1/models': endpoint({
      dress: 'openai',
      answer: modelList,
      work: async (_input, { by }) => {
        const agents = (await operations.listAgents()).filter((agent) => mayUseAgent(by, agent.id));
        return done({ object: 'list' as const, data: agents.map(({ id }) => ({ id, object: 'model' as const, created: 0, owned_by: 'guildhall' })) });
      },
    }),
  };
}

/** Where a message goes and under which id; kept under the Idempotency-Key. */
const plan = z.strictObject({ thread: z.string(), sessionKey: z.string(), fresh: z.boolean(), messageId: z.string() });
type Plan = z.infer<typeof plan>;

type Accept = (request: CompletionRequest, agent: AgentView, call: Call<Credential>) => Promise<Settled<AskedTurn>>;

/** Sessions whose instructions are remembered, so that a client which repeats its system message with every request is quoted once. */
const heardLimit = 1_000;

function createAcceptor(parts: CompletionParts): Accept {
  const heard = new Map<string, string>();
  const queue = createQueue();
  return async (request, agent, call) => {
    const history = readHistory(request.messages);
    if (!history.ok) return history;
    const name = nameOf(request, call);
    if (!name.ok) return name;
    return queue(`${call.by.id} ${agent.id} ${name.value ?? history.value.opening}`, async () => {
      const planned = await planMessage(parts, request, history.value, name.value, call);
      if (!planned.ok) return planned;
      const { plan: place, keyed } = planned.value;
      const before = await parts.operations.readEntries(place.sessionKey, { last: true, limit: 1 });
      const accepted = await acceptAt(parts, place, history.value, agent, call.by, heard);
      if (!accepted.ok) return accepted;
      const { turnId, sessionKey, duplicate } = accepted.value;
      return done({ turnId, sessionKey, agent, keyed, ...(duplicate ? {} : { afterSeq: before.ok ? (before.value.at(-1)?.seq ?? 0) : 0 }) });
    });
  };
}

function nameOf(request: CompletionRequest, call: Call<Credential>): Settled<string | undefined> {
  const name = call.header('x-guildhall-session') ?? request.user ?? undefined;
  if (name === undefined || name === '') return done(undefined);
  if (name.length > 200 || /\p{Cc}/u.test(name))
    return refuse('invalid-input', 'The name of a conversation has at most 200 characters, none of them control characters.');
  return done(name);
}

async function planMessage(
  parts: CompletionParts,
  request: CompletionRequest,
  history: History,
  name: string | undefined,
  call: Call<Credential>,
): Promise<Settled<{ readonly plan: Plan; readonly keyed: boolean }>> {
  const { operations, ids, idempotency } = parts;
  const whose = { agent: request.model, credentialId: call.by.id };
  const choose = async (): Promise<Plan> => {
    const place = name === undefined ? await findConversation(operations, ids, whose, history) : await namedConversation(operations, whose, name);
    return { ...place, messageId: ids.next('api') };
  };
  const key = readIdempotencyKey(call.header('idempotency-key'));
  if (!key.ok) return key;
  if (key.value === undefined) return done({ plan: await choose(), keyed: false });
  const began = await beginOnce(parts, { key: key.value, credentialId: call.by.id, digest: digestOf({ chat: request }) }, call.signal);
  if (!began.ok) return began;
  if (began.value.state === 'replay') return done({ plan: plan.parse(JSON.parse(began.value.body)), keyed: true });
  try {
    const chosen = await choose();
    await idempotency.finish(key.value, call.by.id, 202, JSON.stringify(chosen));
    return done({ plan: chosen, keyed: true });
  } catch (error) {
    await idempotency.abandon(key.value, call.by.id);
    throw error;
  }
}

async function acceptAt(
  parts: CompletionParts,
  place: Plan,
  history: History,
  agent: AgentView,
  by: Credential,
  heard: Map<string, string>,
): Promise<Settled<AcceptedAnswer>> {
  const instructions = sha256(history.instructions);
  const text = composeText(history, { instructions: place.fresh || heard.get(place.sessionKey) !== instructions, earlier: place.fresh });
  if (text.length > 1_000_000) return refuse('too-large', `The message is ${text.length} characters long; an agent takes up to 1000000.`);
  const accepted = await parts.operations.acceptMessage(
    { platform: 'api', chat: by.id, chatType: 'thread', thread: place.thread, messageId: place.messageId, text, agent: agent.id },
    by,
  );
  if (!accepted.ok) return accepted;
  heard.delete(place.sessionKey);
  heard.set(place.sessionKey, instructions);
  const oldest = heard.keys().next();
  if (heard.size > heardLimit && oldest.done !== true) heard.delete(oldest.value);
  return accepted;
}

async function complete(parts: CompletionParts, request: CompletionRequest, asked: AskedTurn, call: Call<Credential>): Promise<Settled<Reply>> {
  const head: CompletionHead = { turnId: asked.turnId, agent: asked.agent.id, created: Math.floor(parts.clock.now() / 1000) };
  const reply =
    request.stream === true
      ? await streamCompletion(parts, head, asked, request.stream_options?.include_usage === true, call)
      : await answerWhole(parts, head, asked, call);
  if (!asked.keyed && endedBecause(call.signal, 'client-left')) await parts.operations.cancelTurn(asked.turnId, call.by);
  return reply;
}

async function answerWhole(parts: CompletionParts, head: CompletionHead, asked: AskedTurn, call: Call<Credential>): Promise<Settled<Reply>> {
  const turn = await waitForTurn(parts, asked.turnId, call.signal);
  if (!turn.ok) return turn;
  return done({ kind: 'json', status: 200, body: completionOf(head, turn.value.answer ?? '', turn.value.usage) });
}
