/** Called off in each phase: after the answer no model is asked and no tool called for it any more, and the answer says what became of everything it had led to. */
import { setTimeout as pause } from 'node:timers/promises';
import { cancelledHandoff, issuedCredential } from '@guildhall/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { databases } from '../board/own-database.ts';
import { eventsOf, send, until } from '../e2e/conversation.ts';
import { createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { dispatched, ended, listHandoffs, quiet, readHandoff } from './handoff-world.ts';
import { type Answer, type Asked, modelLines, openModel } from './open-model.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function world(open: (typeof databases)[number][1], answer: (asked: Asked) => Answer | Promise<Answer>) {
  const model = await openModel(['chief', 'middle', 'worker'], answer);
  const place = createHome(`${modelLines(model)}
agents:
  chief: { default: true }
  middle: {}
  worker: { without_asking: { commands: [[sleep]] } }
session_triggers:
  enabled: true
  sources:
    chief: { allowed_targets: [middle, worker], max_depth: 3, require_human_confirmation_for: [dangerous] }
    middle: { allowed_targets: [worker], max_depth: 3 }
`);
  const database = await open();
  const daemon = await startDaemonProcess(place, database.start);
  ending.push(
    async () => place.remove(),
    () => model.close(),
    () => database.drop(),
    () => daemon.kill9(),
  );
  const cancel = async (id: string) => {
    const answered = await daemon.request('POST', `/v1/handoffs/${id}/cancel`, { reason: 'not needed' });
    expect(answered?.status, JSON.stringify(answered?.body)).toBe(200);
    return cancelledHandoff.parse(answered?.body);
  };
  return { model, daemon, cancel };
}

/** Nothing is asked of a model and no tool called after this, for two seconds. */
async function expectSilence({ model, daemon }: Awaited<ReturnType<typeof world>>): Promise<void> {
  const asked = model.asked.length;
  const called = (await eventsOf(daemon)).filter(({ type }) => type === 'tool.called').length;
  await pause(2000);
  expect(model.asked.length).toBe(asked);
  expect((await eventsOf(daemon)).filter(({ type }) => type === 'tool.called').length).toBe(called);
}

const never = () => new Promise<never>(() => {});

describe.each(databases)('on %s', (_kind, open) => {
  test('while it waits for a person: the approval is worth nothing any more', { timeout: 60_000 }, async () => {
    const here = await world(open, () => ({ say: 'done' }));
    const waiting = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'risky', riskLevel: 'dangerous' });
    const { handoff, tree } = await here.cancel(waiting.id);
    expect(handoff).toMatchObject({ status: 'cancelled' });
    expect(tree[0]).toMatchObject({ kind: 'handoff', id: waiting.id, answer: 'stopped', depth: 0 });
    const late = await here.daemon.request('POST', `/v1/approvals/${waiting.approval?.id ?? ''}/approve`, {});
    expect(late?.status).toBe(409);
    await expectSilence(here);
    expect(here.model.asked).toEqual([]);
    expect(await here.cancel(waiting.id)).toMatchObject({ handoff: { status: 'cancelled' } });
    expect((await eventsOf(here.daemon, `handoff:${waiting.id}`)).filter(({ type }) => type === 'handoff.cancelled')).toHaveLength(1);
  });

  test('in the middle of a call of the model', { timeout: 60_000 }, async () => {
    const here = await world(open, ({ agent }) => (agent === 'worker' ? never() : { say: 'done' }));
    const running = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'think for ever' });
    await until('the model to be asked', () => here.model.asked.find(({ agent }) => agent === 'worker'));
    const { handoff, tree } = await here.cancel(running.id);
    expect(handoff.status).toBe('cancelled');
    expect(tree.find(({ kind, id }) => kind === 'turn' && id === handoff.turnId)).toMatchObject({ answer: 'stopped' });
    await expectSilence(here);
  });

  test('in the middle of a tool call', { timeout: 60_000 }, async () => {
    const here = await world(open, ({ agent, steps }) =>
      agent === 'worker' && steps === 0 ? { calls: [{ tool: 'terminal', args: { command: ['sleep', '30'] } }] } : { say: 'done' },
    );
    const running = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'sleep' });
    await until('the tool to run', async () => (await eventsOf(here.daemon)).find(({ type }) => type === 'tool.called'));
    const began = performance.now();
    const { handoff, tree } = await here.cancel(running.id);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(handoff.status).toBe('cancelled');
    expect(tree.filter(({ kind }) => kind === 'turn').length).toBeGreaterThan(0);
    await expectSilence(here);
    expect(here.model.asked).toHaveLength(1);
  });

  test('after it has ended: it stays as it was, and so does a second time', { timeout: 60_000 }, async () => {
    const here = await world(open, () => ({ say: 'done' }));
    const asked = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'quick' });
    await ended(here.daemon, asked.id);
    for (const _ of [1, 2]) {
      const { handoff, tree } = await here.cancel(asked.id);
      expect(handoff).toMatchObject({ status: 'finished', outcome: 'succeeded' });
      expect(tree[0]).toMatchObject({ answer: 'already-done' });
    }
  });

  test('a tree of three levels, with a task on the board, is stopped from its root', { timeout: 90_000 }, async () => {
    const here = await world(open, ({ agent, text, steps }) => {
      if (agent === 'chief') return { say: 'noted' };
      if (agent === 'worker') return never();
      if (steps > 0 || !text.includes('split')) return { say: 'handed out' };
      return {
        calls: [
          { tool: 'dispatch_handoff', args: { target: 'worker', task: 'the rest' } },
          { tool: 'kanban_create', args: { title: 'later', assignee: 'operator' } },
          { tool: 'delegate_task', args: { goal: 'a part, quickly' } },
        ],
      };
    });
    const root = await dispatched(here.daemon, { source: 'chief', target: 'middle', task: 'split it' });
    await until('the worker to be asked', () => here.model.asked.find(({ agent }) => agent === 'worker'));
    await until('the task', async () => (await eventsOf(here.daemon)).find(({ type }) => type === 'task.created'));
    await until('the middle to have handed out', () =>
      here.model.asked.find(({ agent, steps, text }) => agent === 'middle' && steps > 0 && text.includes('split')),
    );
    const { tree } = await here.cancel(root.id);
    expect(tree.filter(({ kind }) => kind === 'handoff').map(({ depth }) => depth)).toEqual([0, 1]);
    expect(tree.find(({ kind }) => kind === 'task')).toMatchObject({ what: expect.stringContaining('later') });
    expect(tree.every(({ answer }) => answer === 'stopped' || answer === 'already-done')).toBe(true);
    await expectSilence(here);
    for (const handoff of await listHandoffs(here.daemon)) expect(handoff.status, handoff.task).toBe('cancelled');
    const { tasks } = z
      .object({ tasks: z.array(z.object({ status: z.string() })) })
      .parse((await here.daemon.request('GET', '/v1/boards/default/tasks'))?.body);
    expect(tasks.map(({ status }) => status)).toEqual(['blocked']);
  });

  test('by a stranger: refused', { timeout: 60_000 }, async () => {
    const here = await world(open, ({ agent }) => (agent === 'worker' ? never() : { say: 'done' }));
    const running = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'go on' });
    for (const scope of ['read', 'chat', 'agent:middle', 'agent:chief']) {
      const { secret } = issuedCredential.parse((await here.daemon.request('POST', '/v1/tokens', { scope }))?.body);
      const tried = await fetch(`${here.daemon.url}/v1/handoffs/${running.id}/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: '{}',
      });
      expect(tried.status, scope).toBe(403);
    }
    expect((await readHandoff(here.daemon, running.id)).status).not.toBe('cancelled');
  });
});

test('an agent calls off what its own session asked for, and nothing else', { timeout: 60_000 }, async () => {
  const [, open] = databases[0] ?? [];
  if (open === undefined) throw new Error('there is no database to try it on');
  const here = await world(open, ({ agent, text, steps }) => {
    if (agent === 'worker') return never();
    const order = /CANCEL (\S+)/.exec(text)?.[1];
    if (order !== undefined && steps === 0) return { calls: [{ tool: 'cancel_handoff', args: { id: order } }] };
    if (text.includes('hand it out') && steps === 0) return { calls: [{ tool: 'dispatch_handoff', args: { target: 'worker', task: 'mine' } }] };
    return { say: 'done' };
  });
  const foreign = await dispatched(here.daemon, { source: 'middle', target: 'worker', task: 'foreign' });
  await send(here.daemon, 'chief', 'hand it out');
  const own = await until('the own one', async () => (await listHandoffs(here.daemon, '&source=chief')).find(({ task }) => task === 'mine'));
  await send(here.daemon, 'chief', `CANCEL ${foreign.id}`);
  await send(here.daemon, 'chief', `CANCEL ${own.id}`);
  await until('the own one to be cancelled', async () => ((await readHandoff(here.daemon, own.id)).status === 'cancelled' ? true : undefined));
  expect((await readHandoff(here.daemon, foreign.id)).status).not.toBe('cancelled');
  await here.cancel(foreign.id);
  await quiet(here.daemon, 30_000);
});
