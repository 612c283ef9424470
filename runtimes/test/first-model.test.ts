import { expect, test } from 'vitest';
import { chooseModel, findLocalServer } from '../src/index.ts';
import { firstModels } from '../src/model/choose.ts';
import { usageOf } from '../src/model/prices.ts';
import { fakeProvider, status } from './fake-provider.ts';
import { provided } from './steps.ts';

const local = { provider: 'ollama', baseUrl: 'http://127.0.0.1:11434/v1', model: 'llama3.2:latest' };

test('the configured model goes before everything', async () => {
  const chosen = await chooseModel({ configModel: 'farm/m', env: { ANTHROPIC_API_KEY: 'k-0000' } });
  expect(chosen).toEqual({ model: 'farm/m', rehearsal: false, sentence: 'Agents use farm/m, as configured.' });
  expect(await chooseModel({ configModel: 'rehearsal/show', env: {} })).toMatchObject({ rehearsal: true });
});

test('the first provider with a key is chosen, in a fixed order, and named with its variable', async () => {
  const env = { OPENROUTER_API_KEY: 'k-0000', OPENAI_API_KEY: 'k-0000', ANTHROPIC_API_KEY: '  ' };
  const probeLocal = () => Promise.reject(new Error('not looked for'));
  const first = await chooseModel({ env, probeLocal });
  expect(first).toMatchObject({ model: `openai/${firstModels.openai}`, rehearsal: false });
  expect(first.sentence).toContain('OPENAI_API_KEY is set');
  const google = await chooseModel({ env: { GOOGLE_API_KEY: 'k-0000' }, probeLocal });
  expect(google.model).toBe(`google/${firstModels.google}`);
  expect(google.sentence).toContain('GOOGLE_API_KEY is set');
});

test('a configured provider with a key counts, under its own name', async () => {
  const chosen = await chooseModel({ env: { WORK: 'k-0000' }, providers: provided({ work: { type: 'anthropic', apiKey: { kind: 'env', name: 'WORK' } } }) });
  expect(chosen.model).toBe(`work/${firstModels.anthropic}`);
  expect(chosen.sentence).toContain('providers.work has a key');
});

test('without a key a model server on this machine is chosen', async () => {
  const chosen = await chooseModel({ env: {}, probeLocal: () => Promise.resolve(local) });
  expect(chosen).toMatchObject({ model: 'ollama/llama3.2:latest', rehearsal: false });
  expect(chosen.sentence).toContain('http://127.0.0.1:11434');
});

test('with nothing at all agents rehearse, and it is said aloud with what to set', async () => {
  const chosen = await chooseModel({ env: {}, probeLocal: () => Promise.resolve(undefined) });
  expect(chosen).toMatchObject({ model: 'rehearsal/default', rehearsal: true });
  expect(chosen.sentence).toContain('no model server answers on this machine, so agents rehearse: their answers come from a script');
  expect((await chooseModel({ env: {} })).sentence).not.toContain('server answers');
  expect(chosen.sentence).toContain('ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or OPENROUTER_API_KEY');
  const hinted = await chooseModel({ env: {}, providers: provided({ farm: { type: 'openai-compatible', baseUrl: 'http://10.0.0.1/v1' } }) });
  expect(hinted.sentence).toContain('model: farm/<model>');
});

test('every first model has a known price', async () => {
  const usage = { inputTokens: { total: 1000, noCache: 1000, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1000, text: 1000, reasoning: 0 } };
  for (const [type, name] of Object.entries(firstModels)) {
    const endpoint = { provider: type, type: type as keyof typeof firstModels, baseUrl: '', apiKey: undefined };
    expect((await usageOf(usage, `${type}/${name}`, { provider: type, name }, endpoint, new Map())).costMicroUsd).toBeGreaterThan(0);
  }
});

/** Lets requests through to `url` only, so that whatever else runs on this machine is not asked. */
function only(url: string): typeof globalThis.fetch {
  return (input, init) => (typeof input === 'string' && input.startsWith(url) ? globalThis.fetch(input, init) : Promise.reject(new Error('closed')));
}

test('a local server is found by its list of models; models that only embed are passed over', async () => {
  await using provider = await fakeProvider(status(200, { object: 'list', data: [{ id: 'nomic-embed-text:latest' }, { id: 'qwen3:8b' }] }));
  const found = await findLocalServer({ OLLAMA_HOST: provider.url }, { fetch: only(provider.url), timeoutMs: 10_000 });
  expect(found).toEqual({ provider: 'ollama', baseUrl: `${provider.url}/v1`, model: 'qwen3:8b' });
  expect(provider.asked[0]?.headers.authorization).toBeUndefined();
});

test('whatever else listens there is not taken for a model server, nor waited for', async () => {
  const strangers = [
    status(200, '<html></html>'),
    status(200, { data: [] }),
    status(404, { data: [{ id: 'm' }] }),
    status(200, { data: [{ id: 7 }] }),
    status(200, `"${'x'.repeat(2_000_000)}"`),
    () => undefined,
  ];
  for (const stranger of strangers) {
    await using provider = await fakeProvider(stranger);
    const before = performance.now();
    expect(await findLocalServer({ OLLAMA_HOST: provider.url }, { fetch: only(provider.url), timeoutMs: 150 })).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(5000);
  }
});
