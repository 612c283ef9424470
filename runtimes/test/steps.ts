/** Running steps in tests. */
import { ModelFailure, type ModelPart, type ModelRequest, type ModelRuntime } from '@guildhall/sessions';
import { type ModelRuntimeOptions, type ProviderSettings, createModelRuntime } from '../src/index.ts';

/** Providers as the configuration gives them. */
export function provided(providers: Readonly<Record<string, ProviderSettings>>): ReadonlyMap<string, ProviderSettings> {
  return new Map(Object.entries(providers));
}

const neverAborted = new AbortController().signal;

export function ask(model: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model,
    agent: 'coder',
    sessionKey: 'agent:coder:main',
    system: 'You are a coder.',
    messages: [{ speaker: 'user', text: 'hello' }],
    tools: [],
    ...more,
  };
}

export interface Ran {
  readonly parts: readonly ModelPart[];
  readonly text: string;
  readonly failure: ModelFailure | undefined;
}

/** Runs a step to its end; a failure is a value here. Anything thrown that is no `ModelFailure` breaks the test. */
export async function run(runtime: ModelRuntime, request: ModelRequest, signal: AbortSignal = neverAborted): Promise<Ran> {
  const parts: ModelPart[] = [];
  const text = () => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  try {
    for await (const part of runtime.stream(request, signal)) parts.push(part);
    return { parts, text: text(), failure: undefined };
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    return { parts, text: text(), failure: error };
  }
}

/** Waits until it is so, at most ten seconds. */
export async function eventually(what: () => boolean): Promise<void> {
  for (let left = 1000; left > 0 && !what(); left -= 1) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!what()) throw new Error(`it never came to be: ${what.toString()}`);
}

export function finishOf(ran: Ran) {
  const last = ran.parts.at(-1);
  if (last?.type !== 'finish') throw new Error(`the step has no finish: ${ran.failure?.message ?? JSON.stringify(ran.parts)}`);
  return last;
}

/** A runtime whose provider "farm" is at `url`, with short pauses. Its deadlines are longer than any busy machine needs; tests of deadlines give their own. */
export function farm(url: string, options: Partial<ModelRuntimeOptions> = {}): ModelRuntime {
  return createModelRuntime({
    env: { FARM_KEY: 'sk-farm-0123456789' },
    providers: provided({ farm: { type: 'openai-compatible', baseUrl: `${url}/v1`, apiKey: { kind: 'env', name: 'FARM_KEY' } } }),
    deadlines: { firstPartMs: 20_000, idleMs: 20_000, stepMs: 60_000 },
    retries: { attempts: 3, pauseMs: 1, longestPauseMs: 1000 },
    ...options,
  });
}
