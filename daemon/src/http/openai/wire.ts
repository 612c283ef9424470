/**
 * The part of OpenAI's chat wire that is spoken here. What an agent decides for itself (temperature, tools, token limits …) is accepted, because every client sends some of it,
 * and ignored.
 */
import { z } from 'zod';
import type { UsageView } from '@guildhall/protocol';

const contentPart = z.looseObject({ type: z.string().max(40), text: z.string().optional() });

const chatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(contentPart).max(200), z.null()]).optional(),
});

export const completionRequest = z.looseObject({
  /** An agent id. */
  model: z.string().min(1).max(200),
  messages: z.array(chatMessage).min(1).max(5000),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  /** Names the conversation when `X-Guildhall-Session` does not. */
  user: z.string().max(200).nullish(),
  n: z.literal(1, 'one answer at a time: an agent acts, it is not sampled').nullish(),
});

export type ChatMessage = z.infer<typeof chatMessage>;
export type CompletionRequest = z.infer<typeof completionRequest>;

const usage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number() }),
});

export const completionAnswer = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.number(),
  model: z.string(),
  system_fingerprint: z.string().nullable(),
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
      logprobs: z.null(),
      finish_reason: z.literal('stop'),
    }),
  ),
  usage,
});

export const modelList = z.object({
  object: z.literal('list'),
  data: z.array(z.object({ id: z.string(), object: z.literal('model'), created: z.number(), owned_by: z.string() })),
});

/** What is the same in every piece of one answer. */
export interface CompletionHead {
  readonly turnId: string;
  readonly agent: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
}

export function completionOf(head: CompletionHead, text: string, used: UsageView): z.infer<typeof completionAnswer> {
  return {
    ...envelope(head, used.rehearsal),
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(used),
  };
}

export function chunkOf(
  head: CompletionHead,
  rehearsal: boolean,
  delta: { readonly role?: 'assistant'; readonly content?: string },
  finish: 'stop' | null = null,
) {
  return { ...envelope(head, rehearsal), object: 'chat.completion.chunk', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] };
}

/** The last chunk of a client that asked for `include_usage`. */
export function usageChunkOf(head: CompletionHead, used: UsageView) {
  return { ...envelope(head, used.rehearsal), object: 'chat.completion.chunk', choices: [], usage: usageOf(used) };
}

/** A rehearsed answer says so where clients show which system answered. */
function envelope({ turnId, agent, created }: CompletionHead, rehearsal: boolean) {
  return { id: `chatcmpl-${turnId}`, created, model: agent, system_fingerprint: rehearsal ? 'rehearsal' : null };
}

function usageOf(used: UsageView): z.infer<typeof usage> {
  return {
    prompt_tokens: used.inputTokens,
    completion_tokens: used.outputTokens,
    total_tokens: used.inputTokens + used.outputTokens,
    prompt_tokens_details: { cached_tokens: used.cachedInputTokens },
  };
}
