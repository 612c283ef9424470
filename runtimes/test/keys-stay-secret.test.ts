import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createModelRuntime } from '../src/index.ts';
import { chat, fakeProvider, send, startStream, status } from './fake-provider.ts';
import { ask, provided, run } from './steps.ts';

const key = 'sk-canary+/9f8e7d6c5b4a3210=';
const forms = [key, encodeURIComponent(key), Buffer.from(key).toString('base64')];

const settings = (url: string) => ({
  env: { K: key },
  retries: { attempts: 1 },
  providers: provided({ farm: { type: 'openai-compatible' as const, baseUrl: `${url}/v1`, apiKey: { kind: 'env', name: 'K' } } }),
});

test('a provider that echoes the key, in any form and anywhere, does not get it into a failure', async () => {
  const echoes = [
    status(401, { error: { message: `Incorrect API key: ${key}` } }),
    status(400, `<plain> ${forms.join(' ')}`),
    status(400, `${'x'.repeat(290)}${key}`),
    status(500, { error: { message: `Authorization: Bearer ${key}`, code: key, type: key } }),
  ];
  for (const echo of echoes) {
    await using provider = await fakeProvider(echo);
    const { failure } = await run(createModelRuntime(settings(provider.url)), ask('farm/m'));
    expect(failure).toBeDefined();
    const everything = inspect(failure, { depth: 20, showHidden: true });
    for (const form of [...forms, key.slice(0, 10)]) expect(everything).not.toContain(form);
  }
});

test('an error inside a stream is masked too', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.text('a'), { error: { message: `key ${key} is over its limit`, code: 'server_error' } });
  });
  const { failure } = await run(createModelRuntime(settings(provider.url)), ask('farm/m'));
  expect(failure?.message).toContain('key [key] is over its limit');
});

test('a model id or an address that holds a key or a password does not repeat it', async () => {
  const runtime = createModelRuntime({
    env: { K: key },
    providers: provided({ farm: { type: 'openai-compatible', baseUrl: 'http://user:hunter22@127.0.0.1:1/v1' } }),
  });
  const { failure } = await run(runtime, ask('farm/m'));
  expect(failure).toMatchObject({ code: 'not-configured' });
  expect(failure?.message).not.toContain('hunter22');
});

test('a key with a line break is refused without repeating it', async () => {
  const runtime = createModelRuntime({ env: { ANTHROPIC_API_KEY: 'sk-first\nsk-second' } });
  const { failure } = await run(runtime, ask('anthropic/claude-sonnet-5'));
  expect(failure).toMatchObject({ code: 'not-configured' });
  expect(failure?.message).not.toContain('sk-first');
});

test('a key in a file is read anew for every step', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-key-'));
  const file = join(folder, 'key');
  await using provider = await fakeProvider(status(400, 'no'));
  const runtime = createModelRuntime({
    env: {},
    providers: provided({ farm: { type: 'openai-compatible', baseUrl: provider.url, apiKey: { kind: 'file', path: file } } }),
  });
  const missing = await run(runtime, ask('farm/m'));
  expect(missing.failure).toMatchObject({ code: 'not-configured' });
  expect(missing.failure?.message).toContain(file);
  for (const value of ['sk-old-0000', 'sk-new-1111']) {
    writeFileSync(file, `${value}\n`);
    await run(runtime, ask('farm/m'));
  }
  expect(provider.asked.map((asked) => asked.headers.authorization)).toEqual(['Bearer sk-old-0000', 'Bearer sk-new-1111']);
  rmSync(folder, { recursive: true });
});
