/** Asking work of roles: what becomes of it is judged by what was left behind. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesOf } from '../../test/e2e/conversation.ts';
import { type RolesWorld, plan, planRoute, startRolesWorld } from './roles-world.ts';

const write = (file: string, content: string) => ({ call: { tool: 'write_file', args: { path: file, content } } });
const invoke = (args: object) => ({ call: { tool: 'invoke_role', args } });

let world: RolesWorld;

beforeAll(async () => {
  world = await startRolesWorld({
    rules: [
      {
        match: { agent: 'chief', text: 'have it built' },
        steps: [invoke({ role: 'Dev', task: 'write the file', expects: ['out/*.txt'] }), { say: '{result}' }],
      },
      {
        match: { agent: 'chief', text: 'have it built apart' },
        steps: [invoke({ role: 'developer', task: 'write apart', mode: 'delegated' }), { say: '{result}' }],
      },
      {
        match: { agent: 'chief', text: 'do it yourself' },
        steps: [invoke({ role: 'developer', task: 'a line', mode: 'inline', reason: 'it is one line' }), write('line.txt', 'x'), { say: 'done' }],
      },
      {
        match: { agent: 'chief', text: 'claim it inline' },
        steps: [invoke({ role: 'developer', task: 'a line', mode: 'inline', reason: 'quick' }), { say: 'all done' }],
      },
      { match: { agent: 'chief', text: 'ask the person' }, steps: [invoke({ role: 'release', task: 'publish' }), { say: '{result}' }] },
      { match: { agent: 'smith', text: 'ask the lead' }, steps: [invoke({ role: 'lead', task: 'help' }), { say: '{result}' }] },
      { match: { agent: 'smith', text: 'write the file' }, steps: [write('out/a.txt', 'made'), { say: 'written' }] },
      { match: { agent: 'smith', text: 'write apart' }, steps: [write('apart.txt', 'made'), { say: 'written apart' }] },
      { match: { agent: 'smith', text: 'only talk' }, steps: [{ say: 'I have written everything and all tests pass.' }] },
      { match: { agent: 'smith', text: 'empty file' }, steps: [write('empty.txt', ''), { say: 'written' }] },
      { say: 'I heard: {text}' },
    ],
  });
  await world.operator('POST', '/v1/plans', { id: plan, goal: 'A thing is there.' });
});
afterAll(() => world.stop());

test('a run that leaves its file behind has succeeded, and the file is kept', async () => {
  const run = await world.invoke('developer', 'write the file');
  expect(run).toMatchObject({
    outcome: 'succeeded',
    mode: 'persistent',
    answer: 'written',
    sessionKey: 'role:A%2FB%20plan:developer',
    requestedBy: 'operator',
  });
  expect(run.artifacts).toMatchObject([{ path: 'out/a.txt', bytes: 4, kept: true }]);
  const { workspace } = await world.role('developer');
  expect(readFileSync(path.join(workspace, 'out', 'a.txt'), 'utf8')).toBe('made');
  expect(statSync(workspace).mode & 0o777).toBe(0o700);
});

test('words alone prove nothing, and an empty file does not either', async () => {
  expect(await world.invoke('developer', 'only talk')).toMatchObject({ status: 'finished', outcome: 'unproven', artifacts: [] });
  expect(await world.invoke('developer', 'empty file', { expects: ['empty.txt'] })).toMatchObject({ outcome: 'unproven' });
  expect(await world.invoke('developer', 'write the file', { expects: ['nowhere/*.md'] })).toMatchObject({
    outcome: 'unproven',
    reason: expect.stringContaining('nowhere/*.md'),
  });
});

test('the same request is one run', async () => {
  const [first, second] = await Promise.all([
    world.invoke('developer', 'write the file', { requestId: 'r1' }),
    world.invoke('developer', 'write the file', { requestId: 'r1' }),
  ]);
  expect(second.id).toBe(first.id);
  const other = await world.invoke('validator', 'look', { requestId: 'r1' });
  expect(other.id).not.toBe(first.id);
});

test('the Lead asks a role that reports to it and is told the judged outcome', async () => {
  const lead = await world.invoke('lead', 'please have it built');
  expect(lead.answer).toContain('succeeded');
  const asked = (await world.runs()).find(({ requestedBy, mode }) => requestedBy === `role:${plan}/lead` && mode === 'persistent');
  expect(asked).toMatchObject({ role: 'developer', outcome: 'succeeded', expects: ['out/*.txt'] });
});

test('delegated work runs in a session of its own, in the same workspace', async () => {
  const before = (await world.role('developer')).entryCount;
  await world.operator('PUT', `${planRoute}/roles/developer`);
  const run = await world.invoke('developer', 'write apart', { mode: 'delegated' });
  expect(run).toMatchObject({ outcome: 'succeeded', mode: 'delegated', sessionKey: expect.stringContaining('agent:smith:role:') });
  expect((await world.role('developer')).entryCount).toBe(before);
});

test('inline work is the Lead’s own, and is judged with the turn it is done in', async () => {
  await world.invoke('lead', 'do it yourself');
  const inline = async () => (await world.runs()).filter(({ mode }) => mode === 'inline');
  await expect.poll(async () => (await inline()).map(({ outcome }) => outcome), { timeout: 10_000 }).toEqual(['succeeded']);
  await world.invoke('lead', 'claim it inline');
  await expect.poll(async () => (await inline())[0]?.outcome, { timeout: 10_000 }).toBe('unproven');
});

test('a role asks nothing of those it reports to', async () => {
  expect((await world.invoke('developer', 'ask the lead')).answer).toContain('does not report to developer');
});

test('a person who fills a role answers, and the words are the answer of a turn that asked no model', async () => {
  expect((await world.invoke('lead', 'ask the person')).answer).toContain('a person fills the release');
  const waiting = (await world.runs()).find(({ role, status }) => role === 'release' && status === 'waiting-for-person');
  await world.operator('POST', `${planRoute}/runs/${waiting?.id ?? ''}/answer`, { text: 'Published on the fridge.' });
  const run = await world.operator('GET', `${planRoute}/runs/${waiting?.id ?? ''}?waitMs=20000`);
  expect(run).toMatchObject({ status: 'finished', outcome: 'succeeded', answer: 'Published on the fridge.' });
  const entries = await entriesOf(world.daemon, 'role:A%2FB%20plan:release');
  expect(entries.map(({ kind, text }) => [kind, text])).toEqual([
    ['message', 'publish'],
    ['answer', 'Published on the fridge.'],
  ]);
});

test('a message of the operator stands in the session of a role and is no run', async () => {
  const before = (await world.runs()).length;
  const message = { platform: 'terminal', chat: 'desk', messageId: 'm1', text: 'only a word', session: 'role:A%2FB%20plan:developer' };
  const accepted = await world.operator('POST', '/v1/messages', message);
  expect(accepted).toMatchObject({ agent: 'smith', sessionKey: 'role:A%2FB%20plan:developer' });
  expect((await world.runs()).length).toBe(before);
  const run = await world.daemon.request('POST', '/v1/messages', {
    ...message,
    messageId: 'm2',
    session: 'agent:smith:role:thread:chat=A%2FB%20plan:thread=lead.run_1',
  });
  expect(run?.status).toBe(403);
});

test('a retired role takes nothing, keeps everything, leaves a brief and goes on', async () => {
  await world.operator('POST', `${planRoute}/roles/developer/retire`, { reason: 'the part is done' });
  const refused = await world.daemon.request('POST', `${planRoute}/roles/developer/turns`, { task: 'write the file' });
  expect(refused).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
  const spoken = await world.daemon.request('POST', '/v1/messages', {
    platform: 'terminal',
    chat: 'desk',
    messageId: 'm3',
    text: 'x',
    session: 'role:A%2FB%20plan:developer',
  });
  expect(spoken).toMatchObject({ body: { code: 'wrong-state' } });
  const asked = await world.operator('POST', `${planRoute}/roles/developer/ask`, { question: 'what did you make?' });
  expect(asked).toMatchObject({ incarnation: 1, answer: 'I heard: what did you make?', sessionKey: expect.stringContaining('agent:smith:predecessor:') });
  await world.operator('POST', `${planRoute}/roles/developer/reopen`, { reason: 'one more thing' });
  const history = (await world.operator('GET', `${planRoute}/roles/developer/history`)) as {
    incarnations: readonly { brief: string; retiredReason: string | null }[];
  };
  expect(history.incarnations).toMatchObject([
    { retiredReason: 'the part is done', retiredBy: 'operator' },
    { openedReason: 'one more thing', retiredReason: null },
  ]);
  expect(history.incarnations.map(({ brief }) => brief).join('\n')).toContain('out/a.txt');
  expect(await world.invoke('developer', 'write the file', { expects: ['out/a.txt'] })).toMatchObject({ incarnation: 2, outcome: 'succeeded' });
});
