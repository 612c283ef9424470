import { afterEach, describe, expect, test } from 'vitest';
import { refuse } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { type World, type WorldOptions, createWorld, testTool } from './world.ts';

const worlds: World[] = [];
const keep = (world: World) => {
  worlds.push(world);
  return world;
};
const create = async (options: WorldOptions) => keep(await createWorld(options));
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close().catch(() => {});
});

const rehearsal = `
rules:
  - match: { text: "go" }
    steps:
      - say: "working"
        call: { tool: work, args: { n: 1 } }
      - say: "done: {result}"
  - match: { text: "twice" }
    steps:
      - call: { tool: work, args: { n: 1 } }
      - call: { tool: work, args: { n: 1 } }
      - say: "done: {result}"
  - say: "heard: {text}"
`;

/** Runs until the tool has been entered, then lets the daemon "die" there: the store is closed under it and opened by another. */
async function dieInside(
  text: string,
  traits: Partial<Pick<Tool, 'idempotent'>>,
): Promise<{ readonly world: World; readonly turnId: string; readonly calls: () => number }> {
  let calls = 0;
  let dead = false;
  const work = testTool(
    'work',
    () => {
      calls += 1;
      return dead ? Promise.resolve({ text: `call ${calls}`, isError: false }) : new Promise(() => {});
    },
    traits,
  );
  const first = await createWorld({ rehearsal, tools: [work] });
  const turnId = await first.accept(text);
  while (calls === 0) await first.deps.clock.sleep(5);
  dead = true;
  const world = keep(await first.restart());
  world.runner.wake('agent:main:terminal:group:chat=c');
  return { world, turnId, calls: () => calls };
}

describe('a turn that was cut by the end of its daemon', () => {
  test('does not repeat a call that had started: its outcome is unknown, and the model is told', async () => {
    const { world, turnId, calls } = await dieInside('go', { idempotent: false });
    const turn = await world.ended(turnId);
    expect(turn).toMatchObject({ status: 'completed', attempts: 2 });
    expect(turn.answer).toContain('nobody knows whether it took effect');
    expect(calls()).toBe(1);
  });

  test('repeats a call that may be repeated', async () => {
    const { world, turnId, calls } = await dieInside('go', { idempotent: true });
    expect((await world.ended(turnId)).answer).toBe('done: call 2');
    expect(calls()).toBe(2);
  });

  test('the same call after an unknown outcome asks a person first', async () => {
    const { world, turnId, calls } = await dieInside('twice', { idempotent: false });
    while ((await world.store.approvals.listApprovals({ status: 'pending', limit: 5 })).length === 0) await world.deps.clock.sleep(5);
    const [asked] = await world.store.approvals.listApprovals({ status: 'pending', limit: 5 });
    expect(asked?.reason).toContain('may already have taken effect');
    expect(calls()).toBe(1);
    await world.store.approvals.answerApproval(asked?.id ?? '', 'approve', 'operator');
    expect((await world.ended(turnId)).answer).toBe('done: call 2');
  });

  test('is given up, visibly, when it never gets to an end', async () => {
    let world = await createWorld({ rehearsal, tools: [testTool('work', () => new Promise(() => {}), { idempotent: true })] });
    const turnId = await world.accept('go');
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      while ((await world.store.sessions.readTurn(turnId))?.attempts !== attempt) await world.deps.clock.sleep(5);
      world = await world.restart();
      world.runner.wake('agent:main:terminal:group:chat=c');
    }
    keep(world);
    expect(await world.ended(turnId)).toMatchObject({ status: 'failed' });
    expect((await world.ended(turnId)).reason).toContain('given up');
    expect((await world.ended(await world.accept('next'))).answer).toBe('heard: next');
  });
});

describe('a dangerous call', () => {
  const dangerous = (ran: string[]): Tool =>
    testTool('work', async (input) => ({ text: `ran ${ran.push(JSON.stringify(input))}`, isError: false }), { danger: () => 'it deletes files' });
  const asked = async (world: World) => {
    for (;;) {
      const [pending] = await world.store.approvals.listApprovals({ status: 'pending', limit: 5 });
      if (pending !== undefined) return pending;
      await world.deps.clock.sleep(5);
    }
  };

  test('waits for a yes that is bound to exactly what runs, and uses it up', async () => {
    const ran: string[] = [];
    const world = await create({ rehearsal, tools: [dangerous(ran)] });
    const turnId = await world.accept('go');
    const approval = await asked(world);
    expect(approval.action).toEqual({ agent: 'main', session: 'agent:main:terminal:group:chat=c', tool: 'work', args: { n: 1 } });
    expect(ran).toEqual([]);
    await world.store.approvals.answerApproval(approval.id, 'approve', 'operator');
    expect((await world.ended(turnId)).answer).toBe('done: ran 1');
    expect(await world.store.approvals.readApproval(approval.id)).toMatchObject({ status: 'used' });
    expect((await world.store.approvals.useApproval(approval.id, approval.digest)).ok).toBe(false);
    const again = await world.accept('go');
    expect((await asked(world)).id).not.toBe(approval.id);
    await world.store.approvals.answerApproval((await asked(world)).id, 'deny', 'operator', 'once is enough');
    expect((await world.ended(again)).answer).toContain('once is enough');
    expect(ran.length).toBe(1);
  });

  test('a yes that cannot be used up any more does not let the call run', async () => {
    const ran: string[] = [];
    const late = await create({ rehearsal, tools: [dangerous(ran)] });
    Object.assign(late.deps.approvals, { useApproval: async () => refuse('approval-expired', 'it ran out a moment ago') });
    const turnId = await late.accept('go');
    await late.store.approvals.answerApproval((await asked(late)).id, 'approve', 'operator');
    expect((await late.ended(turnId)).answer).toContain('it ran out a moment ago');
    expect(ran).toEqual([]);
  });

  test('no answer is no', async () => {
    const ran: string[] = [];
    const world = await create({ rehearsal, tools: [dangerous(ran)], deps: { approvalTimeoutMs: () => 60 } });
    expect((await world.ended(await world.accept('go'))).answer).toContain('Nobody said yes in time');
    expect(ran).toEqual([]);
  });
});

describe('budgets', () => {
  test('a turn that would go over its budget is refused before the model is asked, and the session goes on', async () => {
    const budgets = [{ scope: 'agent:main', window: '2026-01-01', tokens: 60 }];
    const world = await create({ rehearsal, budgets });
    const outcomes = [];
    for (let index = 0; index < 8; index += 1) outcomes.push(await world.ended(await world.accept(`${index}`, { chat: `c${index}` })));
    expect(outcomes[0]?.status).toBe('completed');
    expect(outcomes.at(-1)).toMatchObject({ status: 'failed' });
    expect(outcomes.at(-1)?.reason).toContain('agent:main');
  });
});

describe('compaction', () => {
  test('shortens what the model sees, never what is recorded', async () => {
    const world = await create({
      rehearsal: `rules:\n  - match: { text: "Summarise {rest...}" }\n    repeat: true\n    steps: [{ say: "SUMMARY" }]\n  - say: "heard: {text}"\n`,
      compactAtTokens: 2000,
    });
    const key = 'agent:main:terminal:group:chat=c';
    for (let index = 0; index < 12; index += 1) await world.ended(await world.accept(`${index} ${'word '.repeat(300)}`));
    const all = await world.store.sessions.readEntries(key, { limit: 1000 });
    const context = await world.store.sessions.readContext(key);
    expect(all.filter((entry) => entry.body.kind === 'message').length).toBe(12);
    expect(all.some((entry) => entry.body.kind === 'compaction')).toBe(true);
    expect(context[0]?.body.kind).toBe('compaction');
    expect(context.length).toBeLessThan(all.length / 2);
  });
});
