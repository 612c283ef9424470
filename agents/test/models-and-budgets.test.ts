import { describe, expect, test } from 'vitest';
import { childModel, readSecretReference, readTextWithSecrets } from '../src/index.ts';
import { agentOf, configOf } from './configs.ts';

describe('the model of an agent', () => {
  const config = configOf(
    'model: openai/top\nfallback_model: openai/spare\nagents:\n  main: {}\n  named: {}\n  own: {model: anthropic/mine, fallback_model: google/x}\n  joined: {provider: openrouter, model: anthropic/claude}\n  once: {provider: openai, model: openai/y}\n',
  );
  test.each([
    ['main', 'openai/top', 'openai/spare'],
    ['named', 'openai/top', 'openai/spare'],
    ['own', 'anthropic/mine', 'google/x'],
    ['joined', 'openrouter/anthropic/claude', 'openai/spare'],
    ['once', 'openai/y', 'openai/spare'],
  ])('%s', (id, model, fallback) => {
    expect(agentOf(config, id)).toMatchObject({ model, fallbackModel: fallback });
  });

  test('stays open when nobody names one', () => {
    expect(agentOf(configOf('agents: {a: {}}'), 'a').model).toBeUndefined();
  });
});

test('the model of a child: asked for, else the agent’s, else the installation’s, else the parent’s', () => {
  const config = configOf('subagent: {model: openai/top}\nagents: {a: {subagents: {model: openai/own}}, b: {}}\n');
  const bare = configOf('agents: {b: {}}');
  const asked = { explicit: 'openai/asked', parent: 'openai/parent' };
  expect(childModel(config, agentOf(config, 'a'), asked)).toBe('openai/asked');
  expect(childModel(config, agentOf(config, 'a'), { parent: 'openai/parent' })).toBe('openai/own');
  expect(childModel(config, agentOf(config, 'b'), { parent: 'openai/parent' })).toBe('openai/top');
  expect(childModel(bare, agentOf(bare, 'b'), { parent: 'openai/parent' })).toBe('openai/parent');
  expect(childModel(bare, agentOf(bare, 'b'), {})).toBeUndefined();
});

test('providers take their protocol from a well-known name', () => {
  const config = configOf(
    'providers: {openrouter: {}, ollama: {base_url: "http://box:1/v1"}, mine: {type: openai-compatible, base_url: "http://h/v1", api_key: "${KEY}"}}\n',
  );
  expect([...config.providers.values()]).toEqual([
    { name: 'openrouter', type: 'openrouter', baseUrl: undefined, apiKey: undefined },
    { name: 'ollama', type: 'openai-compatible', baseUrl: 'http://box:1/v1', apiKey: undefined },
    { name: 'mine', type: 'openai-compatible', baseUrl: 'http://h/v1', apiKey: { kind: 'env', name: 'KEY' } },
  ]);
});

test('money is kept in micro-dollars, exactly', () => {
  const config = configOf('agents: {a: {budget: {usd_per_day: 0.1, usd_per_turn: 1.234567, tokens_per_day: 0}}}');
  expect(agentOf(config, 'a').budget).toEqual({ microUsdPerDay: 100_000, microUsdPerTurn: 1_234_567, tokensPerDay: 0 });
});

test('a price without one for cached input uses that of input', () => {
  expect(configOf('prices: {openai/x: {input: 3, output: 15}}').prices.get('openai/x')).toEqual({ input: 3, output: 15, cachedInput: 3 });
});

test.each([
  ['${API_KEY}', { kind: 'env', name: 'API_KEY' }],
  ['env:API_KEY', { kind: 'env', name: 'API_KEY' }],
  ['file:/run/secrets/key', { kind: 'file', path: '/run/secrets/key' }],
  ['file:~/key', { kind: 'file', path: '~/key' }],
  ['file:key', undefined],
  ['file:', undefined],
  ['${}', undefined],
  ['${A}x', undefined],
  ['env:', undefined],
  ['env:A B', undefined],
  ['sk-123', undefined],
  ['', undefined],
])('%s refers to %o', (text, reference) => {
  expect(readSecretReference(text)).toEqual(reference);
});

test('references stand inside texts', () => {
  expect(readTextWithSecrets('Bearer ${TOKEN}!')).toEqual(['Bearer ', { kind: 'env', name: 'TOKEN' }, '!']);
  expect(readTextWithSecrets('plain $5')).toEqual(['plain $5']);
  expect(readTextWithSecrets('')).toEqual([]);
  expect(readTextWithSecrets('env:A')).toEqual([{ kind: 'env', name: 'A' }]);
});
