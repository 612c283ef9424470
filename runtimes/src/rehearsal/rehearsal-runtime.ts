/** A model that is a script: no key, no cost, the same answer every time. Everything it says is marked as a rehearsal in its usage. */
import { type Clock, systemClock } from '@guildhall/kernel';
import { ModelFailure, type ModelFailureCode, type ModelMessage, type ModelPart, type ModelRequest, type ModelRuntime } from '@guildhall/sessions';
import { Scripts } from './find-script.ts';
import { playStep, sceneOf } from './play.ts';
import type { ScriptStep } from './script.ts';

export interface RehearsalOptions {
  /** Where scripts lie: the folder of the configuration. Left out, there is only the built-in one. */
  readonly folder?: string | undefined;
  readonly clock?: Clock;
}

/** Answers `rehearsal/default` and `rehearsal/<script>`. */
export function createRehearsalRuntime(options: RehearsalOptions): ModelRuntime {
  const scripts = new Scripts(options.folder);
  const clock = options.clock ?? systemClock;
  return { stream: (request, signal) => rehearse(scripts, clock, request, signal) };
}

async function* rehearse(scripts: Scripts, clock: Clock, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelPart, void> {
  const found = await scripts.find(request.model.slice(request.model.indexOf('/') + 1));
  if (!found.ok) throw new ModelFailure('not-configured', found.refusal.message, { retryable: false });
  const step = playStep(found.value, sceneOf(request));
  for (const part of partsOf(step, request.messages)) {
    if (step.paceMs > 0) await clock.sleep(step.paceMs, signal);
    if (signal.aborted) throw new ModelFailure('aborted', `the step of ${request.model} was stopped`, { retryable: false });
    yield part;
  }
  if (step.fail !== undefined) throw new ModelFailure(step.fail, `${request.model} fails here, as its script says`, { retryable: mayPass.has(step.fail) });
  yield { type: 'finish', reason: step.calls.length > 0 ? 'tool-calls' : 'stop', usage: usageOf(request, step) };
}

const mayPass: ReadonlySet<ModelFailureCode> = new Set(['unreachable', 'timed-out', 'rate-limited', 'bad-answer', 'cut-off', 'overloaded']);

function* partsOf(step: ScriptStep, messages: readonly ModelMessage[]): Generator<ModelPart, void> {
  for (const text of piecesOf(step.think)) yield { type: 'reasoning', text };
  for (const text of piecesOf(step.say)) yield { type: 'text', text };
  const taken = new Set(messages.flatMap((message) => (message.speaker === 'assistant' ? message.toolCalls.map((call) => call.callId) : [])));
  let next = taken.size + 1;
  for (const { tool, args } of step.calls) {
    while (taken.has(`rehearsal_${next}`)) next += 1;
    yield { type: 'tool-call', callId: `rehearsal_${next}`, tool, args };
    next += 1;
  }
}

/** Word by word, in at most two hundred pieces; together they are the text. */
export function piecesOf(text: string): readonly string[] {
  const least = Math.ceil(text.length / 200);
  const pieces: string[] = [];
  let piece = '';
  for (const word of text.match(/\s*\S+\s*|\s+/g) ?? []) {
    piece += word;
    if (piece.length < least) continue;
    pieces.push(piece);
    piece = '';
  }
  return piece === '' ? pieces : [...pieces, piece];
}

/** Tokens are counted as four characters each, so that budgets can be rehearsed too; they cost nothing. */
function usageOf(request: ModelRequest, step: ScriptStep) {
  const input = request.messages.reduce((sum, message) => sum + message.text.length, request.system.length);
  const output = step.think.length + step.say.length + JSON.stringify(step.calls).length;
  return {
    model: request.model,
    rehearsal: true,
    inputTokens: Math.ceil(input / 4),
    outputTokens: Math.ceil(output / 4),
    cachedInputTokens: 0,
    costMicroUsd: 0,
  };
}
