/**
 * Real models behind one port. A step is one request: tool calls are handed to the turn, never run here. Before the first part a step may be asked for again, with growing
 * pauses; after it, never. Whatever goes wrong arrives as a `ModelFailure` whose text holds no key.
 */
import { type Clock, deadline, sha256, systemClock } from '@guildhall/kernel';
import { ModelFailure, type ModelPart, type ModelRequest, type ModelRuntime } from '@guildhall/sessions';
import { attemptStep } from './attempt.ts';
import { type BreakerSettings, Breakers, defaultBreaker } from './breaker.ts';
import { type Deadlines, TookTooLong, defaultDeadlines } from './deadlines.ts';
import { type Endpoint, type ModelName, type ProviderSetup, knownSecrets, resolveEndpoint, splitModelId } from './endpoint.ts';
import { type FailureContext, cutShort, failureOf, say } from './failure.ts';
import { withFallback } from './fallback.ts';
import { openModel } from './open-model.ts';
import { type PriceOverrides, usageOf } from './prices.ts';
import { callOptionsOf } from './prompt.ts';
import { redact } from './redact.ts';
import { StepParts } from './step-parts.ts';

interface RetrySettings {
  /** Requests for one step, the first included. */
  readonly attempts: number;
  /** The pause after the first failure; doubled after each further one, and spread by half of it to either side. */
  readonly pauseMs: number;
  /** A provider that asks to wait longer than this is not waited for: the step fails as `rate-limited`, with how long. */
  readonly longestPauseMs: number;
}

const defaultRetries: RetrySettings = { attempts: 3, pauseMs: 500, longestPauseMs: 30_000 };

export interface ModelRuntimeOptions extends ProviderSetup {
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  readonly deadlines?: Partial<Deadlines>;
  readonly retries?: Partial<RetrySettings>;
  readonly breaker?: Partial<BreakerSettings>;
  readonly prices?: PriceOverrides;
}

interface Setup {
  readonly providers: ProviderSetup;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly retries: RetrySettings;
  readonly prices: PriceOverrides;
  readonly breakers: Breakers;
  readonly secrets: readonly string[];
}

/** Asks every model id whose provider is configured or well known. */
export function createModelRuntime(options: ModelRuntimeOptions): ModelRuntime {
  return withFallback(createBareModelRuntime(options));
}

/** The same without fallback. */
export function createBareModelRuntime(options: ModelRuntimeOptions): ModelRuntime {
  const clock = options.clock ?? systemClock;
  const setup: Setup = {
    providers: options,
    fetch: options.fetch ?? globalThis.fetch,
    clock,
    deadlines: { ...defaultDeadlines, ...options.deadlines },
    retries: { ...defaultRetries, ...options.retries },
    prices: options.prices ?? new Map(),
    breakers: new Breakers(clock, { ...defaultBreaker, ...options.breaker }),
    secrets: knownSecrets(options),
  };
  return { stream: (request, signal) => streamStep(setup, request, signal) };
}

/** One step on its way. */
interface Step {
  readonly setup: Setup;
  readonly request: ModelRequest;
  readonly name: ModelName;
  readonly endpoint: Endpoint;
  readonly secrets: readonly string[];
  /** Aborts when the turn is stopped and when the whole step's time is over. */
  readonly signal: AbortSignal;
  readonly stopped: () => boolean;
}

async function* streamStep(setup: Setup, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelPart, void> {
  const name = splitModelId(request.model);
  const endpoint = await resolveEndpoint(name.provider, setup.providers);
  const limit = deadline(setup.deadlines.stepMs, signal);
  const secrets = endpoint.apiKey === undefined ? setup.secrets : [...setup.secrets, endpoint.apiKey];
  const step: Step = { setup, request, name, endpoint, secrets, signal: limit.signal, stopped: () => signal.aborted };
  try {
    yield* tryUntilAnswered(step);
  } finally {
    limit.clear();
  }
}

async function* tryUntilAnswered(step: Step): AsyncGenerator<ModelPart, void> {
  const { retries, clock } = step.setup;
  for (let attempt = 1; ; attempt += 1) {
    const failed = yield* tryOnce(step);
    if (failed === undefined) return;
    const { failure, final } = failed;
    if (final || !failure.retryable || attempt >= retries.attempts) throw failure;
    if ((failure.retryAfterMs ?? 0) > retries.longestPauseMs) throw failure;
    await clock.sleep(pauseBefore(step, attempt, failure.retryAfterMs ?? 0), step.signal);
    if (step.signal.aborted) throw step.stopped() ? aborted(step) : failure;
  }
}

/** Spread by a digest of session and time, so that many sessions that failed together do not come back together. */
function pauseBefore(step: Step, attempt: number, atLeastMs: number): number {
  const { retries, clock } = step.setup;
  const spread = Number.parseInt(sha256(`${step.request.sessionKey} ${attempt} ${clock.mono()}`).slice(0, 8), 16) / 0xff_ff_ff_ff;
  return Math.min(retries.longestPauseMs, Math.max(atLeastMs, retries.pauseMs * 2 ** (attempt - 1) * (0.5 + spread)));
}

interface Failed {
  readonly failure: ModelFailure;
  /** Not to be tried again, whatever the failure says: a part was yielded, or the provider rests. */
  readonly final: boolean;
}

async function* tryOnce(step: Step): AsyncGenerator<ModelPart, Failed | undefined> {
  const { breakers } = step.setup;
  const resting = breakers.admit(step.request.model);
  if (resting !== undefined) return { failure: restingFailure(step, resting), final: true };
  let outcome: 'answered' | ModelFailure | undefined;
  let spoken = false;
  let answering = false;
  try {
    const parts = new StepParts(step.request, step.endpoint.type, step.request.model);
    const stream = askProvider(step, parts, () => {
      answering = true;
    });
    for await (const part of stream) {
      spoken = true;
      yield part;
    }
    const finish = await finishOf(step, parts);
    outcome = 'answered';
    spoken = true;
    yield finish;
    return undefined;
  } catch (error) {
    const failure = failureOfStep(step, error, answering);
    outcome = failure;
    return { failure, final: spoken };
  } finally {
    breakers.record(step.request.model, outcome);
  }
}

async function* askProvider(step: Step, parts: StepParts, onAnswer: () => void): AsyncGenerator<ModelPart, void> {
  const { setup, endpoint, request, signal } = step;
  const model = await openModel(endpoint, step.name.name, setup.fetch);
  yield* attemptStep({ model, options: callOptionsOf(request, endpoint.type), parts, clock: setup.clock, deadlines: setup.deadlines, signal, onAnswer });
}

async function finishOf(step: Step, parts: StepParts): Promise<ModelPart> {
  const reason = parts.finish();
  if (reason === undefined || parts.end === undefined) throw cutShort(contextOf(step, true));
  if (reason === 'nothing') throw new ModelFailure('bad-answer', `${step.request.model} answered with nothing`, { retryable: true });
  return { type: 'finish', reason, usage: await usageOf(parts.end.usage, step.request.model, step.name, step.endpoint, step.setup.prices) };
}

function contextOf(step: Step, answering: boolean): FailureContext {
  return { endpoint: step.endpoint, model: step.request.model, answering, now: step.setup.clock.now(), secrets: step.secrets };
}

function failureOfStep(step: Step, error: unknown, answering: boolean): ModelFailure {
  if (step.stopped()) return aborted(step);
  if (step.signal.aborted) return tooLate(step, `did not finish within ${seconds(step.setup.deadlines.stepMs)}`);
  if (!(error instanceof TookTooLong)) return failureOf(error, contextOf(step, answering));
  if (error.late === 'first-part') return tooLate(step, `said nothing within ${seconds(step.setup.deadlines.firstPartMs)}`);
  return tooLate(step, `fell silent for ${seconds(step.setup.deadlines.idleMs)} in the middle of its answer`);
}

function tooLate(step: Step, what: string): ModelFailure {
  return say('timed-out', `${step.request.model} ${what}`, step, { retryable: true });
}

function aborted(step: Step): ModelFailure {
  return say('aborted', `the step of ${step.request.model} was stopped`, step, { retryable: false });
}

function restingFailure(step: Step, resting: { readonly failures: number; readonly waitMs: number; readonly last: ModelFailure }): ModelFailure {
  const message = `${step.request.model} failed ${resting.failures} times in a row and is given a rest for another ${seconds(resting.waitMs)}; the last time: ${resting.last.message}`;
  return new ModelFailure(resting.last.code, redact(message, step.secrets), { retryable: true, retryAfterMs: Math.ceil(resting.waitMs) });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
