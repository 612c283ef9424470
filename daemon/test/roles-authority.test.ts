/** What a role may: no more than its agent, no more than who asked it, and nothing without the skills it must have. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesOf } from '../../test/e2e/conversation.ts';
import { type RolesWorld, plan, startRolesWorld } from './roles-world.ts';

let world: RolesWorld;

beforeAll(async () => {
  world = await startRolesWorld({
    config: {
      // The Lead may not write; so whoever it asks may not either.
      agents: { chief: { default: true, tools: ['read_file'] }, smith: { tools: { profile: 'coding' } }, tester: { tools: { profile: 'coding' } } },
    },
    rules: [
      {
        match: { agent: 'chief', text: 'have it built' },
        steps: [{ call: { tool: 'invoke_role', args: { role: 'developer', task: 'write it' } } }, { say: '{result}' }],
      },
      {
        match: { agent: 'chief', text: 'elsewhere' },
        steps: [{ call: { tool: 'invoke_role', args: { role: 'developer', plan_id: 'other', task: 'write it' } } }, { say: '{result}' }],
      },
      { match: { agent: 'smith', text: 'write it' }, steps: [{ call: { tool: 'write_file', args: { path: 'a.txt', content: 'x' } } }, { say: '{result}' }] },
      { match: { agent: 'tester', text: 'look' }, steps: [{ say: 'no model should be asked' }] },
    ],
  });
  await world.operator('POST', '/v1/plans', { id: plan });
});
afterAll(() => world.stop());

test('a role that is asked by another may no more than who asked', async () => {
  expect(await world.invoke('developer', 'write it')).toMatchObject({ outcome: 'succeeded' });
  expect((await world.invoke('lead', 'have it built')).answer).toContain('chain-policy');
  expect((await world.runs()).find(({ role, requestedBy }) => role === 'developer' && requestedBy !== 'operator')).toMatchObject({
    outcome: 'unproven',
    reason: expect.stringContaining('write_file (refused)'),
  });
});

test('the Lead of one plan asks nothing of the roles of another', async () => {
  await world.operator('POST', '/v1/plans', { id: 'other' });
  expect((await world.invoke('lead', 'work elsewhere')).answer).toContain('its own plan alone');
  expect(await world.operator('GET', '/v1/plans/other/runs')).toEqual([]);
});

test('a role that must have a skill asks no model without it', async () => {
  const text = JSON.stringify({ roles: { validator: { required: ['not-there'], blocking: true } } });
  const { rev } = (await world.operator('POST', '/v1/skill-policy/revisions', { text })) as { rev: number };
  await world.operator('POST', `/v1/skill-policy/revisions/${rev}/approve`, {});
  expect(await world.invoke('validator', 'look')).toMatchObject({ outcome: 'blocked', compliance: 'missing', reason: expect.stringContaining('not-there') });
  const kinds = (await entriesOf(world.daemon, 'role:A%2FB%20plan:validator')).map(({ kind }) => kind);
  expect(kinds).not.toContain('model-step');
  expect(kinds).not.toContain('answer');
});
