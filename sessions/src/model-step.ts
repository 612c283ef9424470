/** One model step of a turn: reserve, stream, settle. Records nothing but notes of what went wrong. */
import { failpoint } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import { z } from 'zod';
import { estimateTokens, toModelMessages } from './context.ts';
import { ModelFailure, type ModelMessage, type ModelTool, type ModelToolCall, type ModelUsage } from './model.ts';
import { type Drive, DriveEnded, beginStep, held, nextSeq, noteRecorded } from './turn-deps.ts';
import type { Tool } from './tool.ts';

export interface StepAnswer {
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly usage: ModelUsage;
  readonly cutAtLength: boolean;
}

/** How often a step whose stream broke off in the middle is begun again. */
const cutOffRetries = 2;

/**
 * Asks the model once. `budget-exhausted` before anything was asked; `upstream-failed` when the provider could not answer. What had streamed before a break is kept as a `partial` note.
 */
export async function askModel(drive: Drive, tools: readonly Tool[]): Promise<Settled<StepAnswer>> {
  const messages = toModelMessages(drive.entries);
  for (let attempt = 0; ; attempt += 1) {
    const reservation = `${drive.turn.id}.${nextSeq(drive)}`;
    const estimate = await drive.deps.agents.estimateStep(drive.profile.model, estimateTokens(drive.profile.system, messages));
    const reserved = await drive.deps.budgets.reserveBudget(reservation, drive.profile.budgets, estimate);
    if (!reserved.ok) return reserved;
    const streamed = await streamReserved(drive, reservation, messages, tools);
    await failpoint('turn.after-model-step');
    if (streamed.failure === undefined) return done(streamed.answer);
    if (drive.signal.aborted) throw new DriveEnded('stopped');
    if (streamed.failure.code !== 'cut-off' || attempt >= cutOffRetries) return modelRefusal(drive, streamed.failure);
    noteRecorded(drive, held(await drive.deps.store.recordNote(drive.fence, drive.turn.id, { code: 'step-retried', text: streamed.failure.message })));
  }
}

/** What was reserved is settled also where nothing began. */
async function streamReserved(drive: Drive, reservation: string, messages: readonly ModelMessage[], tools: readonly Tool[]): Promise<Streamed> {
  let usage: ModelUsage | null = null;
  try {
    await beginStep(drive);
    const streamed = await streamStep(drive, messages, tools);
    usage = streamed.usage;
    return streamed;
  } finally {
    await drive.deps.budgets.settleBudget(reservation, usage === null ? { microUsd: 0, tokens: 0 } : spent(usage));
  }
}

function modelRefusal(drive: Drive, failure: ModelFailure): Settled<never> {
  return refuse('upstream-failed', `the model ${drive.profile.model} did not answer (${failure.code}): ${failure.message}`, { code: failure.code });
}

function spent(usage: ModelUsage): { microUsd: number; tokens: number } {
  return { microUsd: usage.costMicroUsd ?? 0, tokens: usage.inputTokens + usage.outputTokens };
}

type Streamed =
  | { readonly failure: undefined; readonly answer: StepAnswer; readonly usage: ModelUsage }
  | { readonly failure: ModelFailure; readonly usage: null };

async function streamStep(drive: Drive, messages: readonly ModelMessage[], tools: readonly Tool[]): Promise<Streamed> {
  const messageId = `e${nextSeq(drive)}`;
  const { live } = drive.deps;
  const { sessionKey, id: turnId } = drive.turn;
  let text = '';
  const toolCalls: ModelToolCall[] = [];
  try {
    for await (const part of drive.deps.runtime.stream(modelRequest(drive, messages, tools), drive.signal)) {
      if (part.type === 'text') {
        text += part.text;
        live.publish(sessionKey, { type: 'text', turnId, messageId, delta: part.text });
      } else if (part.type === 'tool-call') {
        const { type: _type, ...call } = part;
        toolCalls.push(call);
      } else if (part.type === 'finish')
        return { failure: undefined, usage: part.usage, answer: { text, toolCalls, usage: part.usage, cutAtLength: part.reason === 'length' } };
    }
    throw new ModelFailure('cut-off', 'the answer ended without its end mark', { retryable: true });
  } catch (error) {
    const failure = error instanceof ModelFailure ? error : new ModelFailure('bad-answer', 'the model runtime failed', { retryable: false, cause: error });
    if (text !== '') {
      live.publish(sessionKey, { type: 'discarded', turnId, messageId });
      noteRecorded(drive, held(await drive.deps.store.recordNote(drive.fence, turnId, { code: 'partial', text })));
    }
    return { failure, usage: null };
  }
}

function modelRequest(drive: Drive, messages: readonly ModelMessage[], tools: readonly Tool[]) {
  const { profile, turn } = drive;
  return {
    model: profile.model,
    ...(profile.fallbackModel === undefined ? {} : { fallbackModel: profile.fallbackModel }),
    ...(profile.reasoning === undefined ? {} : { reasoning: profile.reasoning }),
    agent: profile.id,
    sessionKey: turn.sessionKey,
    system: profile.system,
    messages,
    tools: tools.map(describeTool),
  };
}

const schemas = new WeakMap<Tool['input'], ModelTool['inputSchema']>();

function describeTool({ name, description, input }: Tool): ModelTool {
  const known = schemas.get(input);
  const inputSchema = known ?? z.record(z.string(), z.json()).parse(z.toJSONSchema(input, { io: 'input' }));
  schemas.set(input, inputSchema);
  return { name, description, inputSchema };
}
