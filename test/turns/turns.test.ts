import { afterEach, describe, expect, test } from 'vitest';
import type { Tool } from '@guildhall/sessions';
import { type World, type WorldOptions, createWorld, testTool } from './world.ts';

const worlds: World[] = [];
const create = async (options: WorldOptions) => {
  const world = await createWorld(options);
  worlds.push(world);
  return world;
};
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const callOnce = (args = '{}') => `
rules:
  - match: { text: "go" }
    steps:
      - say: "working"
        call: { tool: work, args: ${args} }
      - say: "done: {result}"
  - match: { text: "loop" }
    repeat: true
    steps: [{ call: { tool: work, args: { same: 1 } } }]
  - match: { text: "slow" }
    steps: [{ say: "one two three four five six seven eight nine ten", pace_ms: 40 }]
  - say: "heard: {text}"
`;
const ok =
  (text = 'ok'): Tool['run'] =>
  async () => ({ text, isError: false });

describe('a turn', () => {
  test('calls a tool behind the gate and answers with its result', async () => {
    const world = await create({ rehearsal: callOnce(), tools: [testTool('work', ok('42'))] });
    const turn = await world.ended(await world.accept('go'));
    expect(turn).toMatchObject({ status: 'completed', answer: 'done: 42', steps: 2 });
    const kinds = (await world.store.sessions.readTurnEntries(turn.id)).map((entry) => entry.body.kind);
    expect(kinds).toEqual(['message', 'model-step', 'tool-started', 'tool-result', 'answer']);
  });

  test('records the decision and the start before the body of the tool runs', async () => {
    let seen: readonly string[] = [];
    const work = testTool('work', async (_input, context) => {
      seen = (await world.store.sessions.readTurnEntries(context.turnId)).map((entry) => entry.body.kind);
      return { text: 'ok', isError: false };
    });
    const world = await create({ rehearsal: callOnce(), tools: [work] });
    await world.ended(await world.accept('go'));
    expect(seen).toEqual(['message', 'model-step', 'tool-started']);
  });

  test('never runs what policy denies, and tells the model why', async () => {
    let ran = 0;
    const world = await create({
      rehearsal: callOnce(),
      tools: [testTool('work', async () => ({ text: String((ran += 1)), isError: false }))],
      layers: [{ source: 'agent main', allow: '*', deny: ['work'] }],
    });
    const turn = await world.ended(await world.accept('go'));
    expect(ran).toBe(0);
    expect(turn.answer).toContain('agent main: deny work');
    const refused = (await world.store.sessions.readTurnEntries(turn.id)).find((entry) => entry.body.kind === 'tool-result');
    expect(refused?.body).toMatchObject({ outcome: 'refused', decision: { verdict: 'deny' } });
  });

  test('a tool that throws, or that is not there, fails the call and not the turn', async () => {
    const world = await create({ rehearsal: callOnce(), tools: [testTool('work', () => Promise.reject(new Error('secret inside')))] });
    const turn = await world.ended(await world.accept('go'));
    expect(turn.status).toBe('completed');
    expect(turn.answer).not.toContain('secret inside');
    const empty = await create({ rehearsal: callOnce(), tools: [] });
    expect((await empty.ended(await empty.accept('go'))).answer).toContain('not a tool that is switched on');
  });

  test('a tool that never ends is stopped at its deadline', async () => {
    const hang = testTool('work', (_input, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))));
    const world = await create({ rehearsal: callOnce(), tools: [hang], toolTimeoutMs: 50 });
    const turn = await world.ended(await world.accept('go'));
    expect(turn.answer).toContain('was stopped after');
    expect((await world.store.sessions.readTurnEntries(turn.id)).find((entry) => entry.body.kind === 'tool-result')?.body).toMatchObject({
      outcome: 'timed-out',
    });
  });

  test('the same failing call over and over is cut off, and steps, calls and time are bounded', async () => {
    const fails = testTool('work', async () => ({ text: 'no', isError: true }));
    const loop = await create({ rehearsal: callOnce(), tools: [fails] });
    expect((await loop.ended(await loop.accept('loop'))).reason).toContain('repeated the same failing call');
    const steps = await create({ rehearsal: callOnce(), tools: [testTool('work', ok())], maxSteps: 3 });
    expect((await steps.ended(await steps.accept('loop'))).reason).toContain('max_turns');
    const calls = await create({ rehearsal: callOnce(), tools: [testTool('work', ok())], maxToolCalls: 2 });
    expect((await calls.ended(await calls.accept('loop'))).reason).toContain('tool_calls_per_turn');
    const time = await create({ rehearsal: callOnce(), tools: [], turnTimeoutMs: 100 });
    expect((await time.ended(await time.accept('slow'))).reason).toContain('turn_seconds');
  });

  test('a model that fails leaves the session usable', async () => {
    const world = await create({
      rehearsal: `rules:\n  - match: { text: "break" }\n    steps: [{ say: "half a", fail: cut-off }]\n    repeat: true\n  - say: "fine"\n`,
    });
    const failed = await world.ended(await world.accept('break'));
    expect(failed).toMatchObject({ status: 'failed' });
    expect(failed.reason).toContain('cut-off');
    const partial = (await world.store.sessions.readTurnEntries(failed.id)).filter((entry) => entry.body.kind === 'note' && entry.body.code === 'partial');
    expect(partial.length).toBe(3);
    expect((await world.ended(await world.accept('again'))).answer).toBe('fine');
  });
});

describe('turns of one session', () => {
  test('go one at a time in the order they were accepted', async () => {
    const world = await create({ rehearsal: callOnce() });
    const ids = [];
    for (let index = 0; index < 12; index += 1) ids.push(await world.accept(`m${index}`));
    for (const id of ids) await world.ended(id);
    const entries = await world.store.sessions.readEntries('agent:main:terminal:group:chat=c', { limit: 100 });
    expect(entries.map((entry) => entry.turnId)).toEqual(ids.flatMap((id) => [id, id]));
    expect(entries.map((entry) => entry.body.kind)).toEqual(ids.flatMap(() => ['message', 'answer']));
  });

  test('the same platform message is one turn, however often it comes', async () => {
    const world = await create({ rehearsal: callOnce() });
    const ids = await Promise.all(Array.from({ length: 20 }, () => world.accept('hello', { messageId: 'm1' })));
    expect(new Set(ids).size).toBe(1);
    await world.ended(ids[0] ?? '');
    expect((await world.store.sessions.listTurns({ limit: 10 })).length).toBe(1);
  });

  test('a message that steers joins the running turn at its next step', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const world = await create({ rehearsal: callOnce(), tools: [testTool('work', async () => gate.then(() => ({ text: 'ok', isError: false })))] });
    const first = await world.accept('go');
    while ((await world.store.sessions.readTurnEntries(first)).length < 3) await world.deps.clock.sleep(5);
    const second = await world.accept('and mind the gap', { busy: 'steer' });
    release();
    await world.ended(first);
    expect(await world.ended(second)).toMatchObject({ status: 'absorbed', absorbedInto: first });
    const messages = (await world.store.sessions.readTurnEntries(first)).filter((entry) => entry.body.kind === 'message');
    expect(messages.map((entry) => entry.body.kind === 'message' && entry.body.text)).toEqual(['go', 'and mind the gap']);
  });

  test('a message that interrupts cancels the running turn and goes next', async () => {
    const world = await create({ rehearsal: callOnce() });
    const first = await world.accept('slow');
    while ((await world.store.sessions.readTurn(first))?.status !== 'running') await world.deps.clock.sleep(5);
    const second = await world.accept('stop that', { busy: 'interrupt' });
    expect((await world.ended(first)).status).toBe('cancelled');
    expect((await world.ended(second)).answer).toBe('heard: stop that');
  });

  test('a cancelled turn starts no further call', async () => {
    let calls = 0;
    const work = testTool('work', async (_input, { signal }) => {
      calls += 1;
      await world.deps.clock.sleep(5000, signal);
      return { text: 'ok', isError: false };
    });
    const world = await create({ rehearsal: callOnce(), tools: [work] });
    const id = await world.accept('loop');
    while (calls === 0) await world.deps.clock.sleep(5);
    await world.store.sessions.requestCancel(id, 'operator');
    world.runner.stopTurn(id);
    expect((await world.ended(id)).status).toBe('cancelled');
    expect(calls).toBe(1);
  });
});
