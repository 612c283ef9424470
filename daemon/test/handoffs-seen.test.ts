/** What a person sees of handoffs from outside: why they do not get on, what they cost, under which limits; on a daemon of its own. */
import { budgetView, type FindingView, findingView, statusView, turnView } from '@guildhall/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { overHttp } from '../../test/board/mcp-client.ts';
import { eventsOf } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, startHandoffsWorld } from './handoffs-world.ts';

const problem = z.object({ code: z.string(), detail: z.string(), details: z.record(z.string(), z.unknown()) });
const costs = z.array(z.object({ key: z.string(), turns: z.number(), inputTokens: z.number() }));

let world: HandoffsWorld;

beforeAll(async () => {
  const budget = { usd_per_handoff: 1, tokens_per_handoff: 2_000_000, usd_per_day: 50 };
  const source = { allowed_targets: ['backend', 'frontend', 'qa'], max_depth: 2, budget, edges: { backend: { usd_per_day: 20 } } };
  world = await startHandoffsWorld({
    rules: [
      { match: { text: 'take long over' }, say: 'a b c d e f g h i j k l m n o p q r s t u v w x y z', pace_ms: 400 },
      { match: { text: 'look at {what}' }, say: '{agent} looked.' },
    ],
    triggers: { sources: { director: source } },
    config: { budget: { usd_per_day: 100 } },
  });
});
afterAll(() => world?.stop());

const why = async (id: string): Promise<readonly FindingView[]> => z.array(findingView).parse(await world.operator('GET', `/v1/why/${encodeURIComponent(id)}`));
const doctor = async (): Promise<readonly FindingView[]> => z.array(findingView).parse(await world.operator('GET', '/v1/doctor'));
const work = async () => statusView.parse(await world.operator('GET', '/v1/status')).work;
const budgets = async () => z.array(budgetView).parse(await world.operator('GET', '/v1/budgets'));

test('a no is an answer with its guardrail, is kept, and says nothing against the credential', async () => {
  const answer = await world.daemon.request('POST', '/v1/handoffs', { source: 'qa', target: 'backend', task: 'look at it' });
  expect(answer?.status).toBe(403);
  const { code, detail, details } = problem.parse(answer?.body);
  expect({ code, guardrail: details['guardrail'] }).toEqual({ code: 'not-allowed', guardrail: 'source-allowed' });
  const [kept] = await world.handoffs('&status=refused');
  expect(kept).toMatchObject({ id: details['handoff'], reason: detail });
  expect((await why(kept?.id ?? ''))[0]).toMatchObject({ subject: 'source-allowed', level: 'problem', remedy: `guildhall handoffs explain ${kept?.id}` });
  expect((await eventsOf(world.daemon)).filter(({ type }) => type === 'credential.refused')).toEqual([]);
});

test('one that waits for a person says which approval, in why, status and doctor; and is waited for to its end', async () => {
  const { id, approval } = await world.dispatch('backend', 'look at the release', { riskLevel: 'dangerous' });
  expect(await why(id)).toMatchObject([{ subject: 'approval', level: 'warning', remedy: `guildhall approvals show ${approval?.id}` }]);
  expect(await work()).toMatchObject({ openHandoffs: 1, pausedHandoffs: 0, openBreakers: 0 });
  expect(await doctor()).toContainEqual(expect.objectContaining({ subject: 'handoffs', remedy: `guildhall approvals show ${approval?.id}` }));
  const limits = Object.fromEntries((await budgets()).map(({ scope, window, limitMicroUsd, limitTokens }) => [scope, { window, limitMicroUsd, limitTokens }]));
  const day = new Date().toISOString().slice(0, 10);
  expect(limits).toMatchObject({
    installation: { window: day, limitMicroUsd: 100_000_000 },
    'handoffs-of:director': { window: day, limitMicroUsd: 50_000_000 },
    'edge:director backend': { window: day, limitMicroUsd: 20_000_000 },
    [`handoff:${id}`]: { window: 'always', limitMicroUsd: 1_000_000, limitTokens: 2_000_000 },
  });
  await world.operator('POST', `/v1/approvals/${approval?.id}/approve`);
  const over = z.object({ status: z.string(), outcome: z.string(), turnId: z.string() }).parse(await world.operator('GET', `/v1/handoffs/${id}?waitMs=10000`));
  expect(over).toMatchObject({ status: 'finished', outcome: 'succeeded' });
  expect(await why(over.turnId)).toMatchObject([
    { subject: 'turn', ok: true },
    { subject: 'handoff', ok: true, message: expect.stringContaining(id) },
  ]);
  expect((await budgets()).map(({ scope }) => scope)).not.toContain(`handoff:${id}`);
});

test('one that waits for a place says who holds it; the turn of that says for whom it works', async () => {
  const first = await world.dispatch('qa', 'take long over the first');
  const running = await world.reaches(first.id, 'running');
  const second = await world.dispatch('qa', 'look at the second');
  expect(await why(second.id)).toMatchObject([
    { subject: 'place', message: expect.stringContaining(`it is held by ${first.id} (director → qa)`), remedy: `guildhall why ${first.id}` },
  ]);
  expect(await why(running.turnId ?? '')).toContainEqual(
    expect.objectContaining({ ok: true, subject: 'handoff', message: expect.stringContaining(`${first.id} (director → qa)`) }),
  );
  await world.cancel(first.id);
  const called = turnView.parse(await world.operator('GET', `/v1/turns/${running.turnId}`));
  expect((await why(called.id)).map(({ message }) => message).join(' ')).toContain('was called off');
  expect((await world.ended(second.id)).outcome).toBe('succeeded');
});

test('what it cost is summed by edge, which adds up to the turns of handoffs', async () => {
  const sums = costs.parse(await world.operator('GET', '/v1/costs?by=edge'));
  const backend = sums.find(({ key }) => key === 'director → backend');
  expect(backend?.turns).toBeGreaterThanOrEqual(1);
  expect(backend?.inputTokens).toBeGreaterThan(0);
  expect(sums.map(({ key }) => key)).not.toContain('qa → backend');
  expect(costs.parse(await world.operator('GET', '/v1/costs?by=lane'))).toEqual([]);
});

test('a client of MCP hands over and hears the answer; the same again is the same handoff', async () => {
  const { url, token } = world.daemon;
  const client = await overHttp({ url, token });
  const asked = { from: 'director', target: 'frontend', task: 'look at the page', wait: true };
  const first = await client.call('dispatch_handoff', asked);
  expect(first).toMatchObject({ status: 'finished', outcome: 'succeeded', duplicate: false, result: expect.stringContaining('looked') });
  expect(await client.call('dispatch_handoff', { ...asked, task: ' Look at  the PAGE ' })).toMatchObject({ id: first['id'], duplicate: true });
  expect(await client.call('list_handoffs', { target: 'frontend' })).toMatchObject({ handoffs: [{ id: first['id'] }] });
  expect(await client.refusal('dispatch_handoff', { ...asked, from: 'qa' })).toMatch(/^not-allowed: /u);
  await client.close();
});

test('the doctor names those to whom work is handed where no chat is bound', async () => {
  expect(await doctor()).toContainEqual(expect.objectContaining({ subject: 'handoffs', message: expect.stringMatching(/no chat is bound to qa:/u) }));
});
