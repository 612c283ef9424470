/** Handoffs that do not get on, each on a daemon that runs: why says what holds them, and what mends it. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { findingView, type FindingView, taskView } from '@guildhall/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { eventsOf, until } from '../../test/e2e/conversation.ts';
import { startDaemonProcess } from '../../test/harness/daemon-process.ts';
import { type HandoffsWorld, startHandoffsWorld, worldOf } from './handoffs-world.ts';

/** The chat platform takes what goes to -3 and nothing else. */
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => response.writeHead(body.includes('"-2"') ? 403 : 204).end());
});

let world: HandoffsWorld;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  world = await startHandoffsWorld({
    config: {
      channels: { chat: { platform: 'telegram', url: `http://127.0.0.1:${port}/` } },
      agents: { director: { default: true }, backend: {}, frontend: {}, qa: { max_turns: 1 } },
    },
    triggers: { breaker: { failures: 1, rest_seconds: 600 } },
    rules: [
      { match: { agent: 'qa', text: 'try for ever' }, steps: [{ call: { tool: 'todo', args: { todos: [] } } }, { say: 'never said' }] },
      {
        match: { agent: 'frontend', text: 'make a card' },
        steps: [
          { call: { tool: 'kanban_create', args: { title: 'A card', assignee: 'backend' } } },
          { call: { tool: 'terminal', args: { command: ['sleep', '30'] } } },
          { say: 'ok' },
        ],
      },
    ],
  });
});
afterAll(async () => {
  await world?.stop();
  server.close();
});

const why = async (id: string): Promise<readonly FindingView[]> => z.array(findingView).parse(await world.operator('GET', `/v1/why/${encodeURIComponent(id)}`));
const doctor = async (): Promise<readonly FindingView[]> => z.array(findingView).parse(await world.operator('GET', '/v1/doctor'));

test('one whose notice cannot be delivered is paused, and says to which chat', async () => {
  const { id } = await world.dispatch('backend', 'look at it');
  await world.reaches(id, 'paused');
  expect((await why(id))[0]).toMatchObject({ ok: false, message: expect.stringContaining('telegram:-2'), remedy: `guildhall handoffs resume ${id}` });
  expect(await doctor()).toContainEqual(expect.objectContaining({ subject: 'handoffs', remedy: `guildhall handoffs resume ${id}` }));
});

test('an edge that failed too often rests: the next is refused by its breaker, and the doctor names it', async () => {
  const { id } = await world.dispatch('qa', 'try for ever');
  expect(await world.ended(id)).toMatchObject({ status: 'finished', outcome: 'gave-up' });
  const answer = await world.daemon.request('POST', '/v1/handoffs', { source: 'director', target: 'qa', task: 'try again' });
  expect(answer?.status).toBe(403);
  const [refused] = await world.handoffs('&status=refused');
  expect((await why(refused?.id ?? ''))[0]).toMatchObject({ subject: 'breaker', ok: false });
  expect(await doctor()).toContainEqual(expect.objectContaining({ subject: 'handoffs', message: expect.stringContaining('director → qa failed 1 times') }));
});

test('one whose call was under way when the daemon was killed and that ended without its answer is uncertain; a task of it that was called off waits for a person', async () => {
  const { id } = await world.dispatch('frontend', 'make a card');
  const turnId = (await world.reaches(id, 'running')).turnId ?? '';
  const called = () =>
    eventsOf(world.daemon).then((events) =>
      events.find(({ type, data }) => type === 'tool.called' && data?.['turnId'] === turnId && data['tool'] === 'terminal'),
    );
  await until('the program', called);
  await world.daemon.kill9();
  world = worldOf(world.place, await startDaemonProcess(world.place));
  await world.operator('POST', `/v1/turns/${turnId}/cancel`, {}).catch(() => undefined);
  const ended = await world.ended(id);
  const { tasks } = z.object({ tasks: z.array(taskView) }).parse(await world.operator('GET', '/v1/boards/default/tasks?limit=10'));
  expect(tasks).toMatchObject([{ title: 'A card' }]);
  expect(ended.status).toBe('uncertain');
  expect((await why(id))[0]).toMatchObject({ ok: false, message: expect.stringContaining('nobody knows') });
  await world.cancel(id);
  expect((await why(tasks[0]?.id ?? '')).map(({ message }) => message).join(' ')).toContain('was called off; nothing of it begins');
});
