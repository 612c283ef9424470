/** One whole tool-calling exchange, step by step, against a mock server this project did not write. */
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModelRuntime } from '../src/index.ts';
import { ask, finishOf, provided, run } from './steps.ts';

const mock = new LLMock({ port: 0, chunkSize: 7 });

beforeAll(async () => {
  mock.on(
    { userMessage: 'what is in notes.txt', hasToolResult: false },
    { content: 'Let me look.', toolCalls: [{ id: 'call_notes', name: 'read_file', arguments: JSON.stringify({ path: 'notes.txt' }) }] },
  );
  mock.on({ userMessage: 'what is in notes.txt', hasToolResult: true }, { content: 'It says: buy milk.' });
  await mock.start();
});

afterAll(() => mock.stop());

const tools = [{ name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } }];
const question = { speaker: 'user', text: 'what is in notes.txt' } as const;

for (const [provider, model] of [
  ['mock', 'gpt-5.4'],
  ['claude', 'claude-sonnet-5'],
  ['gemini', 'gemini-3.5-flash'],
] as const) {
  test(`a call is asked for, answered and summed up over ${provider}`, async () => {
    const apiKey = { kind: 'env', name: 'MOCK_KEY' } as const;
    const runtime = createModelRuntime({
      env: { MOCK_KEY: 'mock-key' },
      providers: provided({
        mock: { type: 'openai-compatible', baseUrl: `${mock.url}/v1`, apiKey },
        claude: { type: 'anthropic', baseUrl: `${mock.url}/v1`, apiKey },
        gemini: { type: 'google', baseUrl: `${mock.url}/v1beta`, apiKey },
      }),
    });
    const first = await run(runtime, ask(`${provider}/${model}`, { tools, messages: [question] }));
    expect(first.text).toBe('Let me look.');
    expect(finishOf(first)).toMatchObject({ reason: 'tool-calls', usage: { model: `${provider}/${model}`, rehearsal: false } });
    const call = first.parts.find((part) => part.type === 'tool-call');
    expect(call).toMatchObject({ tool: 'read_file', args: { path: 'notes.txt' } });
    if (call === undefined) return;
    const { type: _, ...called } = call;
    const second = await run(
      runtime,
      ask(`${provider}/${model}`, {
        tools,
        messages: [
          question,
          { speaker: 'assistant', text: first.text, toolCalls: [called] },
          { speaker: 'tool', callId: call.callId, tool: 'read_file', text: 'buy milk', isError: false },
        ],
      }),
    );
    expect(second.text).toBe('It says: buy milk.');
    expect(second.parts.filter((part) => part.type === 'text').length).toBeGreaterThan(1);
    expect(finishOf(second).reason).toBe('stop');
  });
}
