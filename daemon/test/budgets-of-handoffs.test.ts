/** What limits the handoffs of an agent limits those of the roles it fills, and what limits a plan limits what its roles hand over. */
import { budgetView, handoffView, roleRunView } from '@guildhall/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ending, eventsOf } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, startHandoffsWorld } from './handoffs-world.ts';

const long = Array.from({ length: 30 }, () => ({ call: { tool: 'todo', args: { todos: [] } }, say: 'word '.repeat(400) }));

let world: HandoffsWorld;

beforeAll(async () => {
  world = await startHandoffsWorld({
    triggers: {
      sources: {
        backend: {
          allowed_targets: ['qa', 'frontend'],
          max_depth: 2,
          budget: { tokens_per_handoff: 60_000 },
          edges: { qa: { tokens_per_day: 100_000 } },
        },
      },
    },
    config: { roles: { developer: { agent: 'backend' }, lead: { agent: 'director' } }, budget: { tokens_per_plan: 50_000 } },
    rules: [
      {
        match: { agent: 'backend', text: 'have qa {words...}' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'qa', task: '{words}', wait: true } } }, { say: '{result}' }],
      },
      {
        match: { agent: 'backend', text: 'have frontend {words...}' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'frontend', task: '{words}', wait: true } } }, { say: '{result}' }],
      },
      { match: { agent: 'backend', text: 'list them' }, steps: [{ call: { tool: 'list_handoffs', args: {} } }, { say: '{result}' }] },
      { match: { agent: 'frontend', text: 'go on and on' }, steps: [...long, { say: 'at last' }] },
      { match: { agent: 'qa', text: 'go slowly' }, say: 'a b c d e f g h i j k l m n o p q r s t u v w x y z', pace_ms: 400 },
    ],
  });
  await world.operator('POST', '/v1/plans', { id: 'p' });
});
afterAll(() => world?.stop());

async function invoke(task: string) {
  const begun = roleRunView.parse(await world.operator('POST', '/v1/plans/p/roles/developer/turns', { task }));
  return roleRunView.parse(await world.operator('GET', `/v1/plans/p/runs/${begun.id}?waitMs=20000`));
}

test('the day of an edge is one, whether the agent hands over or a role that it fills', async () => {
  const own = handoffView.parse(await world.operator('POST', '/v1/handoffs', { source: 'backend', target: 'qa', task: 'go slowly' }));
  await invoke('have qa look at it');
  const ofRole = (await world.handoffs()).find(({ source }) => source === 'role:p/developer');
  expect(ofRole).toMatchObject({ status: 'refused', decision: { decidedBy: 'budget' } });
  expect(ofRole?.reason).toContain('edge:backend qa');
  const budgets = z.array(budgetView).parse(await world.operator('GET', '/v1/budgets'));
  expect(budgets.find(({ scope }) => scope === 'edge:backend qa')).toMatchObject({ reservedTokens: 60_000 });
  await world.ended(own.id);
  expect(budgets.filter(({ scope }) => scope.startsWith('edge:role'))).toEqual([]);
});

test('the limit of a plan stops a model call of what its role handed over, and the handoff gave up', async () => {
  await invoke('have frontend go on and on');
  const stopped = (await world.handoffs()).find(({ target }) => target === 'frontend');
  expect(stopped).toMatchObject({ status: 'finished', outcome: 'gave-up', reason: expect.stringContaining('plan:p') });
  const [requested, ...later] = await eventsOf(world.daemon, `handoff:${stopped?.id ?? ''}`);
  expect(later.at(-1)?.type).toBe('handoff.finished');
  expect(requested?.provenance).toMatchObject({ budgets: expect.arrayContaining(['plan:p', 'edge:backend frontend']) });
});

test('an agent that lists its handoffs reads what came of them, as data', async () => {
  const asked = handoffView.parse(await world.operator('POST', '/v1/handoffs', { source: 'backend', target: 'qa', task: 'go slowly' }));
  await world.ended(asked.id);
  const { answer } = await ending(world.daemon, await world.write('list them', { platform: 'telegram', chat: '-2' }));
  expect(answer).toMatch(/^handoff_\w+ to qa: succeeded \[go slowly\]\n\[result of handoff_\w+ #\d+\]\na b c d/);
});
