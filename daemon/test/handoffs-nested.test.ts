/** Work that is handed on without waiting: it ends with the summary of who handed it on, and each call of a model is paid for once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { until } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, director, directorKey, startHandoffsWorld } from './handoffs-world.ts';

const costRow = z.object({ key: z.string(), inputTokens: z.number(), outputTokens: z.number() });

let world: HandoffsWorld;

beforeAll(async () => {
  const asks = (target: string, task: string) => [{ call: { tool: 'dispatch_handoff', args: { target, task } } }, { say: `I asked ${target}.` }];
  world = await startHandoffsWorld({
    rules: [
      { match: { agent: 'director', text: 'have it looked at' }, steps: asks('backend', 'pass it on') },
      { match: { agent: 'director', text: 'Sum up' }, say: 'The director summed up.' },
      { match: { agent: 'backend', text: 'pass it on' }, steps: asks('qa', 'look twice') },
      { match: { agent: 'backend', text: 'Sum up' }, say: 'The backend summed up what qa saw.' },
      { match: { agent: 'qa', text: 'look twice' }, say: 'I saw two.' },
    ],
  });
});
afterAll(() => world?.stop());

test('A hands to B, B to C, and nobody waits: the first ends with the summary of B, and A sums up once', async () => {
  await world.write('Please have it looked at.', director);
  const summed = () => world.said(directorKey).then((said) => said.filter(([kind, text]) => kind === 'answer' && text === 'The director summed up.'));
  await until('the summary', async () => ((await summed()).length > 0 ? true : undefined));
  const [below, above] = await world.handoffs();
  expect(above).toMatchObject({ target: 'backend', outcome: 'succeeded', result: 'The backend summed up what qa saw.', depth: 1 });
  expect(below).toMatchObject({ target: 'qa', source: 'backend', outcome: 'succeeded', result: 'I saw two.', parent: above?.id, depth: 2 });
  expect((above?.endedAt ?? 0) >= (below?.endedAt ?? Infinity)).toBe(true);
  expect(await summed()).toHaveLength(1);
  for (const { id } of await world.handoffs()) expect((await world.receipts(id)).filter((type) => type === 'handoff.finished')).toHaveLength(1);
});

test('what the whole cost is what its edges cost, each counted once', async () => {
  const [below, above] = await world.handoffs();
  const rows = z.array(costRow).parse(await world.operator('GET', '/v1/costs?by=edge'));
  const tokens = new Map(rows.map(({ key, inputTokens, outputTokens }) => [key, inputTokens + outputTokens]));
  expect([...tokens.keys()].toSorted()).toEqual(['backend → qa', 'director → backend']);
  expect(tokens.get('backend → qa')).toBe(below?.tokens);
  expect((tokens.get('director → backend') ?? 0) + (tokens.get('backend → qa') ?? 0)).toBe(above?.tokens);
  expect(below?.tokens).toBeGreaterThan(0);
  expect(above?.tokens).toBeGreaterThan(below?.tokens ?? Infinity);
});
