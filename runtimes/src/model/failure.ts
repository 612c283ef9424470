/**
 * From whatever a provider or the network did to one `ModelFailure` in plain words. Decided by status, error class and the provider's own error code; by prose only where
 * vendors give nothing else, in `saysTooLong`. The original error is not attached: it holds headers and bodies, and so the key.
 */
import { APICallError, InvalidResponseDataError, JSONParseError, TypeValidationError } from '@ai-sdk/provider';
import { ModelFailure, type ModelFailureCode } from '@guildhall/sessions';
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { redact } from './redact.ts';

export interface FailureContext {
  readonly endpoint: Endpoint;
  /** `<provider>/<model>`, with which every message begins. */
  readonly model: string;
  /** Whether the provider had begun to answer: then a broken connection is a cut, not an unreachable host. */
  readonly answering: boolean;
  /** Wall clock, for a `Retry-After` given as a date. */
  readonly now: number;
  readonly secrets: readonly string[];
}

/** Never throws; a `ModelFailure` comes back with its text redacted. */
export function failureOf(error: unknown, context: FailureContext): ModelFailure {
  const chain = causes(error);
  const ours = chain.find((cause) => cause instanceof ModelFailure);
  if (ours !== undefined) return say(ours.code, ours.message, context, ours);
  const call = chain.find((cause) => APICallError.isInstance(cause));
  if (call?.statusCode !== undefined && call.statusCode >= 300) return httpFailure(call, call.statusCode, context);
  const reported = error instanceof Error ? undefined : reportedError(error);
  if (reported !== undefined) return statusFailure({ ...reported, status: reported.status ?? statusByCode(reported.code), retryAfterMs: undefined }, context);
  if (InvalidResponseDataError.isInstance(error) && error.data === undefined) return cutShort(context);
  if (JSONParseError.isInstance(error) || TypeValidationError.isInstance(error) || InvalidResponseDataError.isInstance(error)) {
    return say('bad-answer', `${context.model} answered with something that is no model answer`, context, { retryable: true });
  }
  return connectionFailure(error, chain, context);
}

/** The stream ended in good order, but without the mark that says the answer is whole. */
export function cutShort(context: FailureContext): ModelFailure {
  return say('cut-off', `${context.model} ended its answer without saying that it was complete`, context, { retryable: true });
}

/** The milliseconds a `Retry-After` or `retry-after-ms` header asks for; undefined when there is none that makes sense. */
function retryAfterOf(headers: Readonly<Record<string, string>> | undefined, now: number): number | undefined {
  const milliseconds = Number(headers?.['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const text = headers?.['retry-after']?.trim() ?? '';
  if (text === '') return undefined;
  const seconds = Number(text);
  const asked = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isFinite(asked) ? Math.max(0, asked) : undefined;
}

/** A failure whose words are free of every known secret. */
export function say(
  code: ModelFailureCode,
  message: string,
  context: Pick<FailureContext, 'secrets'>,
  options: { readonly retryable: boolean; readonly retryAfterMs?: number | undefined },
): ModelFailure {
  const { retryable, retryAfterMs } = options;
  return new ModelFailure(code, redact(message, context.secrets), retryAfterMs === undefined ? { retryable } : { retryable, retryAfterMs });
}

interface Trouble {
  readonly status: number;
  /** The provider's own codes, joined. */
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

function httpFailure(call: APICallError, status: number, context: FailureContext): ModelFailure {
  const reported = reportedError(call.data);
  return statusFailure(
    {
      status,
      code: reported?.code ?? '',
      message: reported?.message ?? call.responseBody ?? '',
      retryAfterMs: retryAfterOf(call.responseHeaders, context.now),
    },
    context,
  );
}

function statusFailure(trouble: Trouble, context: FailureContext): ModelFailure {
  const { status, retryAfterMs } = trouble;
  const told = `(${status})${quote(trouble.message, context.secrets)}`;
  const tell = (code: ModelFailureCode, what: string, retryable: boolean) => say(code, `${context.model} ${what}`, context, { retryable, retryAfterMs });
  if (status === 401 || status === 403)
    return tell('refused-credential', `refused the key of the provider "${context.endpoint.provider}" ${told}; check that key`, false);
  if (status === 402 || trouble.code.includes('insufficient_quota')) return tell('rate-limited', `has no credit left on this account ${told}`, false);
  if (status === 404) return tell('not-configured', `does not exist at ${originOf(context.endpoint)} ${told}; check the model's name`, false);
  if (status === 413 || saysTooLong(trouble)) return tell('context-too-long', `cannot take so long a conversation ${told}`, false);
  if (status === 429) return tell('rate-limited', `asks to wait${retryAfterMs === undefined ? '' : ` ${Math.ceil(retryAfterMs / 1000)} s`} ${told}`, true);
  if (status === 408 || status === 504) return tell('timed-out', `gave up waiting ${told}`, true);
  if (status >= 500 || status === 409 || status === 425) return tell('overloaded', `is in trouble ${told}`, true);
  return tell('bad-answer', `refused the request ${told}`, false);
}

function connectionFailure(error: unknown, chain: readonly unknown[], context: FailureContext): ModelFailure {
  const code = networkCode(chain);
  const named = code === undefined ? '' : ` (${code})`;
  if (context.answering) return say('cut-off', `${context.model} broke off in the middle of its answer${named}`, context, { retryable: true });
  if (code !== undefined || chain.some((cause) => APICallError.isInstance(cause))) {
    return say('unreachable', `${context.model} could not be reached at ${originOf(context.endpoint)}${named}`, context, { retryable: true });
  }
  return say('bad-answer', `${context.model} could not be asked${quote(error instanceof Error ? error.message : String(error), context.secrets)}`, context, {
    retryable: false,
  });
}

interface Reported {
  readonly status: number | undefined;
  readonly code: string;
  readonly message: string;
}

const word = z.union([z.string(), z.number()]).nullish();
const errorShape = z.looseObject({ message: z.string(), type: word, code: word, status: word, statusCode: z.number().optional() });
const reportedShape = z.union([z.looseObject({ error: errorShape }).transform(({ error }) => error), errorShape]);

/** What a vendor calls an error, alone or under `error`, as answered with a status or inside a stream that began well. */
function reportedError(value: unknown): Reported | undefined {
  const parsed = reportedShape.safeParse(value);
  if (!parsed.success) return undefined;
  const { message, type, code, status, statusCode } = parsed.data;
  return { status: statusCode, code: [code, type, status].filter((part) => part !== undefined && part !== null).join(' '), message };
}

/** Compatible servers report errors inside a stream with a code but no status. */
function statusByCode(code: string): number {
  if (/rate_limit|insufficient_quota|RESOURCE_EXHAUSTED|\b429\b/.test(code)) return 429;
  if (/authentication|\b401\b/.test(code)) return 401;
  if (/invalid_request|\b400\b/.test(code)) return 400;
  return 500;
}

/** Only OpenAI gives this a code; the sentences are those of Anthropic, Google, vLLM and llama.cpp. */
function saysTooLong(trouble: Trouble): boolean {
  if (trouble.code.includes('context_length_exceeded')) return true;
  return /prompt is too long|input token count [^.]{0,80}exceeds|maximum context length|exceeds? the (?:available )?context (?:size|window|length)/i.test(
    trouble.message.slice(0, 4000),
  );
}

/** `ECONNREFUSED`, `ENOTFOUND`, `UND_ERR_SOCKET` … of the first error in the chain that has one. */
function networkCode(chain: readonly unknown[]): string | undefined {
  for (const cause of chain) {
    if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]{3,60}$/.test(cause.code)) return cause.code;
  }
  return undefined;
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && next !== null && chain.length < 10; next = next instanceof Error ? next.cause : undefined) chain.push(next);
  return chain;
}

/** At most 300 characters of what the provider wrote, on one line, masked before it is cut so that no half of a key is left over. */
function quote(text: string, secrets: readonly string[]): string {
  const line = redact(text, secrets)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  if (line === '') return '';
  return `: "${line.length > 300 ? `${line.slice(0, 300)}…` : line}"`;
}

function originOf(endpoint: Endpoint): string {
  return URL.parse(endpoint.baseUrl)?.origin ?? endpoint.provider;
}
