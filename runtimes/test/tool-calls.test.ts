import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelPart } from '@guildhall/sessions';
import { readWireNames, wireName } from '../src/model/tool-names.ts';
import { chat, fakeProvider, floods, streams } from './fake-provider.ts';
import { type Ran, ask, farm, finishOf, run } from './steps.ts';

const readFile = {
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};

function calls(ran: Ran): readonly Extract<ModelPart, { type: 'tool-call' }>[] {
  return ran.parts.filter((part) => part.type === 'tool-call');
}

test('a tool call is handed on, not run, and ends the step as tool-calls', async () => {
  await using provider = await fakeProvider(
    streams(chat.text('Let me look.'), chat.call(0, 'call_a', 'read_file', '{"path":'), chat.call(0, null, '', '"x"}'), chat.end('tool_calls'), chat.done),
  );
  const ran = await run(farm(provider.url), ask('farm/m', { tools: [readFile] }));
  expect(calls(ran)).toEqual([{ type: 'tool-call', callId: 'call_a', tool: 'read_file', args: { path: 'x' } }]);
  expect(finishOf(ran).reason).toBe('tool-calls');
  expect(provider.asked).toHaveLength(1);
  expect(provider.asked[0]?.body['tools']).toEqual([
    { type: 'function', function: { name: 'read_file', description: 'Reads a file.', parameters: readFile.inputSchema } },
  ]);
});

test('a step with calls ends as tool-calls whatever the provider names it', async () => {
  await using provider = await fakeProvider(streams(chat.call(0, 'call_a', 'read_file', '{}'), chat.end('stop'), chat.done));
  expect(finishOf(await run(farm(provider.url), ask('farm/m'))).reason).toBe('tool-calls');
});

test('arguments that are no JSON arrive as the text they are', async () => {
  await using provider = await fakeProvider(streams(chat.call(0, 'call_a', 'read_file', '{"path": unquoted'), chat.end('tool_calls'), chat.done));
  expect(calls(await run(farm(provider.url), ask('farm/m')))[0]?.args).toBe('{"path": unquoted');
});

test('no arguments at all are an empty object', async () => {
  await using provider = await fakeProvider(streams(chat.call(0, 'call_a', 'list', ''), chat.end('tool_calls'), chat.done));
  expect(calls(await run(farm(provider.url), ask('farm/m')))[0]?.args).toEqual({});
});

test('missing and repeated call ids are mended, also against earlier steps', async () => {
  await using provider = await fakeProvider(
    streams(
      chat.call(0, 'same', 'read_file', '{"n":1}'),
      chat.call(1, 'same', 'read_file', '{"n":2}'),
      chat.call(2, null, 'read_file', '{"n":3}'),
      chat.call(3, 'old', 'read_file', '{"n":4}'),
      chat.end('tool_calls'),
      chat.done,
    ),
  );
  const ran = await run(
    farm(provider.url),
    ask('farm/m', {
      messages: [
        { speaker: 'user', text: 'go' },
        { speaker: 'assistant', text: '', toolCalls: [{ callId: 'old', tool: 'read_file', args: {} }] },
        { speaker: 'tool', callId: 'old', tool: 'read_file', text: 'x', isError: false },
      ],
    }),
  );
  const ids = calls(ran).map((call) => call.callId);
  expect(calls(ran).map((call) => call.args)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
  expect(new Set([...ids, 'old']).size).toBe(5);
  expect(ids[0]).toBe('same');
  for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
});

test('a model that calls tools without end is stopped after 128, and no call of it is finished', async () => {
  await using provider = await fakeProvider(
    floods(function* () {
      for (let index = 0; index < 1_000_000; index += 1) yield chat.call(index, `call_${index}`, 'read_file', '{}');
    }),
  );
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'bad-answer', retryable: false });
  expect(ran.failure?.message).toContain('more than 128 tool calls');
  expect(ran.parts.some((part) => part.type === 'finish')).toBe(false);
  expect(provider.asked).toHaveLength(1);
});

test('an answer without end is stopped at four million characters', async () => {
  const piece = 'x'.repeat(100_000);
  await using provider = await fakeProvider(
    floods(function* () {
      for (;;) yield chat.text(piece);
    }),
  );
  const ran = await run(farm(provider.url), ask('farm/m'));
  expect(ran.failure).toMatchObject({ code: 'bad-answer', retryable: false });
  expect(ran.text.length).toBeLessThanOrEqual(4_000_000);
});

test('tool names that vendors do not take travel under another name and come back as ours', async () => {
  const tool = { ...readFile, name: 'mcp:files/read file' };
  const wire = wireName(tool.name);
  await using provider = await fakeProvider(streams(chat.call(0, 'c', wire, '{}'), chat.call(1, 'd', 'invented', '{}'), chat.end('tool_calls'), chat.done));
  const ran = await run(farm(provider.url), ask('farm/m', { tools: [tool] }));
  expect(calls(ran).map((call) => call.tool)).toEqual(['mcp:files/read file', 'invented']);
  expect(JSON.stringify(provider.asked[0]?.body['tools'])).toContain(wire);
});

test('every tool name has a wire name that vendors take, and reads back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1, maxLength: 90, unit: 'grapheme' }), { minLength: 1, maxLength: 20 }), (names) => {
      const read = readWireNames(names.map((name) => ({ name })));
      for (const name of names) {
        expect(wireName(name)).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(read(wireName(name))).toBe(name);
      }
    }),
  );
});

test('calls and results go back as one message each, and arguments that were no object as one', async () => {
  await using provider = await fakeProvider(streams(chat.text('ok'), chat.end(), chat.done));
  await run(
    farm(provider.url),
    ask('farm/m', {
      messages: [
        { speaker: 'user', text: 'read \ud800 both' },
        {
          speaker: 'assistant',
          text: '',
          toolCalls: [
            { callId: 'a', tool: 'read_file', args: { path: 'x' } },
            { callId: 'b', tool: 'read_file', args: '{broken' },
          ],
        },
        { speaker: 'tool', callId: 'a', tool: 'read_file', text: 'contents', isError: false },
        { speaker: 'tool', callId: 'b', tool: 'read_file', text: 'arguments were no JSON', isError: true },
        { speaker: 'assistant', text: '', toolCalls: [] },
        { speaker: 'user', text: '  ' },
      ],
    }),
  );
  const messages = provider.asked[0]?.body['messages'] as readonly Readonly<Record<string, unknown>>[];
  expect(messages.map((message) => message['role'])).toEqual(['system', 'user', 'assistant', 'tool', 'tool', 'user']);
  expect(messages[1]?.['content']).toBe('read \ufffd both');
  expect(JSON.stringify(messages[2]?.['tool_calls'])).toContain(String.raw`{\"not_an_object\":\"{broken\"}`);
  expect(messages[5]?.['content']).toBe('(no text)');
});
