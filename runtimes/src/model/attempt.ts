/** One request to one provider. Its connection is closed when this ends, however it ends. */
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Clock } from '@guildhall/kernel';
import { ModelFailure, type ModelPart } from '@guildhall/sessions';
import { type Deadlines, Patience } from './deadlines.ts';
import type { StepParts } from './step-parts.ts';

export interface Attempt {
  readonly model: LanguageModelV4;
  readonly options: LanguageModelV4CallOptions;
  readonly parts: StepParts;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /** Called once the provider's answer has begun to arrive. */
  readonly onAnswer: () => void;
}

/** Yields what the model says until `parts` holds its end, or the stream just stops. Throws what the provider's client throws, or `TookTooLong`. */
export async function* attemptStep(attempt: Attempt): AsyncGenerator<ModelPart, void> {
  const { parts, signal } = attempt;
  const patience = new Patience(attempt.clock, attempt.deadlines, signal);
  const connection = new AbortController();
  try {
    const { stream } = await patience.await(attempt.model.doStream({ ...attempt.options, abortSignal: connection.signal }), false);
    attempt.onAnswer();
    yield* readParts(stream.getReader(), patience, parts);
  } finally {
    connection.abort(new ModelFailure('aborted', 'the step is over', { retryable: false }));
  }
}

async function* readParts(
  reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>,
  patience: Patience,
  parts: StepParts,
): AsyncGenerator<ModelPart, void> {
  try {
    while (parts.end === undefined) {
      const next = await patience.await(reader.read(), parts.begun);
      if (next.done) return;
      const part = parts.take(next.value);
      if (part !== undefined) yield part;
    }
  } finally {
    // Not waited for: a provider that hangs would hold the turn. Its failure was reported already, or nobody listens any more.
    void reader.cancel().catch(ignore);
  }
}

function ignore(): void {
  // A stream that failed cannot be cancelled; nothing is lost.
}
