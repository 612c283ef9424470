/** Findings: they wait for the Lead, and nothing is mended without a decision. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RolesWorld, plan, planRoute, startRolesWorld } from './roles-world.ts';

let world: RolesWorld;

beforeAll(async () => {
  world = await startRolesWorld({
    config: {
      agents: {
        chief: { default: true, tools: { profile: 'coding' } },
        smith: { tools: { profile: 'coding', also_allow: ['dispose_finding'] } },
        tester: { tools: { profile: 'coding', also_allow: ['dispose_finding'] } },
      },
    },
    rules: [
      {
        match: { agent: 'tester', text: 'check it' },
        steps: [{ call: { tool: 'report_finding', args: { title: 'It is empty', severity: 'high', evidence: ['wc -c says 0'] } } }, { say: 'reported' }],
      },
      {
        match: { agent: 'tester', text: 'decide {id}' },
        steps: [{ call: { tool: 'dispose_finding', args: { id: '{id}', disposition: 'accept' } } }, { say: '{result}' }],
      },
      {
        match: { agent: 'tester', text: 'look again at {id}' },
        steps: [{ call: { tool: 'revalidate_finding', args: { id: '{id}', verdict: 'passed', text: 'it has bytes now' } } }, { say: '{result}' }],
      },
      {
        match: { agent: 'chief', text: 'accept {id}' },
        steps: [{ call: { tool: 'dispose_finding', args: { id: '{id}', disposition: 'accept' } } }, { say: 'accepted' }],
      },
      {
        match: { agent: 'smith', text: 'It is empty' },
        steps: [
          { call: { tool: 'write_file', args: { path: 'full.txt', content: 'full' } } },
          { call: { tool: 'kanban_complete', args: { summary: 'filled' } } },
          { say: 'mended' },
        ],
      },
      { say: 'noted' },
    ],
  });
  await world.operator('POST', '/v1/plans', { id: plan });
});
afterAll(() => world.stop());

async function tasks(): Promise<readonly { readonly id: string; readonly status: string; readonly labels: readonly string[] }[]> {
  const answer = (await world.operator('GET', '/v1/boards/default/tasks')) as { tasks: readonly { id: string; status: string; labels: readonly string[] }[] };
  return answer.tasks;
}

test('a finding goes from its report over the Lead and the board to the one who looks again, and stays where the Lead says nothing', async () => {
  expect(await world.invoke('validator', 'check it')).toMatchObject({ outcome: 'succeeded' });
  const [finding] = await world.findings();
  const id = finding?.id ?? '';
  expect(finding).toMatchObject({ status: 'reported', reportedBy: 'validator', evidence: [{ what: 'wc -c says 0' }] });
  const lead = () => world.role('lead');
  await expect.poll(async () => (await lead()).turns, { timeout: 10_000 }).toBe(1);
  await expect.poll(async () => (await lead()).activity, { timeout: 10_000 }).toBe('idle');
  expect((await world.invoke('validator', `decide ${id}`)).answer).toContain('that is for the Lead');
  expect((await world.findings())[0]).toMatchObject({ status: 'reported', task: null });
  expect(await tasks()).toEqual([]);

  await world.invoke('lead', `accept ${id}`);
  await expect.poll(async () => (await world.findings())[0]?.status, { timeout: 20_000 }).toBe('remediated');
  expect(await tasks()).toMatchObject([{ status: 'done', labels: [`finding:${id}`] }]);
  await expect
    .poll(async () => (await world.runs()).filter(({ role }) => role === 'developer'), { timeout: 10_000 })
    .toMatchObject([{ outcome: 'succeeded', sessionKey: 'role:A%2FB%20plan:developer', artifacts: [{ path: 'full.txt' }] }]);
  await expect.poll(async () => (await lead()).turns, { timeout: 10_000 }).toBe(3);

  const blocked = await world.daemon.request('POST', `${planRoute}/complete`, {});
  expect(blocked).toMatchObject({ status: 409 });
  await world.invoke('validator', `look again at ${id}`);
  expect((await world.findings())[0]).toMatchObject({ status: 'closed', revalidation: [{ role: 'validator', verdict: 'passed' }] });
});
