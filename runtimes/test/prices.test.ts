import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { Endpoint } from '../src/model/endpoint.ts';
import { type PriceOverrides, usageOf } from '../src/model/prices.ts';

const anthropic: Endpoint = { provider: 'anthropic', type: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', apiKey: undefined };
const local: Endpoint = { provider: 'ollama', type: 'openai-compatible', baseUrl: 'http://127.0.0.1:11434/v1', apiKey: undefined };

function usage(input: number | undefined, output: number | undefined, cacheRead?: number, cacheWrite?: number): LanguageModelV4Usage {
  return { inputTokens: { total: input, noCache: undefined, cacheRead, cacheWrite }, outputTokens: { total: output, text: undefined, reasoning: undefined } };
}

const cost = async (spent: LanguageModelV4Usage, name: string, endpoint: Endpoint, prices: PriceOverrides = new Map()) =>
  (await usageOf(spent, `${endpoint.provider}/${name}`, { provider: endpoint.provider, name }, endpoint, prices)).costMicroUsd;

test('a known model costs what its vendor asks, cached tokens less', async () => {
  expect(await cost(usage(1000, 1000), 'claude-sonnet-4-5', anthropic)).toBe(18_000);
  expect(await cost(usage(1000, 0, 900, 50), 'claude-sonnet-4-5', anthropic)).toBe(608);
});

test('an unknown price is null, never 0: unknown models, local servers that serve a famous name, missing counts', async () => {
  expect(await cost(usage(1000, 1000), 'claude-of-tomorrow', anthropic)).toBeNull();
  expect(await cost(usage(1000, 1000), 'gpt-5', local)).toBeNull();
  expect(await cost(usage(undefined, 1000), 'claude-sonnet-4-5', anthropic)).toBeNull();
});

test('a configured price goes before the list', async () => {
  const prices = new Map([
    ['ollama/qwen3', { input: 1, output: 2, cachedInput: 0.5 }],
    ['anthropic/claude-sonnet-4-5', { input: 0, output: 0 }],
  ]);
  expect(await cost(usage(100, 10, 40), 'qwen3', local, prices)).toBe(60 + 20 + 20);
  expect(await cost(usage(100, 10), 'claude-sonnet-4-5', anthropic, prices)).toBe(0);
});

test('something never rounds to nothing', async () => {
  expect(await cost(usage(1, 0), 'qwen3', local, new Map([['ollama/qwen3', { input: 0.01, output: 0 }]]))).toBe(1);
});

test('whatever numbers a provider reports, a step has a usage', async () => {
  const number = fc.option(fc.oneof(fc.integer(), fc.double()), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(number, number, number, number, async (input, output, read, written) => {
      const counted = await usageOf(
        usage(input, output, read, written),
        'anthropic/claude-sonnet-4-5',
        { provider: 'anthropic', name: 'claude-sonnet-4-5' },
        anthropic,
        new Map(),
      );
      for (const count of [counted.inputTokens, counted.outputTokens, counted.cachedInputTokens, counted.costMicroUsd ?? 0])
        expect(count).toBeGreaterThanOrEqual(0);
      expect(counted.cachedInputTokens).toBeLessThanOrEqual(counted.inputTokens);
    }),
    { numRuns: 300 },
  );
});
