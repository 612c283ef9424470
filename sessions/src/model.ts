/** What a turn asks of a model. Implemented by `runtimes/`; the only place where model vendors are known is behind it. */
import type { Json, JsonObject } from '@guildhall/protocol';

export interface ModelRuntime {
  /**
   * Runs one step and yields its parts as they come, `finish` last. Throws `ModelFailure` for everything a provider can do wrong, also when the stream ends without
   * a finish. Must stop soon after `signal` aborts. Retries, deadlines and fallbacks that concern one step are its business; it never repeats a step of which a part
   * was already yielded.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelPart>;
}

export interface ModelRequest {
  /** `<provider>/<model>`, e.g. `anthropic/claude-sonnet-4`. */
  readonly model: string;
  /** Tried, once, when `model` fails before its first part. */
  readonly fallbackModel?: string;
  readonly agent: string;
  readonly sessionKey: string;
  /** Stable across the steps of a session, so that provider prompt caches hit. Volatile context goes into the last message instead. */
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  readonly reasoning?: 'off' | 'low' | 'medium' | 'high';
}

export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input. */
  readonly inputSchema: JsonObject;
}

export type ModelMessage =
  | { readonly speaker: 'user'; readonly text: string }
  | { readonly speaker: 'assistant'; readonly text: string; readonly toolCalls: readonly ModelToolCall[] }
  | { readonly speaker: 'tool'; readonly callId: string; readonly tool: string; readonly text: string; readonly isError: boolean };

export interface ModelToolCall {
  /** Unique within the turn; the runtime repairs duplicates and gaps of the provider. */
  readonly callId: string;
  readonly tool: string;
  /** As the model gave it; a JSON text that could not be parsed arrives as that string. */
  readonly args: Json;
  /** What the provider wants back with this call, such as the signature of its reasoning. Opaque: stored with the step and returned unchanged. */
  readonly carry?: JsonObject;
}

export type ModelPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | ({ readonly type: 'tool-call' } & ModelToolCall)
  | { readonly type: 'finish'; readonly reason: 'stop' | 'tool-calls' | 'length' | 'refused'; readonly usage: ModelUsage };

export interface ModelUsage {
  /** The model that answered; the fallback's id when that one did. */
  readonly model: string;
  /** True when no real model was asked. Shown wherever the text is shown. */
  readonly rehearsal: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  /** 10⁻⁶ USD; null when no price is known (never 0 for "unknown"). */
  readonly costMicroUsd: number | null;
}

export type ModelFailureCode =
  | 'not-configured'
  | 'unreachable'
  | 'timed-out'
  | 'rate-limited'
  | 'refused-credential'
  | 'bad-answer'
  | 'cut-off'
  | 'overloaded'
  | 'context-too-long'
  | 'aborted';

export class ModelFailure extends Error {
  readonly code: ModelFailureCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: ModelFailureCode, message: string, options: { readonly retryable: boolean; readonly retryAfterMs?: number; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'ModelFailure';
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
