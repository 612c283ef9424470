/** Where a chat can be reached, notice, result and summary arrive there, in this order; where it cannot, nothing begins. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, director, startHandoffsWorld } from './handoffs-world.ts';

const received = z.object({ chat: z.string(), text: z.string() });
let arrived: z.output<typeof received>[] = [];
/** Chats whose platform says no for good. */
const unreachable = new Set<string>();

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const message = received.parse(JSON.parse(body));
    if (!unreachable.has(message.chat)) arrived.push(message);
    response.writeHead(unreachable.has(message.chat) ? 403 : 204).end();
  });
});

let world: HandoffsWorld;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  world = await startHandoffsWorld({
    config: { channels: { chat: { platform: 'telegram', url: `http://127.0.0.1:${port}/` } } },
    rules: [
      { match: { agent: 'director', text: 'has ended' }, say: 'All is well.' },
      {
        match: { agent: 'director', text: 'have it tried' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'backend', task: 'try the door' } } }, { say: 'I asked.' }],
      },
      { match: { agent: 'backend', text: 'try the' }, say: 'It opens.' },
    ],
  });
});
beforeEach(() => {
  arrived = [];
});
afterAll(async () => {
  await world?.stop();
  server.close();
});

test('notice and result go to the chat of the target, the summary to the chat of who asked', async () => {
  await world.write('Please have it tried.', director);
  await until('the summary', () => arrived.find(({ text }) => text === 'All is well.'));
  expect(arrived.map(({ chat, text }) => [chat, text.split('\n')[0]?.replaceAll(/handoff_\w+/gu, 'ID')])).toEqual(
    expect.arrayContaining([
      ['-1', 'I asked.'],
      ['-1', 'All is well.'],
    ]),
  );
  const there = arrived.filter(({ chat }) => chat === '-2').map(({ text }) => text);
  expect(there).toHaveLength(2);
  expect(there[0]).toContain('director hands work to backend');
  expect(there[0]).toContain('> try the door');
  expect(there[1]).toBe('It opens.');
});

test('a person is asked in the chat of who asks, and answers there', async () => {
  const asked = await world.dispatch('backend', 'try the cellar', { riskLevel: 'dangerous' });
  const question = await until('the question', () => arrived.find(({ text }) => text.includes('try the cellar')));
  expect(question.chat).toBe('-1');
  expect(question.text).toContain(`/approve ${asked.approval?.id ?? 'none'}`);
  await world.cancel(asked.id);
});

test('what cannot be announced does not begin, and goes on when a person says so', async () => {
  unreachable.add('-2');
  const asked = await world.dispatch('backend', 'try the window');
  const paused = await world.reaches(asked.id, 'paused');
  expect(paused).toMatchObject({ turnId: null, reason: expect.stringContaining('could not be delivered to telegram:-2') });
  unreachable.clear();
  await world.operator('POST', `/v1/handoffs/${asked.id}/resume`, {});
  expect(await world.ended(asked.id)).toMatchObject({ status: 'finished', result: 'It opens.' });
  expect(await world.receipts(asked.id)).toEqual(expect.arrayContaining(['handoff.paused', 'handoff.resumed', 'handoff.started', 'handoff.finished']));
});
