import { expect, test } from 'vitest';
import { createModelRuntime } from '../src/index.ts';
import { chat, fakeProvider, says, send, startStream, status } from './fake-provider.ts';
import { ask, eventually, farm, finishOf, provided, run } from './steps.ts';

function two(first: string, second: string) {
  const settings = (url: string) => ({ type: 'openai-compatible' as const, baseUrl: `${url}/v1` });
  return createModelRuntime({
    env: {},
    providers: provided({ one: settings(first), two: settings(second) }),
    retries: { attempts: 2, pauseMs: 1 },
  });
}

test('the fallback answers when the first model fails before it says anything, and is named in the usage', async () => {
  await using first = await fakeProvider(status(500, 'oops'));
  await using second = await fakeProvider(says('second here'));
  const ran = await run(two(first.url, second.url), ask('one/m', { fallbackModel: 'two/n' }));
  expect(ran.text).toBe('second here');
  expect(finishOf(ran).usage.model).toBe('two/n');
  expect(first.asked).toHaveLength(2);
});

test('a model that was already heard is not replaced', async () => {
  await using first = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.text('half'));
    setTimeout(() => response.destroy(), 20);
  });
  await using second = await fakeProvider(says('second here'));
  const ran = await run(two(first.url, second.url), ask('one/m', { fallbackModel: 'two/n' }));
  expect(ran.failure).toMatchObject({ code: 'cut-off' });
  expect(ran.text).toBe('half');
  expect(second.asked).toHaveLength(0);
});

test('when both fail, both are told, under the first one’s code', async () => {
  await using first = await fakeProvider(status(429, 'wait', { 'retry-after': '3600' }));
  await using second = await fakeProvider(status(401, 'no'));
  const ran = await run(two(first.url, second.url), ask('one/m', { fallbackModel: 'two/n' }));
  expect(ran.failure).toMatchObject({ code: 'rate-limited', retryable: true, retryAfterMs: 3_600_000 });
  expect(ran.failure?.message).toContain('then the fallback: two/n refused the key');
});

test('a model that is not configured falls back too; an aborted step does not', async () => {
  await using second = await fakeProvider(says('second here'));
  const runtime = two('http://127.0.0.1:1', second.url);
  expect((await run(runtime, ask('nowhere/m', { fallbackModel: 'two/n' }))).text).toBe('second here');
  const ran = await run(runtime, ask('one/m', { fallbackModel: 'two/n' }), AbortSignal.abort());
  expect(ran.failure).toMatchObject({ code: 'aborted' });
  expect(second.asked).toHaveLength(1);
});

test('after five failures in a row a model is not asked for a while, then tried with one step, and trusted again when it answers', async () => {
  let healthy = false;
  await using provider = await fakeProvider((response, asked) => (healthy ? says('well again') : status(500, 'oops'))(response, asked));
  let now = 1000;
  const clock = { now: () => now, mono: () => now, sleep: () => Promise.resolve() };
  const runtime = farm(provider.url, { retries: { attempts: 1 }, clock, breaker: { failures: 5, restMs: 30_000 } });
  for (let step = 0; step < 5; step += 1) await run(runtime, ask('farm/m'));
  expect(provider.asked).toHaveLength(5);

  const resting = await run(runtime, ask('farm/m'));
  expect(resting.failure).toMatchObject({ code: 'overloaded', retryable: true, retryAfterMs: 30_000 });
  expect(resting.failure?.message).toContain('failed 5 times in a row');
  expect(provider.asked).toHaveLength(5);
  expect((await run(runtime, ask('farm/other'))).failure?.message).not.toContain('in a row');

  now += 30_001;
  await run(runtime, ask('farm/m'));
  expect(provider.asked).toHaveLength(7);
  expect((await run(runtime, ask('farm/m'))).failure?.message).toContain('failed 6 times in a row');

  now += 30_001;
  healthy = true;
  const [probe, meanwhile] = await Promise.all([run(runtime, ask('farm/m')), run(runtime, ask('farm/m'))]);
  expect([probe.text, meanwhile.text].filter((text) => text !== '')).toEqual(['well again']);
  expect((await run(runtime, ask('farm/m'))).text).toBe('well again');
});

test('a probe that is stopped lets the next step probe', async () => {
  await using provider = await fakeProvider(status(500, 'oops'), (response) => startStream(response), says('well again'));
  let now = 1000;
  const clock = { now: () => now, mono: () => now, sleep: () => Promise.resolve() };
  const runtime = farm(provider.url, { retries: { attempts: 1 }, clock, breaker: { failures: 1, restMs: 100 } });
  await run(runtime, ask('farm/m'));
  now += 101;
  const stop = new AbortController();
  const probe = run(runtime, ask('farm/m'), stop.signal);
  await eventually(() => provider.asked.length === 2);
  stop.abort();
  expect((await probe).failure).toMatchObject({ code: 'aborted' });
  expect((await run(runtime, ask('farm/m'))).text).toBe('well again');
});

test('refusals that concern one request do not count against the provider', async () => {
  await using provider = await fakeProvider(
    status(400, { error: { message: 'bad' } }),
    status(401, 'no'),
    status(429, 'wait', { 'retry-after': '999' }),
    says('fine'),
  );
  const runtime = farm(provider.url, { breaker: { failures: 1, restMs: 60_000 } });
  for (const code of ['bad-answer', 'refused-credential', 'rate-limited']) expect((await run(runtime, ask('farm/m'))).failure?.code).toBe(code);
  expect((await run(runtime, ask('farm/m'))).text).toBe('fine');
});
