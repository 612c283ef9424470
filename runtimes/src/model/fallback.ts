/** The second choice: asked once, when the first failed before it said anything. */
import { ModelFailure, type ModelPart, type ModelRequest, type ModelRuntime } from '@guildhall/sessions';

export function withFallback(runtime: ModelRuntime): ModelRuntime {
  return {
    async *stream({ fallbackModel, ...request }, signal) {
      const failure = yield* streamUntilFailure(runtime, request, signal);
      if (failure === undefined) return;
      if (fallbackModel === undefined || fallbackModel === request.model || failure.spoken || signal.aborted) throw failure.error;
      const second = yield* streamUntilFailure(runtime, { ...request, model: fallbackModel }, signal);
      if (second === undefined) return;
      throw second.spoken || signal.aborted ? second.error : bothFailed(failure.error, second.error);
    },
  };
}

interface Failed {
  readonly error: unknown;
  /** Whether a part was yielded before it. */
  readonly spoken: boolean;
}

async function* streamUntilFailure(runtime: ModelRuntime, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelPart, Failed | undefined> {
  let spoken = false;
  try {
    for await (const part of runtime.stream(request, signal)) {
      spoken = true;
      yield part;
    }
    return undefined;
  } catch (error) {
    return { error, spoken };
  }
}

/** Told as the first one's failure, worth another try when either is. */
function bothFailed(first: unknown, second: unknown): unknown {
  if (!(first instanceof ModelFailure) || !(second instanceof ModelFailure)) return first;
  const waits = [first.retryAfterMs, second.retryAfterMs].filter((wait) => wait !== undefined);
  return new ModelFailure(first.code, `${first.message}; then the fallback: ${second.message}`, {
    retryable: first.retryable || second.retryable,
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
  });
}
