/** A whole turn over a model server others wrote, and sessions that outlive every way a provider can misbehave. */
import { writeFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, chat, fakeProvider, says, send, startStream, status } from '../../runtimes/test/fake-provider.ts';
import { type DaemonHome, type DaemonProcess, createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { ask, entriesOf, resultsOf } from './conversation.ts';

/** What the provider does before it is well again, and what the turn that met it comes to. */
interface Trouble {
  readonly agent: string;
  readonly answers: readonly Answer[];
  readonly ends: { readonly status: 'failed'; readonly reason: RegExp } | { readonly status: 'completed' };
}

const cut: Answer = (response) => {
  startStream(response);
  send(response, chat.text('I was about to s'));
  setTimeout(() => response.destroy(), 20);
};
const hang: Answer = (response) => {
  startStream(response);
  send(response, chat.greeting);
};
const error = status(500, { error: { message: 'the model fell over' } });
const page: Answer = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Sign in</body></html>');
const wait = status(429, { error: { message: 'slow down' } }, { 'retry-after': '3600' });

const troubles: readonly Trouble[] = [
  { agent: 'cut-once', answers: [cut], ends: { status: 'completed' } },
  { agent: 'cut-always', answers: [cut, cut, cut], ends: { status: 'failed', reason: /did not answer \(cut-off\)/ } },
  { agent: 'hangs', answers: [hang], ends: { status: 'failed', reason: /the turn took longer than 6 s \(limits\.turn_seconds\)/ } },
  { agent: 'limits', answers: [wait], ends: { status: 'failed', reason: /asks to wait 3600 s/ } },
  { agent: 'web-page', answers: [page, page, page], ends: { status: 'failed', reason: /text\/html/ } },
  { agent: 'broken', answers: [error, error, error], ends: { status: 'failed', reason: /is in trouble \(500\): "the model fell over"/ } },
];

const mock = new LLMock({ port: 0, chunkSize: 9 });
const providers = new Map<string, Awaited<ReturnType<typeof fakeProvider>>>();
let place: DaemonHome;
let daemon: DaemonProcess;

beforeAll(async () => {
  const call = (id: string, name: string, args: object) => ({ toolCalls: [{ id, name, arguments: JSON.stringify(args) }] });
  mock.on({ toolCallId: 'call_read' }, { content: 'It is written and reads well.' });
  mock.on({ toolCallId: 'call_write' }, call('call_read', 'read_file', { path: 'poem.txt' }));
  mock.on({ userMessage: 'write a poem' }, { content: 'Gladly.', ...call('call_write', 'write_file', { path: 'poem.txt', content: 'Rain on tin.\n' }) });
  await mock.start();
  for (const { agent, answers } of troubles) providers.set(agent, await fakeProvider(...answers, says('I am well again.')));
  place = createHome('');
  const local = [...providers].map(([agent, { url }]) => [agent, { type: 'openai-compatible', base_url: `${url}/v1` }] as const);
  const config = {
    providers: { mock: { type: 'openai-compatible', base_url: `${mock.url}/v1` }, ...Object.fromEntries(local) },
    agents: { poet: { model: 'mock/gpt-5.4', tools: 'coding' }, ...Object.fromEntries(troubles.map(({ agent }) => [agent, { model: `${agent}/m` }])) },
    limits: { turn_seconds: 6 },
  };
  writeFileSync(place.configFile, JSON.stringify(config));
  daemon = await startDaemonProcess(place);
});

afterAll(async () => {
  await daemon.stop();
  for (const provider of providers.values()) await provider[Symbol.asyncDispose]();
  await mock.stop();
  place.remove();
});

test('a model that asks for tools gets their results and answers', async () => {
  const turn = await ask(daemon, 'poet', 'write a poem');
  expect(turn).toMatchObject({ status: 'completed', answer: 'It is written and reads well.', usage: { rehearsal: false } });
  expect((await resultsOf(daemon, turn)).map(({ tool, outcome, text }) => [tool, outcome, text])).toEqual([
    ['write_file', 'done', expect.stringContaining('Created poem.txt')],
    ['read_file', 'done', expect.stringContaining('Rain on tin.')],
  ]);
  expect(readFileSync(path.join(place.home, 'agents', 'poet', 'poem.txt'), 'utf8')).toBe('Rain on tin.\n');
});

describe('a provider that misbehaves', () => {
  test.concurrent.each(troubles)('$agent: the turn ends as $ends.status, and the session takes the next message', async ({ agent, answers, ends }) => {
    const first = await ask(daemon, agent, 'are you well?');
    expect(first.status).toBe(ends.status);
    if (ends.status === 'failed') {
      expect(first.reason).toMatch(ends.reason);
      expect(first.reason).not.toMatch(/\n|at \w+ \(|undefined/);
      expect(providers.get(agent)?.asked).toHaveLength(answers.length);
    } else expect(first.answer).toBe('I am well again.');
    const next = await ask(daemon, agent, 'and now?');
    expect(next).toMatchObject({ status: 'completed', answer: 'I am well again.', sessionKey: first.sessionKey });
    const answered = (await entriesOf(daemon, first.sessionKey)).filter(({ kind }) => kind === 'answer').map(({ turnId }) => turnId);
    expect(answered).toEqual(ends.status === 'completed' ? [first.id, next.id] : [next.id]);
  });
});
