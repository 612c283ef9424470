/** A role as the terminal and the API show it, and a role that a person fills, on both databases. */
import { planView, roleRunView, roleView } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import { plan, planRoute, startRolesWorld, type RolesWorld } from '../../daemon/test/roles-world.ts';
import { databases } from '../board/own-database.ts';
import { guildhall } from '../e2e/command-line.ts';

const rules = [
  { match: { agent: 'smith', text: 'write it' }, steps: [{ call: { tool: 'write_file', args: { path: 'a.txt', content: 'x' } } }, { say: 'written' }] },
  { say: 'yes' },
];

async function typed(world: RolesWorld, ...words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await guildhall(world.place, ...words, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe.each(databases)('on %s', (_, open) => {
  test('a role is shown the same in the terminal and by the API, with how it stands; and the plan is completed when the person who fills another has answered', async () => {
    const database = await open();
    const { databaseUrl } = database.start;
    const world = await startRolesWorld({ rules, ...(databaseUrl === undefined ? {} : { env: { GUILDHALL_DATABASE_URL: databaseUrl } }) });
    await world.operator('POST', '/v1/plans', {
      id: plan,
      phases: [
        { name: 'build', roles: ['developer'] },
        { name: 'ship', roles: ['release'] },
      ],
    });
    const built = await world.invoke('developer', 'write it', { phase: 'build' });
    const shown = await typed(world, 'roles', 'show', '--plan', plan, '--role', 'Developer');
    expect(shown).toEqual(await world.operator('GET', `${planRoute}/roles/developer`));
    expect(roleView.parse(shown)).toMatchObject({
      status: 'open',
      activity: 'idle',
      executionMode: 'persistent',
      model: 'rehearsal/default',
      contextTokens: expect.any(Number),
      contextLimit: expect.any(Number),
      costMicroUsd: 0,
      lastActivityAt: expect.any(Number),
      artifacts: [{ path: 'a.txt', run: built.id }],
      incarnation: 1,
      lastRun: built.id,
    });
    expect(roleView.parse(shown).contextTokens).toBeGreaterThan(0);

    const asked = roleRunView.parse(await world.operator('POST', `${planRoute}/roles/release/turns`, { task: 'publish it', phase: 'ship' }));
    expect(asked).toMatchObject({ status: 'waiting-for-person', turnId: null });
    expect(await world.role('release')).toMatchObject({ filledBy: { kind: 'person' }, model: null, activity: 'waiting-for-person' });
    expect(await world.daemon.request('POST', `${planRoute}/complete`, {})).toMatchObject({ status: 409 });
    await typed(world, 'roles', 'answer', asked.id, 'It is on the shelf.', '--plan', plan);
    const answered = await world.operator('GET', `${planRoute}/runs/${asked.id}?waitMs=20000`);
    expect(answered).toMatchObject({ status: 'finished', outcome: 'succeeded', answer: 'It is on the shelf.' });
    const done = planView.parse(await typed(world, 'plans', 'complete', plan));
    expect(done).toMatchObject({ status: 'completed', blockers: [] });
    expect(done.phases.map(({ status }) => status)).toEqual(['done', 'done']);
    await world.stop();
    await database.drop();
  });
});
