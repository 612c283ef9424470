import { expect, test } from 'vitest';
import type { ModelPart } from '@guildhall/sessions';
import { type Answer, chat, fakeProvider, says, send, startStream, status, streams } from './fake-provider.ts';
import { ask, eventually, farm, finishOf, run } from './steps.ts';

const never: Answer = () => undefined;

test('a plain answer streams and ends with its usage', async () => {
  await using provider = await fakeProvider(streams(chat.text('Hel'), chat.text('lo'), chat.end(), chat.done));
  const ran = await run(farm(provider.url), ask('farm/qwen/qwen3'));
  expect(ran.parts.filter((part) => part.type === 'text').map((part) => part.text)).toEqual(['Hel', 'lo']);
  expect(finishOf(ran)).toEqual({
    type: 'finish',
    reason: 'stop',
    usage: { model: 'farm/qwen/qwen3', rehearsal: false, inputTokens: 10, outputTokens: 5, cachedInputTokens: 0, costMicroUsd: null },
  });
  expect(provider.asked[0]?.body['model']).toBe('qwen/qwen3');
  expect(provider.asked[0]?.headers.authorization).toBe('Bearer sk-farm-0123456789');
});

test('a provider that never answers is given up at the first-part deadline, asked three times, and hung up on', async () => {
  await using provider = await fakeProvider(never);
  const ran = await run(farm(provider.url, { deadlines: { firstPartMs: 150 } }), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'timed-out', retryable: true });
  expect(ran.failure?.message).toContain('said nothing within 0.2 s');
  expect(provider.asked).toHaveLength(3);
  await eventually(() => provider.asked.every((asked) => asked.hungUp));
});

test('headers and pings without a first token do not count as an answer', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    const ping = setInterval(() => response.write(': still here\n\n'), 20);
    response.on('close', () => clearInterval(ping));
  });
  const ran = await run(farm(provider.url, { retries: { attempts: 1 }, deadlines: { firstPartMs: 150 } }), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'timed-out' });
});

test('a greeting without a word does not count as an answer either', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    const greet = setInterval(() => send(response, chat.greeting), 20);
    response.on('close', () => clearInterval(greet));
  });
  const ran = await run(farm(provider.url, { retries: { attempts: 1 }, deadlines: { firstPartMs: 150 } }), ask('farm/m'));
  expect(ran.failure?.message).toContain('said nothing within 0.2 s');
});

test('an answer that falls silent in the middle keeps what it said and is not asked for again', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.text('half a '));
  });
  const ran = await run(farm(provider.url, { deadlines: { idleMs: 150 } }), ask('farm/m'));
  expect(ran.text).toBe('half a ');
  expect(ran.failure).toMatchObject({ code: 'timed-out' });
  expect(ran.failure?.message).toContain('fell silent');
  expect(provider.asked).toHaveLength(1);
  await eventually(() => provider.asked[0]?.hungUp === true);
});

test('an answer that drips for ever ends at the whole step deadline', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    const drip = setInterval(() => send(response, chat.text('.')), 20);
    response.on('close', () => clearInterval(drip));
  });
  const ran = await run(farm(provider.url, { deadlines: { stepMs: 2000 } }), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'timed-out' });
  expect(ran.failure?.message).toContain('did not finish within 2 s');
  expect(ran.text.length).toBeGreaterThan(0);
});

test('a slow reader is not mistaken for a slow provider', async () => {
  await using provider = await fakeProvider(streams(chat.text('one '), chat.text('two'), chat.end(), chat.done));
  const parts: ModelPart[] = [];
  for await (const part of farm(provider.url, { deadlines: { idleMs: 200 } }).stream(ask('farm/m'), new AbortController().signal)) {
    parts.push(part);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(parts.map((part) => part.type)).toEqual(['text', 'text', 'finish']);
});

test('a connection cut in the middle is cut-off, with what was said before', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.text('half'));
    setTimeout(() => response.destroy(), 30);
  });
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.text).toBe('half');
  expect(ran.failure).toMatchObject({ code: 'cut-off', retryable: true });
  expect(provider.asked).toHaveLength(1);
});

test('a stream that just ends, without saying it is complete, is cut-off', async () => {
  await using provider = await fakeProvider(streams(chat.text('half')));
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.text).toBe('half');
  expect(ran.failure).toMatchObject({ code: 'cut-off' });
});

test('tool calls of an answer that was cut are asked for again, because none was handed on', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.call(0, 'call_1', 'read_file', '{"pa'));
    setTimeout(() => response.destroy(), 30);
  }, says('better now'));
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.text).toBe('better now');
  expect(ran.parts.some((part) => part.type === 'tool-call')).toBe(false);
});

test('a Retry-After of an hour fails at once and says how long', async () => {
  await using provider = await fakeProvider(status(429, { error: { message: 'slow down', type: 'rate_limit' } }, { 'retry-after': '3600' }));
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'rate-limited', retryable: true, retryAfterMs: 3_600_000 });
  expect(provider.asked).toHaveLength(1);
});

test('a short Retry-After is waited for', async () => {
  await using provider = await fakeProvider(status(429, { error: { message: 'slow down' } }, { 'retry-after-ms': '120' }), says('here'));
  const before = performance.now();
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.text).toBe('here');
  expect(performance.now() - before).toBeGreaterThanOrEqual(118);
});

test('an account without credit is not asked again', async () => {
  await using provider = await fakeProvider(
    status(429, { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }),
  );
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'rate-limited', retryable: false });
  expect(provider.asked).toHaveLength(1);
});

test('errors 500 are tried three times, then told; a good answer in between is taken', async () => {
  await using broken = await fakeProvider(status(500, 'oops'));
  const failed = await run(farm(broken.url), ask('farm/m'));
  expect(failed.failure).toMatchObject({ code: 'overloaded', retryable: true });
  expect(broken.asked).toHaveLength(3);
  await using recovering = await fakeProvider(status(503, 'oops'), says('back'));
  expect((await run(farm(recovering.url), ask('farm/m'))).text).toBe('back');
});

test('a web page with status 200 is told from an answer', async () => {
  await using provider = await fakeProvider((response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>');
  });
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'bad-answer' });
  expect(ran.failure?.message).toContain('text/html');
});

test('a web page that claims to be a stream is no answer either', async () => {
  await using provider = await fakeProvider((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('<html><body>Sign in</body></html>\n\n');
  });
  expect((await run(farm(provider.url), ask('farm/m'))).failure).toMatchObject({ code: 'cut-off' });
});

test('a redirect is not followed', async () => {
  await using target = await fakeProvider(says('stolen'));
  await using provider = await fakeProvider((response) => {
    response.writeHead(307, { location: `${target.url}/v1/chat/completions` }).end();
  });
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'not-configured' });
  expect(target.asked).toHaveLength(0);
});

test('an empty answer is asked for again, then told', async () => {
  await using provider = await fakeProvider(streams(chat.end(), chat.done));
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'bad-answer' });
  expect(ran.failure?.message).toContain('answered with nothing');
  expect(provider.asked).toHaveLength(3);
});

test('garbage in the stream is a bad answer', async () => {
  await using provider = await fakeProvider(streams('{"not": json', chat.done));
  expect((await run(farm(provider.url), ask('farm/m'))).failure).toMatchObject({ code: 'bad-answer' });
});

test('an error inside a stream is told by its code', async () => {
  await using busy = await fakeProvider(streams({ error: { message: 'model is loading', type: 'server_error', code: 503 } }));
  expect((await run(farm(busy.url), ask('farm/m'))).failure).toMatchObject({ code: 'overloaded', retryable: true });
  await using limited = await fakeProvider(streams({ error: { message: 'too many', type: 'rate_limit_exceeded' } }));
  expect((await run(farm(limited.url), ask('farm/m'))).failure).toMatchObject({ code: 'rate-limited', retryable: true });
});

test('statuses become failures that say what to do', async () => {
  const cases = [
    [401, { error: { message: 'bad key' } }, 'refused-credential'],
    [403, { error: { message: 'no' } }, 'refused-credential'],
    [402, { error: { message: 'pay' } }, 'rate-limited'],
    [404, { error: { message: 'no such model' } }, 'not-configured'],
    [413, 'too big', 'context-too-long'],
    [400, { error: { message: "This model's maximum context length is 8192 tokens", code: null } }, 'context-too-long'],
    [400, { error: { message: 'no', code: 'context_length_exceeded' } }, 'context-too-long'],
    [400, { error: { message: 'unknown parameter' } }, 'bad-answer'],
  ] as const;
  for (const [code, body, expected] of cases) {
    await using provider = await fakeProvider(status(code, body));
    const ran = await run(farm(provider.url), ask('farm/m'));
    expect([code, ran.failure?.code, ran.failure?.retryable]).toEqual([code, expected, false]);
    expect(provider.asked).toHaveLength(1);
  }
});

test('a host that is not there is unreachable, named without a path', async () => {
  const url = await (async () => {
    await using provider = await fakeProvider(never);
    return provider.url;
  })();
  const ran = await run(farm(url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'unreachable', retryable: true });
  expect(ran.failure?.message).toContain(`could not be reached at ${url} (ECONNREFUSED)`);
});

test('an abort ends the step at once and the provider sees it', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.text('going on'));
  });
  const stop = new AbortController();
  const runtime = farm(provider.url);
  const before = performance.now();
  const running = run(runtime, ask('farm/m'), stop.signal);
  await eventually(() => provider.asked.length === 1);
  setTimeout(() => stop.abort(), 50);
  const ran = await running;
  expect(ran.failure).toMatchObject({ code: 'aborted', retryable: false });
  expect(ran.text).toBe('going on');
  expect(performance.now() - before).toBeLessThan(10_000);
  await eventually(() => provider.asked[0]?.hungUp === true);
});

test('an abort before the first byte and during a pause ends the step too', async () => {
  await using hanging = await fakeProvider(never);
  const patient = { retries: { attempts: 3, pauseMs: 60_000, longestPauseMs: 60_000 } };
  expect((await run(farm(hanging.url, patient), ask('farm/m'), AbortSignal.timeout(50))).failure).toMatchObject({ code: 'aborted' });
  await using broken = await fakeProvider(status(500, 'oops'));
  expect((await run(farm(broken.url, patient), ask('farm/m'), AbortSignal.timeout(50))).failure).toMatchObject({ code: 'aborted' });
  expect((await run(farm(broken.url, patient), ask('farm/m'), AbortSignal.abort())).failure).toMatchObject({ code: 'aborted' });
});

test('a reader that walks away hangs up on the provider', async () => {
  await using provider = await fakeProvider((response) => {
    startStream(response);
    send(response, chat.text('a'), chat.text('b'));
  });
  for await (const part of farm(provider.url).stream(ask('farm/m'), new AbortController().signal)) {
    expect(part.type).toBe('text');
    break;
  }
  await eventually(() => provider.asked[0]?.hungUp === true);
});
