/** What is found where no turn may begin any more is told nobody by itself: it stays in the list, says why, and holds up no other. */
import { findingView, handoffView } from '@guildhall/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { entriesOf, until } from '../../test/e2e/conversation.ts';
import { type RolesWorld, plan, planRoute, startRolesWorld } from './roles-world.ts';

let world: RolesWorld;

beforeAll(async () => {
  world = await startRolesWorld({
    rules: [
      {
        match: { agent: 'tester', text: 'look' },
        steps: [
          { call: { tool: 'report_finding', args: { title: 'Too deep', severity: 'high', description: 'very', evidence: ['I looked'] } } },
          { say: 'one finding' },
        ],
      },
      { say: 'yes' },
    ],
    config: { limits: { chain_depth: 1 }, session_triggers: { enabled: true, sources: { chief: { allowed_targets: ['tester'], max_depth: 1 } } } },
  });
  await world.operator('POST', '/v1/plans', { id: plan });
});
afterAll(() => world.stop());

test('of a chain that may not go on: the next finding reaches the Lead all the same, and why says it of the first', async () => {
  const asked = handoffView.parse(await world.operator('POST', '/v1/handoffs', { source: 'chief', target: `role:${plan}/validator`, task: 'look' }));
  await until(
    'the end of the handoff',
    async () => handoffView.parse(await world.operator('GET', `/v1/handoffs/${asked.id}?waitMs=2000`)).endedAt ?? undefined,
  );
  const [deep] = await world.findings();
  expect(deep).toMatchObject({ title: 'Too deep', status: 'reported' });
  const report = { title: 'On the way', severity: 'low', description: 'a little' };
  await world.operator('POST', `${planRoute}/findings`, report);
  const lead = await until('the Lead', async () => {
    const { sessionKey } = await world.role('lead').catch(() => ({ sessionKey: '' }));
    const entries = sessionKey === '' ? [] : await entriesOf(world.daemon, sessionKey).catch(() => []);
    return entries.some(({ text }) => text.includes('On the way')) ? entries : undefined;
  });
  expect(lead.some(({ text }) => text.includes('Too deep'))).toBe(false);
  const why = z.array(findingView).parse(await world.operator('GET', `/v1/why/${deep?.id ?? ''}`));
  expect(why).toContainEqual(expect.objectContaining({ subject: 'chain', ok: false, message: expect.stringContaining('may not go on') }));
});
