import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createModelRuntime } from '../src/index.ts';
import { type ProviderSetup, resolveEndpoint, splitModelId } from '../src/model/endpoint.ts';
import { ask, provided, run } from './steps.ts';

test('everything after the first slash is the vendor’s own name', () => {
  expect(splitModelId('openrouter/anthropic/claude-sonnet-5')).toEqual({ provider: 'openrouter', name: 'anthropic/claude-sonnet-5' });
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/), fc.string({ minLength: 1 }), (provider, name) => {
      expect(splitModelId(`${provider}/${name}`)).toEqual({ provider, name });
    }),
  );
});

test('an id that names no provider asks nobody', async () => {
  const asked: unknown[] = [];
  const runtime = createModelRuntime({
    env: { ANTHROPIC_API_KEY: 'a-key', OPENAI_API_KEY: 'a-key', AI_GATEWAY_API_KEY: 'a-key' },
    fetch: (input) => {
      asked.push(input);
      return Promise.reject(new Error('nobody should be asked'));
    },
  });
  for (const id of ['claude-sonnet-5', '', '/', 'anthropic/', '/claude', 'nowhere/m', '__proto__/m', 'constructor/m', 'toString/x']) {
    expect((await run(runtime, ask(id))).failure).toMatchObject({ code: 'not-configured', retryable: false });
  }
  expect(asked).toEqual([]);
  expect((await run(runtime, ask('claude-sonnet-5'))).failure?.message).toContain('anthropic/claude-sonnet-5');
  expect((await run(runtime, ask('nowhere/m'))).failure?.message).toContain('providers.nowhere');
});

test('a missing key names the variable and the configuration key to set', async () => {
  const runtime = createModelRuntime({ env: {}, providers: provided({ work: { type: 'anthropic', apiKey: { kind: 'env', name: 'WORK_KEY' } } }) });
  const message = async (id: string) => (await run(runtime, ask(id))).failure?.message;
  expect(await message('anthropic/claude-sonnet-5')).toContain('set ANTHROPIC_API_KEY');
  expect(await message('anthropic/claude-sonnet-5')).toContain('providers.anthropic.api_key');
  expect(await message('google/gemini-3.5-flash')).toContain('GEMINI_API_KEY or GOOGLE_GENERATIVE_AI_API_KEY');
  expect(await message('work/claude-sonnet-5')).toContain('WORK_KEY');
});

test('the usual key is not sent to an address that only the configuration names', async () => {
  const setup: ProviderSetup = {
    env: { OPENAI_API_KEY: 'sk-usual' },
    providers: provided({ openai: { type: 'openai', baseUrl: 'https://elsewhere.example/v1' } }),
  };
  expect((await resolveEndpoint('openai', setup)).apiKey).toBeUndefined();
  expect((await resolveEndpoint('openai', { env: { OPENAI_API_KEY: 'sk-usual' } })).apiKey).toBe('sk-usual');
  expect((await resolveEndpoint('second', { env: { OPENAI_API_KEY: 'sk-usual' }, providers: provided({ second: { type: 'openai' } }) })).apiKey).toBe(
    'sk-usual',
  );
});

test('well-known names have their addresses; the usual variables move them', async () => {
  const at = async (provider: string, env: Record<string, string>) => (await resolveEndpoint(provider, { env })).baseUrl;
  expect(await at('anthropic', { ANTHROPIC_API_KEY: 'k-0000' })).toBe('https://api.anthropic.com/v1');
  expect(await at('ollama', {})).toBe('http://127.0.0.1:11434/v1');
  const hosts = {
    '0.0.0.0': 'http://127.0.0.1:11434/v1',
    '192.168.1.5': 'http://192.168.1.5:11434/v1',
    '192.168.1.5:8080': 'http://192.168.1.5:8080/v1',
    ':8080': 'http://127.0.0.1:8080/v1',
    'http://box.local:8080/': 'http://box.local:8080/v1',
    'https://box.example': 'https://box.example/v1',
  };
  for (const [host, expected] of Object.entries(hosts)) expect([host, await at('ollama', { OLLAMA_HOST: host })]).toEqual([host, expected]);
});

test('an address that is none, or carries a password, is refused with the place to mend it', async () => {
  for (const baseUrl of ['not an address', 'ftp://x', 'http://u:p4ssword@x/v1', '']) {
    await expect(resolveEndpoint('farm', { env: {}, providers: provided({ farm: { type: 'openai-compatible', baseUrl } }) })).rejects.toThrow(
      'providers.farm.base_url',
    );
  }
  await expect(resolveEndpoint('farm', { env: {}, providers: provided({ farm: { type: 'openai-compatible' } }) })).rejects.toThrow('providers.farm.base_url');
});
