/** What a step cost. Prices come with the installed price list and from the configuration; nothing is fetched, and an unknown price is null, never 0. */
import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { ModelUsage } from '@guildhall/sessions';
import type { Endpoint, ModelName } from './endpoint.ts';

/** US dollars per million tokens. */
interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** As `input` when not given. */
  readonly cachedInput?: number;
  readonly cacheWrite?: number;
}

/** By model id, `<provider>/<model>`. Goes before the price list. */
export type PriceOverrides = ReadonlyMap<string, ModelPrice>;

export async function usageOf(usage: LanguageModelV4Usage, model: string, name: ModelName, endpoint: Endpoint, overrides: PriceOverrides): Promise<ModelUsage> {
  const input = count(usage.inputTokens.total);
  const output = count(usage.outputTokens.total);
  const cached = Math.min(count(usage.inputTokens.cacheRead) ?? 0, input ?? 0);
  const written = Math.min(count(usage.inputTokens.cacheWrite) ?? 0, (input ?? 0) - cached);
  const known = input !== undefined && output !== undefined;
  const costMicroUsd = known ? await costOf({ input, output, cached, written }, model, name, endpoint, overrides) : null;
  return { model, rehearsal: false, inputTokens: input ?? 0, outputTokens: output ?? 0, cachedInputTokens: cached, costMicroUsd };
}

/** Providers' numbers are taken for what they can be: whole and not negative, the cached ones a part of all. */
function count(tokens: number | undefined): number | undefined {
  return tokens === undefined || !Number.isFinite(tokens) ? undefined : Math.max(0, Math.trunc(tokens));
}

interface Tokens {
  /** All of them, cached and written ones too. */
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly written: number;
}

async function costOf(tokens: Tokens, model: string, name: ModelName, endpoint: Endpoint, overrides: PriceOverrides): Promise<number | null> {
  const override = overrides.get(model);
  if (override !== undefined) return roundUp(overridden(tokens, override));
  const { calcPrice } = await import('@pydantic/genai-prices');
  const place = endpoint.type === 'openai-compatible' ? { providerApiUrl: endpoint.baseUrl } : { providerId: endpoint.type };
  const price = calcPrice(
    { input_tokens: tokens.input, output_tokens: tokens.output, cache_read_tokens: tokens.cached, cache_write_tokens: tokens.written },
    name.name,
    place,
  );
  return price === null ? null : roundUp(price.total_price * 1_000_000);
}

function overridden(tokens: Tokens, price: ModelPrice): number {
  const fresh = Math.max(0, tokens.input - tokens.cached - tokens.written);
  return (
    fresh * price.input + tokens.cached * (price.cachedInput ?? price.input) + tokens.written * (price.cacheWrite ?? price.input) + tokens.output * price.output
  );
}

/** To whole micro-dollars, upwards, so that something never costs nothing; forgiving what floating point adds at the end. */
function roundUp(microUsd: number): number {
  return Math.max(0, Math.ceil(microUsd - 1e-6));
}

/** What a step of a model is expected to cost before it is asked, in micro-dollars; null where no price is known. By the provider's name, so a provider that only the configuration knows needs a price there. */
export async function estimateCost(
  model: string,
  tokens: { readonly inputTokens: number; readonly outputTokens: number },
  overrides: PriceOverrides,
): Promise<number | null> {
  const all = { input: tokens.inputTokens, output: tokens.outputTokens, cached: 0, written: 0 };
  const override = overrides.get(model);
  if (override !== undefined) return roundUp(overridden(all, override));
  const [provider = '', ...rest] = model.split('/');
  const { calcPrice } = await import('@pydantic/genai-prices');
  const price = calcPrice({ input_tokens: all.input, output_tokens: all.output }, rest.join('/'), { providerId: provider });
  return price === null ? null : roundUp(price.total_price * 1_000_000);
}
