/** Every vendor's own wire format, as documented by it: one step with thinking, a tool call and cached tokens, and the step after it. */
import { expect, test } from 'vitest';
import type { ModelMessage, ModelPart } from '@guildhall/sessions';
import { createModelRuntime } from '../src/index.ts';
import { type Answer, fakeProvider, startStream, status, streams } from './fake-provider.ts';
import { type Ran, ask, finishOf, provided, run } from './steps.ts';

const tools = [
  { name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } },
];

function callOf(ran: Ran): Extract<ModelPart, { type: 'tool-call' }> {
  const call = ran.parts.find((part) => part.type === 'tool-call');
  if (call === undefined) throw new Error(`no tool call: ${ran.failure?.message ?? JSON.stringify(ran.parts)}`);
  return call;
}

/** For providers that are asked at their own address only: the request is turned to the fake on its way. */
function turnAside(from: string, to: string): typeof globalThis.fetch {
  return (input, init) => {
    if (typeof input !== 'string') throw new Error('vendors give their address as a text');
    return globalThis.fetch(input.replace(from, to), init);
  };
}

/** The conversation after the call was run. */
function answered(ran: Ran): readonly ModelMessage[] {
  const { type: _, ...call } = callOf(ran);
  return [
    { speaker: 'user', text: 'hello' },
    { speaker: 'assistant', text: ran.text, toolCalls: [call] },
    { speaker: 'tool', callId: call.callId, tool: call.tool, text: 'contents', isError: false },
  ];
}

/** Anthropic names each event on a line of its own. */
function anthropicStream(...events: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]): Answer {
  return (response) => {
    startStream(response);
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  };
}

const anthropicStep = anthropicStream(
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 100, cache_read_input_tokens: 900, cache_creation_input_tokens: 50, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'A file, then.' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'signed-by-the-vendor' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Let me look.' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'ping' },
  { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: {} } },
  { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"path": "x"}' } },
  { type: 'content_block_stop', index: 2 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 40 } },
  { type: 'message_stop' },
);

test('anthropic: thinking, text, a call and cached tokens; the signed thinking goes back with the result, and caches are marked', async () => {
  await using provider = await fakeProvider(anthropicStep);
  const runtime = createModelRuntime({ env: { ANTHROPIC_API_KEY: 'sk-ant-1', ANTHROPIC_BASE_URL: `${provider.url}/v1` } });
  const ran = await run(runtime, ask('anthropic/claude-sonnet-4-5', { tools, reasoning: 'low' }));
  expect(ran.parts.map((part) => part.type)).toEqual(['reasoning', 'text', 'tool-call', 'finish']);
  expect(callOf(ran)).toMatchObject({ callId: 'toolu_1', tool: 'read_file', args: { path: 'x' } });
  // 100 fresh at 3 $, 900 read at 0.30 $, 50 written at 3.75 $, 40 out at 15 $ for a million.
  expect(finishOf(ran)).toMatchObject({
    reason: 'tool-calls',
    usage: { model: 'anthropic/claude-sonnet-4-5', inputTokens: 1050, outputTokens: 40, cachedInputTokens: 900, costMicroUsd: 1358 },
  });

  await run(runtime, ask('anthropic/claude-sonnet-4-5', { tools, reasoning: 'low', messages: answered(ran) }));
  const [first, second] = provider.asked;
  expect(first?.path).toBe('/v1/messages');
  expect(first?.headers['x-api-key']).toBe('sk-ant-1');
  expect(first?.body['system']).toMatchObject([{ type: 'text', text: 'You are a coder.', cache_control: { type: 'ephemeral' } }]);
  expect(first?.body['messages']).toMatchObject([{ role: 'user', content: [{ type: 'text', text: 'hello', cache_control: { type: 'ephemeral' } }] }]);
  expect(second?.body['system']).toEqual(first?.body['system']);
  expect(second?.body['tools']).toEqual(first?.body['tools']);
  expect(second?.body['messages']).toMatchObject([
    { role: 'user' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'A file, then.', signature: 'signed-by-the-vendor' },
        { type: 'text' },
        { type: 'tool_use', id: 'toolu_1', input: { path: 'x' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', cache_control: { type: 'ephemeral' } }] },
  ]);
  expect(second?.body['thinking']).toMatchObject({ type: 'enabled' });
});

test('anthropic: a loop begun without its thinking is gone on with without asking for any', async () => {
  await using provider = await fakeProvider(anthropicStep);
  const runtime = createModelRuntime({ env: { ANTHROPIC_API_KEY: 'sk-ant-1', ANTHROPIC_BASE_URL: `${provider.url}/v1` } });
  const messages: readonly ModelMessage[] = [
    { speaker: 'user', text: 'hello' },
    {
      speaker: 'assistant',
      text: '',
      toolCalls: [
        { callId: 'a', tool: 'read_file', args: {}, carry: { type: 'google', reasoning: [{ text: 'hm', options: { google: { thoughtSignature: 's' } } }] } },
      ],
    },
    { speaker: 'tool', callId: 'a', tool: 'read_file', text: 'contents', isError: false },
  ];
  await run(runtime, ask('anthropic/claude-sonnet-4-5', { tools, reasoning: 'high', messages }));
  expect(provider.asked[0]?.body['thinking']).toBeUndefined();
  expect(JSON.stringify(provider.asked[0]?.body['messages'])).not.toContain('hm');
});

test('anthropic: an overloaded vendor is tried again, also when it says so inside the stream', async () => {
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  await using provider = await fakeProvider(status(529, overloaded), anthropicStream(overloaded), anthropicStep);
  const runtime = createModelRuntime({ env: { ANTHROPIC_API_KEY: 'sk-ant-1', ANTHROPIC_BASE_URL: provider.url }, retries: { pauseMs: 1 } });
  expect((await run(runtime, ask('anthropic/claude-sonnet-4-5', { tools }))).text).toBe('Let me look.');
  expect(provider.asked).toHaveLength(3);
});

const googleStep = streams(
  { candidates: [{ content: { role: 'model', parts: [{ text: 'A file, then.', thought: true }] } }] },
  { candidates: [{ content: { role: 'model', parts: [{ text: 'Let me look.' }] } }] },
  {
    candidates: [
      {
        content: { role: 'model', parts: [{ functionCall: { name: 'read_file', args: { path: 'x' } }, thoughtSignature: 'signed-by-the-vendor' }] },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { promptTokenCount: 1000, cachedContentTokenCount: 400, candidatesTokenCount: 30, thoughtsTokenCount: 10, totalTokenCount: 1040 },
  },
);

test('google: thinking, text, a call and cached tokens; the call’s signature goes back with it', async () => {
  await using provider = await fakeProvider(googleStep);
  const runtime = createModelRuntime({
    env: { KEY: 'g-key' },
    providers: provided({ google: { type: 'google', baseUrl: `${provider.url}/v1beta`, apiKey: { kind: 'env', name: 'KEY' } } }),
  });
  const ran = await run(runtime, ask('google/gemini-3.5-flash', { tools, reasoning: 'low' }));
  expect(ran.parts.map((part) => part.type)).toEqual(['reasoning', 'text', 'tool-call', 'finish']);
  expect(callOf(ran)).toMatchObject({ tool: 'read_file', args: { path: 'x' } });
  expect(callOf(ran).callId).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  expect(finishOf(ran)).toMatchObject({ reason: 'tool-calls', usage: { inputTokens: 1000, outputTokens: 40, cachedInputTokens: 400 } });
  expect(finishOf(ran).usage.costMicroUsd).toBeGreaterThan(0);

  await run(runtime, ask('google/gemini-3.5-flash', { tools, messages: answered(ran) }));
  expect(provider.asked[0]?.path).toBe('/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse');
  expect(provider.asked[0]?.headers['x-goog-api-key']).toBe('g-key');
  expect(JSON.stringify(provider.asked[1]?.body['contents'])).toContain('"thoughtSignature":"signed-by-the-vendor"');
});

const responsesStep = streams(
  { type: 'response.created', response: { id: 'resp_1', created_at: 1, model: 'gpt-5.4', service_tier: null } },
  { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' } },
  { type: 'response.output_item.done', output_index: 0, item: { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed', summary: [] } },
  { type: 'response.output_item.added', output_index: 1, item: { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'read_file', arguments: '' } },
  { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 1, delta: '{"path":"x"}' },
  {
    type: 'response.output_item.done',
    output_index: 1,
    item: { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'read_file', arguments: '{"path":"x"}', status: 'completed' },
  },
  {
    type: 'response.completed',
    response: {
      incomplete_details: null,
      service_tier: null,
      usage: { input_tokens: 1000, input_tokens_details: { cached_tokens: 800 }, output_tokens: 20, output_tokens_details: { reasoning_tokens: 5 } },
    },
  },
);

test('openai: a call over Responses, nothing stored there, the sealed reasoning goes back', async () => {
  await using provider = await fakeProvider(responsesStep);
  const fetch = turnAside('https://api.openai.com', provider.url);
  const runtime = createModelRuntime({ env: { OPENAI_API_KEY: 'sk-oai' }, fetch });
  const ran = await run(runtime, ask('openai/gpt-5.4', { tools, reasoning: 'low' }));
  expect(callOf(ran)).toMatchObject({ callId: 'call_1', tool: 'read_file', args: { path: 'x' } });
  expect(finishOf(ran)).toMatchObject({ reason: 'tool-calls', usage: { inputTokens: 1000, outputTokens: 20, cachedInputTokens: 800 } });
  expect(finishOf(ran).usage.costMicroUsd).toBeGreaterThan(0);

  await run(runtime, ask('openai/gpt-5.4', { tools, reasoning: 'low', messages: answered(ran) }));
  const [first, second] = provider.asked;
  expect(first?.path).toBe('/v1/responses');
  expect(first?.body).toMatchObject({ store: false, reasoning: { effort: 'low' } });
  expect(JSON.stringify(second?.body['input'])).toContain('"encrypted_content":"sealed"');
  expect(second?.body['input']).toMatchObject(expect.arrayContaining([expect.objectContaining({ type: 'function_call_output', call_id: 'call_1' })]));
});

test('openai: somebody else’s server behind OPENAI_BASE_URL is asked over Chat Completions', async () => {
  await using provider = await fakeProvider(status(400, { error: { message: 'stop here' } }));
  await run(createModelRuntime({ env: { OPENAI_API_KEY: 'sk-oai', OPENAI_BASE_URL: `${provider.url}/v1` } }), ask('openai/gpt-5.4'));
  expect(provider.asked[0]?.path).toBe('/v1/chat/completions');
});

test('openrouter: what follows the first slash is the model’s name there', async () => {
  await using provider = await fakeProvider(status(400, { error: { message: 'stop here' } }));
  const fetch = turnAside('https://openrouter.ai', provider.url);
  await run(createModelRuntime({ env: { OPENROUTER_API_KEY: 'sk-or' }, fetch }), ask('openrouter/anthropic/claude-sonnet-5'));
  expect(provider.asked[0]).toMatchObject({ path: '/api/v1/chat/completions', body: { model: 'anthropic/claude-sonnet-5' } });
  expect(provider.asked[0]?.headers.authorization).toBe('Bearer sk-or');
});
