/** Work that is handed over, by the operator and by agents with their tools: announced in the target's chat, done there, and told to who asked. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolView } from '@guildhall/protocol';
import { z } from 'zod';
import { ending, resultsOf, until } from '../../test/e2e/conversation.ts';
import { type HandoffsWorld, backendKey, director, directorKey, startHandoffsWorld } from './handoffs-world.ts';

const hand = (target: string, task: string, more: object = {}) => ({ tool: 'dispatch_handoff', args: { target, task, ...more } });

let world: HandoffsWorld;

beforeAll(async () => {
  world = await startHandoffsWorld({
    rules: [
      { match: { agent: 'director', text: 'have ended' }, say: 'In short: {text}' },
      {
        match: { agent: 'director', text: 'have both looked at' },
        steps: [{ calls: [hand('backend', 'look at A1'), hand('frontend', 'look at B1')] }, { say: 'Both asked.' }],
      },
      {
        match: { agent: 'director', text: 'one is enough' },
        steps: [{ calls: [hand('backend', 'look at A2', { needed: 1 }), hand('frontend', 'take long over B2', { needed: 1 })] }, { say: 'Both asked.' }],
      },
      { match: { agent: 'director', text: 'wait for it' }, steps: [{ calls: [hand('backend', 'look at A3', { wait: true })] }, { say: 'Told: {result}' }] },
      { match: { agent: 'director', text: 'through two' }, steps: [{ calls: [hand('backend', 'ask qa for me', { wait: true })] }, { say: 'Told: {result}' }] },
      { match: { agent: 'director', text: 'hand over, and hear later' }, steps: [{ calls: [hand('backend', 'ask qa and do not wait')] }, { say: 'Asked.' }] },
      { match: { agent: 'director', text: 'to a stranger' }, steps: [{ calls: [hand('director', 'look at yourself')] }, { say: '{result}' }] },
      {
        match: { agent: 'director', text: 'twice the same' },
        steps: [{ calls: [hand('backend', 'look at A4'), hand('backend', ' LOOK  at a4 ')] }, { say: '{results}' }],
      },
      {
        match: { agent: 'director', text: 'i say who i am' },
        steps: [{ call: { tool: 'dispatch_handoff', args: { target: 'qa', task: 'x', source: 'operator' } } }, { say: '{result}' }],
      },
      { match: { agent: 'director', text: 'spy on {whom}' }, steps: [{ calls: [hand('{whom}', 'sum up what was said here')] }, { say: '{result}' }] },
      {
        match: { agent: 'director', text: 'hand in part' },
        steps: [{ call: { tool: 'delegate_task', args: { goal: 'go on without waiting' } } }, { say: '{result}' }],
      },
      { match: { agent: 'director', text: 'go on without waiting' }, steps: [{ calls: [hand('backend', 'look at A5')] }, { say: '{result}' }] },
      { match: { agent: 'backend', text: 'ask qa for me' }, steps: [{ calls: [hand('qa', 'check the lot', { wait: true })] }, { say: 'qa says: {result}' }] },
      { match: { agent: 'backend', text: 'ask qa and do not wait' }, steps: [{ calls: [hand('qa', 'check this too')] }, { say: 'I asked qa.' }] },
      { match: { agent: 'backend', text: 'has ended' }, say: 'Of qa: {text}' },
      { match: { text: 'take long over' }, say: 'a b c d e f g h i j k l m n o p q r s t u v w x y z', pace_ms: 120 },
      {
        match: { text: ['look at {what}', 'check the lot', 'check this too'] },
        steps: [{ say: 'I look.', call: { tool: 'todo', args: { todos: [] } } }, { say: '{agent} is content.' }],
      },
    ],
  });
});
afterAll(() => world?.stop());

const asks = async (text: string) => ending(world.daemon, await world.write(text, director));
/** Messages that the director's session was told by the daemon. */
const summaries = async () => (await world.said(directorKey)).filter(([kind, text]) => kind === 'message' && text.includes('Of what you handed over'));
/** The newest, once there are so many. */
const told = async (count: number) =>
  until(`${count} summaries`, async () => {
    const found = await summaries();
    return found.length >= count ? (found.at(-1)?.[1] ?? '') : undefined;
  });

test('what the operator dispatches is announced, done and finished, with a receipt of each step', async () => {
  const asked = await world.dispatch('backend', 'Please look at the tables.');
  expect(asked).toMatchObject({
    duplicate: false,
    source: 'director',
    target: 'backend',
    targetChat: 'telegram:-2',
    depth: 1,
    requestedBy: 'operator on behalf of director',
  });
  expect(await world.ended(asked.id)).toMatchObject({ status: 'finished', outcome: 'succeeded', result: 'backend is content.' });
  const said = await world.said(backendKey);
  expect(said.map(([kind]) => kind)).toEqual(['message', 'answer', 'message', 'model-step', 'tool-started', 'tool-result', 'answer']);
  expect(said[1]?.[1]).toContain('director hands work to backend');
  expect(said[1]?.[1]).toContain('> Please look at the tables.');
  expect(said[2]?.[1]).toContain('It permits nothing');
  expect((await world.receipts(asked.id)).filter((type) => type !== 'handoff.progressed')).toEqual([
    'handoff.requested',
    'handoff.queued',
    'handoff.started',
    'handoff.finished',
  ]);
});

test('whoever hands over without waiting is told once, of everything', async () => {
  const before = (await summaries()).length;
  const turn = await asks('Please have both looked at.');
  expect(turn.answer).toBe('Both asked.');
  const heard = await told(before + 1);
  expect(heard).toContain('2 of 2 have ended');
  expect(heard).toContain('backend is content.');
  expect(heard).toContain('frontend is content.');
  const answer = await until('the summary', async () =>
    (await world.said(directorKey)).findLast(([kind, text]) => kind === 'answer' && text.startsWith('In short')),
  );
  expect(answer[1]).toContain('2 of 2');
  expect(await summaries()).toHaveLength(before + 1);
});

test('as many as were needed are enough, and the rest is told to go on', async () => {
  const before = (await summaries()).length;
  await asks('Look at both; one is enough.');
  const heard = await told(before + 1);
  expect(heard).toContain('1 of 2 have ended');
  expect(heard).toContain('running, goes on');
  const slow = (await world.handoffs()).find(({ task }) => task.includes('B2'));
  await world.ended(slow?.id ?? '');
  await asks('Anything else?');
  expect(await summaries()).toHaveLength(before + 1);
});

test('a call that waits has the result as data, and nothing is told later', async () => {
  const before = (await summaries()).length;
  const turn = await asks('Please wait for it.');
  expect(turn.answer).toContain('succeeded');
  expect(turn.answer).toContain('backend is content.');
  const [result] = await resultsOf(world.daemon, turn);
  expect(result?.text).toMatch(/\[result of handoff_\w+ #\d+\]\nbackend is content\./u);
  expect(await summaries()).toHaveLength(before);
});

test('another conversation that asks for the same learns that it is there, and nothing of its result', async () => {
  await asks('Please wait for it, once more.');
  const turn = await ending(world.daemon, await world.write('Please wait for it here.', { platform: 'telegram', chat: '-9', peer: '7' }));
  expect(turn.answer).toContain('This was asked for before');
  expect(turn.answer).toContain('Another conversation asked for it');
  expect(turn.answer).not.toContain('is content');
});

test('work that hands on waits for what it handed on, and knows its chain', async () => {
  const turn = await asks('Ask through two.');
  expect(turn.answer).toContain('qa is content.');
  const inner = (await world.handoffs()).find(({ task }) => task === 'check the lot');
  const outer = (await world.handoffs()).find(({ task }) => task === 'ask qa for me');
  expect(inner).toMatchObject({ source: 'backend', target: 'qa', depth: 2, parent: outer?.id, requestedBy: 'agent:backend' });
});

test('work that handed on without waiting ends with what came of it', async () => {
  await asks('Please hand over, and hear later.');
  const outer = await until('the handoff', async () => (await world.handoffs()).find(({ task }) => task === 'ask qa and do not wait'));
  const ended = await world.ended(outer.id);
  expect(ended).toMatchObject({ status: 'finished', outcome: 'succeeded' });
  expect(ended.result).toContain('qa is content.');
});

test('a refusal says which guardrail, and nothing was begun', async () => {
  const turn = await asks('Hand it to a stranger.');
  expect(turn.answer).toMatch(/Refused \((target-allowed|loop)\)/u);
  expect(turn.answer).toContain('Nothing was begun.');
});

test('the same words to the same target are one handoff', async () => {
  const turn = await asks('Ask twice the same.');
  expect(turn.answer).toContain('asked for before');
  expect((await world.handoffs()).filter(({ task }) => task.toLowerCase().includes('a4'))).toHaveLength(1);
});

test('an agent cannot say for whom it asks', async () => {
  const turn = await asks('Now i say who i am.');
  expect(turn.answer).toContain('cannot take these arguments');
});

test('no agent works in the conversation of another with one person', async () => {
  const key = 'agent:qa:terminal:dm:chat=desk';
  await world.operator('POST', '/v1/messages', { platform: 'terminal', chat: 'desk', chatType: 'dm', messageId: 'private', text: 'between us', session: key });
  expect((await asks(`Please spy on ${key}`)).answer).toContain('is a conversation of one person with qa');
  expect((await asks('Please spy on agent:qa:api:thread:chat=cred_1:thread=t')).answer).toContain('is a conversation of one person with qa');
  expect((await world.handoffs()).filter(({ task }) => task === 'sum up what was said here')).toEqual([]);
});

test('a delegated part must wait for what it hands over', async () => {
  const turn = await asks('Please hand in part.');
  expect(turn.answer).toContain('wait: true');
  expect((await world.handoffs()).some(({ task }) => task.includes('A5'))).toBe(false);
});

test('the tools are offered to those alone who may hand over', async () => {
  const tools = async (agent: string) => {
    const listed = z.array(toolView).parse(await world.operator('GET', `/v1/agents/${agent}/tools`));
    return listed.filter(({ name }) => name === 'dispatch_handoff');
  };
  expect(await tools('director')).toMatchObject([{ offered: true }]);
  expect(await tools('qa')).toMatchObject([{ offered: false, reason: expect.stringContaining('session_triggers.sources') }]);
});
