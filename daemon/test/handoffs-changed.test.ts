/** What may change between asking and beginning, and how it can end otherwise than well. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handoffExplanation, handoffView } from '@guildhall/protocol';
import { z } from 'zod';
import { ending, until } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, director, directorKey, startHandoffsWorld } from './handoffs-world.ts';

let world: HandoffsWorld;
let before = '';

beforeAll(async () => {
  world = await startHandoffsWorld({
    config: {
      limits: { tool_seconds: 3 },
      agents: { director: { default: true }, backend: {}, frontend: {}, qa: { max_turns: 1 }, sre: {} },
      roles: { developer: { agent: 'backend' }, release: { person: true } },
    },
    triggers: { sources: { director: { allowed_targets: ['backend', 'frontend', 'qa', 'sre'], require_human_confirmation_for: ['high'] } } },
    rules: [
      {
        match: { agent: 'director', text: 'wait a little' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'frontend', task: 'hold the place, awaited', wait: true } } }, { say: '{result}' }],
      },
      { match: { text: 'hold the place' }, say: 'a b c d e f g h i j', pace_ms: 500 },
      { match: { text: 'give up' }, say: 'Gave up: the door is locked.' },
      { match: { text: 'break' }, fail: 'refused-credential' },
      { match: { agent: 'qa', text: 'go on and on' }, steps: [{ call: { tool: 'todo', args: { todos: [] } } }], repeat: true },
    ],
  });
  before = readFileSync(world.place.configFile, 'utf8');
});
afterAll(() => world?.stop());

/** Puts another configuration in force, for the time of `work`. */
async function withConfig<T>(changes: object, work: () => Promise<T>): Promise<T> {
  const put = async (text: string) => world.operator('PUT', '/v1/config', { text });
  await put(JSON.stringify({ ...z.record(z.string(), z.json()).parse(JSON.parse(before)), ...changes }));
  try {
    return await work();
  } finally {
    await put(before);
  }
}

/** One that runs at the backend for some seconds, and one that waits behind it. */
async function queuedBehind(task: string): Promise<{ readonly first: string; readonly second: string }> {
  const first = await world.dispatch('backend', `hold the place before: ${task}`);
  await world.reaches(first.id, 'running');
  const second = await world.dispatch('backend', task);
  expect(second.status).toBe('queued');
  return { first: first.id, second: second.id };
}

test('an agent that is no longer there is not begun with', async () => {
  const { first, second } = await queuedBehind('work for nobody');
  await withConfig(
    {
      agents: { director: { default: true }, frontend: {}, qa: {}, sre: {} },
      roles: {},
      bindings: [],
      session_triggers: { enabled: true, sources: { director: { allowed_targets: ['frontend', 'qa', 'sre'] } } },
    },
    async () => {
      await world.cancel(first);
      expect(await world.ended(second)).toMatchObject({ status: 'refused', turnId: null });
    },
  );
  const explained = handoffExplanation.parse(await world.operator('GET', `/v1/handoffs/${second}/decision`));
  expect(explained.decisions.map(({ moment, verdict }) => [moment, verdict])).toEqual([
    ['requested', 'allow'],
    ['starting', 'deny'],
  ]);
  expect(explained.decisions[1]?.answers.find(({ guardrail }) => guardrail === 'target-open')?.rule).toContain('no longer configured');
});

test('stricter rules ask a person before it begins', async () => {
  const { first, second } = await queuedBehind('work that became risky');
  await withConfig(
    {
      session_triggers: {
        enabled: true,
        sources: { director: { allowed_targets: ['backend', 'frontend', 'qa', 'sre'], require_human_confirmation_for: ['low'] } },
      },
    },
    async () => {
      await world.cancel(first);
      const waits = await world.reaches(second, 'awaiting-approval');
      await world.operator('POST', `/v1/approvals/${waits.approval?.id ?? ''}/approve`, {});
      expect(await world.ended(second)).toMatchObject({ status: 'finished', outcome: 'succeeded' });
    },
  );
});

test('what was changed is asked for anew, and a yes to the old words is no yes', async () => {
  const asked = await world.dispatch('frontend', 'paint it red', { riskLevel: 'high' });
  const old = asked.approval?.id ?? '';
  const edited = handoffView.parse(await world.operator('PATCH', `/v1/handoffs/${asked.id}`, { task: 'paint it blue', forbiddenActions: ['db_write'] }));
  expect(edited).toMatchObject({ status: 'awaiting-approval', task: 'paint it blue', forbiddenActions: ['db_write'] });
  expect(edited.approval?.id).not.toBe(old);
  const late = await world.daemon.request('POST', `/v1/approvals/${old}/approve`, {});
  expect(late?.status).toBeGreaterThanOrEqual(400);
  await world.operator('POST', `/v1/approvals/${edited.approval?.id ?? ''}/approve`, {});
  const ended = await world.ended(asked.id);
  expect(ended.result).toContain('paint it blue');
  expect(ended.result).toContain('Forbidden in everything that comes of it: db_write.');
});

test('risk does not fall', async () => {
  const asked = await world.dispatch('frontend', 'paint it green', { riskLevel: 'high' });
  const lowered = await world.daemon.request('PATCH', `/v1/handoffs/${asked.id}`, { riskLevel: 'low' });
  expect(lowered).toMatchObject({ status: 400, body: { detail: expect.stringContaining('can only rise') } });
  await world.cancel(asked.id);
});

test('a target says that it gave up, or its limits say it, or it fails', async () => {
  const [gave, ran, failed] = [
    await world.dispatch('sre', 'give up on this'),
    await world.dispatch('qa', 'go on and on'),
    await world.dispatch('frontend', 'break this'),
  ];
  expect(await world.ended(gave.id)).toMatchObject({ status: 'finished', outcome: 'gave-up', result: 'Gave up: the door is locked.' });
  expect(await world.ended(ran.id)).toMatchObject({ status: 'finished', outcome: 'gave-up', result: null, reason: expect.stringContaining('max_turns') });
  expect(await world.ended(failed.id)).toMatchObject({ status: 'finished', outcome: 'failed', reason: expect.stringContaining('refused-credential') });
});

test('a role of a plan does it in the session of the role, as long as it is open and an agent fills it', async () => {
  await world.operator('POST', '/v1/plans', { id: 'A/B', goal: 'A thing is there.' });
  const asked = await world.dispatch('role:A/B/Dev', 'mend the roof');
  expect(asked).toMatchObject({ target: 'role:A/B/developer', targetAgent: 'backend', targetSession: 'role:A%2FB:developer', targetChat: 'session' });
  expect(await world.ended(asked.id)).toMatchObject({ status: 'finished', outcome: 'succeeded' });
  expect((await world.said('role:A%2FB:developer')).map(([kind]) => kind)).toEqual(['message', 'answer', 'message', 'answer']);
  await world.operator('POST', '/v1/plans/A%2FB/roles/developer/retire', { reason: 'done here' });
  const refusals = async (target: string) => world.daemon.request('POST', '/v1/handoffs', { source: 'director', target, task: 'mend it again' });
  expect(await refusals('role:A/B/developer')).toMatchObject({ status: 403, body: { detail: expect.stringContaining('retired') } });
  expect(await refusals('role:A/B/release')).toMatchObject({ status: 403 });
  expect(await refusals('role:nowhere/developer')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('no plan "nowhere"') } });
  expect(await refusals('nobody')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('no agent "nobody"') } });
  expect(await refusals('agent:backend:telegram:group:chat=-666')).toMatchObject({ status: 404 });
});

test('a record that was written by hand is judged like any other, and not believed in what is not its to say', async () => {
  const record = {
    source_session: 'director',
    target_session: 'frontend',
    target_chat: 'telegram:-1234567890',
    task: 'Review the homepage.',
    risk_level: 'low',
    forbidden_actions: ['dns_change'],
    reply_policy: 'post_progress_in_target_chat',
    audit_id: 'handoff_...',
    requires_user_confirmation: true,
  };
  const imported = await world.operator('POST', '/v1/handoffs/import', record);
  expect(imported).toMatchObject({
    status: 'awaiting-approval',
    targetChat: 'telegram:-3',
    warnings: [expect.stringContaining('target_chat "telegram:-1234567890" was not believed'), expect.stringContaining('audit_id')],
  });
  await world.cancel(handoffView.parse(imported).id);
});

test('a call that waits longer than a tool may says that it goes on, and its end is told like any other', async () => {
  const { answer } = await ending(world.daemon, await world.write('Please wait a little.', director));
  expect(answer).toContain('It goes on; you are told here when it has ended');
  const told = await until('the summary', async () =>
    (await world.said(directorKey)).find(([kind, text]) => kind === 'message' && text.includes('1 of 1 has ended')),
  );
  expect(told[1]).toContain('a b c d e f g h i j');
});

test('only the operator asks on behalf of others', async () => {
  const issued = await world.operator('POST', '/v1/tokens', { scope: 'agent:director' });
  expect(issued).toMatchObject({ secret: expect.any(String) });
  const { secret } = handoffSecret(issued);
  const answer = await fetch(`${world.daemon.url}/v1/handoffs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source: 'director', target: 'backend', task: 'mine' }),
  });
  expect(answer.status).toBe(403);
  expect((await world.handoffs()).some(({ task }) => task === 'mine')).toBe(false);
});

function handoffSecret(issued: unknown): { readonly secret: string } {
  if (typeof issued === 'object' && issued !== null && 'secret' in issued && typeof issued.secret === 'string') return { secret: issued.secret };
  throw new Error('no secret was issued');
}
