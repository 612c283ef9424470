/**
 * What a vendor wants back with a tool call: the signed reasoning that led to it and the call's own marks. Stored with the call as opaque JSON, returned only to the vendor
 * that gave it, and ignored when it cannot be read: it makes answers better, never different in meaning.
 */
import type { SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { JsonObject } from '@guildhall/protocol';
import { z } from 'zod';
import type { ProviderType } from './endpoint.ts';

export interface ReasoningBlock {
  readonly text: string;
  readonly options: SharedV4ProviderMetadata | undefined;
}

export interface Carried {
  readonly reasoning: readonly ReasoningBlock[];
  readonly options: SharedV4ProviderMetadata | undefined;
}

const json = z.json().transform((value) => value);
const optionsShape = z.record(z.string(), z.record(z.string(), json)).optional();
const carryShape = z.object({
  type: z.string(),
  reasoning: z.array(z.object({ text: z.string(), options: optionsShape })),
  options: optionsShape,
});

/** Undefined when there is nothing to carry. */
export function writeCarry(type: ProviderType, reasoning: readonly ReasoningBlock[], options: SharedV4ProviderMetadata | undefined): JsonObject | undefined {
  const signed = reasoning.filter((block) => block.options !== undefined);
  if (signed.length === 0 && options === undefined) return undefined;
  // Through text, so that what vendors leave undefined is gone as it would be after storage.
  const parsed = z.record(z.string(), z.json()).safeParse(JSON.parse(JSON.stringify({ type, reasoning: signed, options })));
  return parsed.success ? parsed.data : undefined;
}

export function readCarry(carry: JsonObject | undefined, type: ProviderType): Carried {
  const parsed = carryShape.safeParse(carry);
  if (!parsed.success || parsed.data.type !== type) return { reasoning: [], options: undefined };
  return { reasoning: parsed.data.reasoning.map(({ text, options }) => ({ text, options })), options: parsed.data.options };
}
