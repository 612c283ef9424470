/** Handoffs over MCP: for the operator, on behalf of somebody; a lane or the bearer of a claim has nobody to ask for. */
import { describe, expect, it } from 'vitest';
import type { Scope } from '@guildhall/authority';
import { z } from 'zod';
import { someHandoff } from './http-fake-handoffs.ts';
import { openDoor, type TestDoor } from './http-open-door.ts';

const toolAnswer = z.object({
  result: z.object({ isError: z.boolean(), content: z.array(z.object({ text: z.string() })), structuredContent: z.record(z.string(), z.unknown()) }),
});
const toolList = z.object({ result: z.object({ tools: z.array(z.object({ name: z.string(), inputSchema: z.looseObject({}) })) }) });
const names = ['dispatch_handoff', 'list_handoffs', 'cancel_handoff'];
const dispatch = { from: 'director', target: 'coder', task: 'Look at the tests.' };

async function ask(door: TestDoor, method: string, params: object, scope: Scope = 'operator') {
  const headers = { accept: 'application/json, text/event-stream' };
  return door.call('POST', '/mcp', { secret: door.secretFor(scope), headers, body: { jsonrpc: '2.0', id: 1, method, params } });
}

async function callTool(door: TestDoor, name: string, args: object, scope?: Scope) {
  const { result } = (await ask(door, 'tools/call', { name, arguments: args }, scope)).as(toolAnswer);
  return { isError: result.isError, text: result.content[0]?.text ?? '', value: result.structuredContent };
}

describe('the operator', () => {
  it('hands work over on behalf of somebody, whom it must name', async () => {
    const door = await openDoor();
    const args = { ...dispatch, risk_level: 'high', forbidden_actions: ['db_write'], dedup_key: 'k' };
    expect((await callTool(door, 'dispatch_handoff', args)).value).toMatchObject({ id: 'ho_1', status: 'queued', duplicate: false });
    expect(door.handoffs.asked).toEqual([
      { source: 'director', target: 'coder', task: 'Look at the tests.', riskLevel: 'high', forbiddenActions: ['db_write'], dedupKey: 'k' },
    ]);
    const { from: _from, ...nameless } = dispatch;
    expect(await callTool(door, 'dispatch_handoff', nameless)).toMatchObject({ isError: true, text: expect.stringMatching(/^invalid-input: .*from/u) });
  });

  it.each(['source_session', 'depth', 'chain', 'audit_id', 'provenance'])('cannot say what the daemon knows itself: %s', async (field) => {
    const door = await openDoor();
    const answer = await callTool(door, 'dispatch_handoff', { ...dispatch, [field]: 'claimed' });
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining(field) });
    expect(door.handoffs.asked).toEqual([]);
  });

  it('is told why, by which guardrail, when policy refuses', async () => {
    const door = await openDoor();
    const decision = { ...someHandoff.decision, verdict: 'deny' as const, decidedBy: 'depth' as const };
    door.handoffs.state.answer = { ...someHandoff, status: 'refused', reason: 'the chain is as long as it may get', decision };
    const answer = await callTool(door, 'dispatch_handoff', dispatch);
    expect(answer).toMatchObject({ isError: true, text: 'not-allowed: the chain is as long as it may get' });
    expect(answer.value).toMatchObject({ error: { details: { handoff: 'ho_1', guardrail: 'depth' } } });
  });

  it('may wait for the end, and hears what to do when it has not come', async () => {
    const door = await openDoor();
    const waiting = await callTool(door, 'dispatch_handoff', { ...dispatch, wait: true });
    expect(door.handoffs.asked.at(-1)).toEqual({ id: 'ho_1', waitMs: 55_000 });
    expect(waiting.value).toMatchObject({ hint: expect.stringContaining('dispatch_handoff again') });
    door.handoffs.state.answer = { ...someHandoff, status: 'awaiting-approval', approval: { id: 'apr_7', status: 'pending' } };
    expect((await callTool(door, 'dispatch_handoff', dispatch)).value).toMatchObject({ hint: expect.stringContaining('guildhall approvals show apr_7') });
    door.handoffs.state.answer = { ...someHandoff, status: 'finished', outcome: 'succeeded', result: 'They pass.', endedAt: 2 };
    const ended = await callTool(door, 'dispatch_handoff', { ...dispatch, wait: true });
    expect(ended.value).toMatchObject({ status: 'finished', result: 'They pass.' });
    expect(ended.value).not.toHaveProperty('hint');
  });

  it('lists with what came of each, and calls off', async () => {
    const door = await openDoor();
    door.handoffs.state.answer = { ...someHandoff, status: 'finished', outcome: 'succeeded', result: 'They pass.', endedAt: 2 };
    expect((await callTool(door, 'list_handoffs', { after: 'ho_2' })).value).toMatchObject({ handoffs: [{ id: 'ho_1', result: 'They pass.' }] });
    expect(door.handoffs.asked.splice(0)).toEqual([{ limit: 50, after: 'ho_2' }]);
    door.handoffs.state.answer = { ...someHandoff, result: 'long '.repeat(1000) };
    const cut = z.object({ handoffs: z.array(z.object({ result: z.string() })) }).parse((await callTool(door, 'list_handoffs', {})).value);
    expect(cut.handoffs[0]?.result).toMatch(/^(long ){400}… \[cut/);
    door.handoffs.asked.splice(0);
    expect((await callTool(door, 'list_handoffs', { open: true, from: 'director' })).value).toMatchObject({ handoffs: [{ id: 'ho_1', from: 'director' }] });
    expect(door.handoffs.asked).toEqual([{ limit: 50, open: true, source: 'director' }]);
    expect((await callTool(door, 'cancel_handoff', { id: 'ho_1', reason: 'wrong' })).value).toMatchObject({ tree: [{ answer: 'stopped' }] });
  });
});

describe.each(['lane:factory', 'claim:task_1'] as const)('%s', (scope) => {
  it('sees no handoff tools, and hears why when it calls one', async () => {
    const door = await openDoor();
    const listed = (await ask(door, 'tools/list', {}, scope)).as(toolList).result.tools.map(({ name }) => name);
    expect(listed.filter((name) => names.includes(name))).toEqual([]);
    for (const name of names) {
      const answer = await callTool(door, name, { ...dispatch, id: 'ho_1' }, scope);
      expect(answer).toMatchObject({ isError: true, text: expect.stringMatching(/^not-allowed: only an operator hands work over/u) });
    }
    expect(door.handoffs.asked).toEqual([]);
  });
});

it('the tools are described to the operator', async () => {
  const door = await openDoor();
  const tools = (await ask(door, 'tools/list', {})).as(toolList).result.tools;
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  expect(tools.find(({ name }) => name === 'dispatch_handoff')?.inputSchema).toMatchObject({
    required: ['from', 'target', 'task'],
    additionalProperties: false,
  });
});
