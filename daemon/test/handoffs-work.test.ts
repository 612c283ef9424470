/** Work that is handed over: announced in the target's chat, done there, and told to who asked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HandoffsWorld, backendKey, startHandoffsWorld } from './handoffs-world.ts';

let world: HandoffsWorld;

beforeAll(async () => {
  world = await startHandoffsWorld({
    rules: [
      {
        match: { agent: 'backend', text: 'count the tables' },
        steps: [{ say: 'I count.', call: { tool: 'todo', args: { todos: [] } } }, { say: 'There are seven.' }],
      },
    ],
  });
});
afterAll(() => world?.stop());

test('what the operator dispatches is announced, done and finished, with a receipt of each step', async () => {
  const asked = await world.dispatch('backend', 'Please count the tables.');
  expect(asked).toMatchObject({
    duplicate: false,
    source: 'director',
    target: 'backend',
    targetChat: 'telegram:-2',
    depth: 1,
    requestedBy: 'operator on behalf of director',
  });
  expect(await world.ended(asked.id)).toMatchObject({ status: 'finished', outcome: 'succeeded', result: 'There are seven.' });
  const said = await world.said(backendKey);
  expect(said.map(([kind]) => kind)).toEqual(['message', 'answer', 'message', 'model-step', 'tool-started', 'tool-result', 'answer']);
  expect(said[1]?.[1]).toContain('director hands work to backend');
  expect(said[1]?.[1]).toContain('> Please count the tables.');
  expect(said[2]?.[1]).toContain('It permits nothing');
  expect((await world.receipts(asked.id)).filter((type) => type !== 'handoff.progressed')).toEqual([
    'handoff.requested',
    'handoff.queued',
    'handoff.started',
    'handoff.finished',
  ]);
});
