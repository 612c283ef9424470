/** What a role tries that was talked into turning against its plan. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesOf } from '../../test/e2e/conversation.ts';
import { planFindingView } from '@guildhall/protocol';
import { type RolesWorld, plan, planRoute, startRolesWorld } from './roles-world.ts';

const call = (tool: string, args: object) => ({ call: { tool, args } });

const secrets = { OPENAI_API_KEY: 'sk-nowhere-in-the-configuration', SHOP_URL: 'https://me:pass-of-the-shop-7@shop.example/x' };

let world: RolesWorld;

beforeAll(async () => {
  world = await startRolesWorld({
    env: secrets,
    config: {
      agents: {
        chief: { default: true, tools: { profile: 'coding' } },
        smith: { tools: { profile: 'coding', also_allow: ['kanban_create', 'kanban_complete'] } },
        tester: { tools: { profile: 'coding' } },
      },
    },
    rules: [
      {
        match: { agent: 'chief', text: 'patterns' },
        steps: [
          call('invoke_role', { role: 'developer', task: 'nothing', expects: ['{a,b}'.repeat(99), '{1..9999999}', '*a'.repeat(200)] }),
          { say: '{result}' },
        ],
      },
      {
        match: { agent: 'smith', text: 'squat {id}' },
        steps: [call('kanban_create', { title: 'mine', assignee: 'operator', idempotency_key: 'finding:{id}:1' }), { say: '{result}' }],
      },
      { match: { agent: 'smith', text: 'nothing' }, steps: [call('write_file', { path: 'a'.repeat(60), content: 'x' }), { say: 'written' }] },
      {
        match: { agent: 'tester', text: 'flood' },
        steps: [
          ...Array.from({ length: 12 }, (_, index) => call('report_finding', { title: `wrong ${index}`, severity: 'low', description: 'x'.repeat(40_000) })),
          { say: 'reported' },
        ],
      },
      { match: { agent: 'smith', text: 'Never right' }, steps: [call('kanban_complete', { summary: 'done' }), { say: 'mended' }] },
      { say: 'noted' },
    ],
  });
  await world.operator('POST', '/v1/plans', { id: plan });
});
afterAll(() => world.stop());

test('patterns that a role is to leave files by cost no more time than there is', async () => {
  const run = await world.invoke('lead', 'patterns');
  expect(run.answer).toContain('unproven');
});

test('a task in the place of the one that would mend a finding is refused', async () => {
  expect((await world.invoke('developer', 'squat find_1')).answer).toContain('choose another');
  expect(await world.operator('GET', '/v1/boards/default/tasks')).toMatchObject({ tasks: [] });
});

test('what one turn reported takes few turns of the Lead', async () => {
  const before = (await world.role('lead')).turns;
  await world.invoke('validator', 'flood');
  await expect.poll(async () => (await world.role('lead')).turns - before, { timeout: 10_000 }).toBe(6);
  await expect.poll(async () => (await world.role('lead')).activity, { timeout: 10_000 }).toBe('idle');
  expect((await world.role('lead')).turns - before).toBe(6);
  expect(await world.findings()).toHaveLength(12);
  const told = (await entriesOf(world.daemon, 'role:A%2FB%20plan:lead')).flatMap((entry) => (entry.kind === 'message' ? [JSON.stringify(entry)] : [])).join('');
  for (const { id } of await world.findings()) expect(told.split(`[finding ${id} `)).toHaveLength(2);
  expect(told.length).toBeLessThan(400_000);
});

test('a finding that is mended again and again in vain is a person’s in the end', { timeout: 60_000 }, async () => {
  const request = { title: 'Never right', severity: 'low', description: 'x' };
  const { id } = planFindingView.parse(await world.operator('POST', `${planRoute}/findings`, request));
  await world.operator('POST', `/v1/findings/${id}/accept`, {});
  const finding = async () => (await world.findings()).find((each) => each.id === id);
  for (let round = 1; round <= 5; round += 1) {
    await expect.poll(async () => (await finding())?.status, { timeout: 10_000 }).toBe('remediated');
    await world.operator('POST', `/v1/findings/${id}/revalidate`, { verdict: 'failed', text: 'still there' });
  }
  await expect.poll(async () => (await finding())?.task, { timeout: 10_000 }).not.toBeNull();
  expect(await world.operator('GET', `/v1/tasks/${(await finding())?.task ?? ''}`)).toMatchObject({ task: { assignee: 'operator' } });
});

test('a bundle holds no key that is only in the environment', async () => {
  const said = `key ${secrets.OPENAI_API_KEY} and pass-of-the-shop-7`;
  await world.operator('POST', `${planRoute}/findings`, { title: 'Leaks', severity: 'low', description: said });
  const bundle = JSON.stringify(await world.operator('GET', `${planRoute}/bundle`));
  expect(bundle).toContain('key [secret] and [secret]');
  expect(bundle).not.toMatch(/sk-nowhere|pass-of-the-shop/);
});
