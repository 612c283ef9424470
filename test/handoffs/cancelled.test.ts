/** Called off in each phase: after the answer no model is asked and no tool called for it any more, and the answer says what became of everything it had led to. */
import { setTimeout as pause } from 'node:timers/promises';
import { cancelledHandoff, issuedCredential } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { databases } from '../board/own-database.ts';
import { eventsOf, until } from '../e2e/conversation.ts';
import { createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { dispatched, ended, listHandoffs, readHandoff } from './handoff-world.ts';
import { type Answer, type Asked, modelLines, openModel } from './open-model.ts';

type World = Awaited<ReturnType<typeof openWorld>>;

/** Work is what its words say: some ends at once, some never, some sleeps in a tool, and some hands out more. */
function answerTo({ agent, text, steps }: Asked): Answer | Promise<Answer> {
  if (agent === 'chief') return { say: 'noted' };
  if (/think for ever|the rest|go on/.test(text)) return new Promise<never>(() => {});
  if (steps > 0) return { say: 'done' };
  if (text.includes('sleep')) return { calls: [{ tool: 'terminal', args: { command: ['sleep', '30'] } }] };
  if (!text.includes('split')) return { say: 'done' };
  return {
    calls: [
      { tool: 'dispatch_handoff', args: { target: 'worker', task: 'the rest' } },
      { tool: 'kanban_create', args: { title: 'later', assignee: 'operator' } },
      { tool: 'delegate_task', args: { goal: 'a part, quickly' } },
    ],
  };
}

async function openWorld(open: (typeof databases)[number][1]) {
  const model = await openModel(['chief', 'middle', 'worker'], answerTo);
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
  return {
    model,
    daemon,
    async cancel(id: string) {
      const answered = await daemon.request('POST', `/v1/handoffs/${id}/cancel`, { reason: 'not needed' });
      expect(answered?.status, JSON.stringify(answered?.body)).toBe(200);
      return cancelledHandoff.parse(answered?.body);
    },
    async end() {
      await daemon.kill9();
      await database.drop();
      await model.close();
      place.remove();
    },
  };
}

describe.each(databases)('on %s', (_kind, open) => {
  let here: World;
  /** What had been asked of the model and called of tools, for each piece of work when it had been called off. */
  const atCancel = new Map<string, { readonly turns: ReadonlySet<string>; readonly counted: Counted }>();

  beforeAll(async () => {
    here = await openWorld(open);
  });
  afterAll(() => here.end());

  async function cancelFor(words: string, id: string) {
    const cancelled = await here.cancel(id);
    const turns = new Set(cancelled.tree.flatMap((part) => (part.kind === 'turn' ? [part.id] : [])));
    atCancel.set(words, { turns, counted: await countFor(here, words, turns) });
    return cancelled;
  }

  test('while it waits for a person: the approval is worth nothing any more', { timeout: 60_000 }, async () => {
    const waiting = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'risky', riskLevel: 'dangerous' });
    const { handoff, tree } = await cancelFor('risky', waiting.id);
    expect(handoff).toMatchObject({ status: 'cancelled' });
    expect(tree[0]).toMatchObject({ kind: 'handoff', id: waiting.id, answer: 'stopped', depth: 0 });
    const late = await here.daemon.request('POST', `/v1/approvals/${waiting.approval?.id ?? ''}/approve`, {});
    expect(late?.status).toBe(409);
    expect(atCancel.get('risky')?.counted).toEqual({ asked: 0, called: 0 });
    expect(await here.cancel(waiting.id)).toMatchObject({ handoff: { status: 'cancelled' } });
    expect((await eventsOf(here.daemon, `handoff:${waiting.id}`)).filter(({ type }) => type === 'handoff.cancelled')).toHaveLength(1);
  });

  test('in the middle of a call of the model', { timeout: 60_000 }, async () => {
    const running = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'think for ever' });
    await until('the model to be asked', () => here.model.asked.find(({ text }) => text.includes('think for ever')));
    const { handoff, tree } = await cancelFor('think for ever', running.id);
    expect(handoff.status).toBe('cancelled');
    expect(tree.find(({ kind, id }) => kind === 'turn' && id === handoff.turnId)).toMatchObject({ answer: 'stopped' });
  });

  test('in the middle of a tool call', { timeout: 60_000 }, async () => {
    const running = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'sleep' });
    await until('the tool to run', async () => (await eventsOf(here.daemon)).find(({ type }) => type === 'tool.called'));
    const began = performance.now();
    const { handoff, tree } = await cancelFor('sleep', running.id);
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(handoff.status).toBe('cancelled');
    expect(tree.filter(({ kind }) => kind === 'turn').length).toBeGreaterThan(0);
    expect(atCancel.get('sleep')?.counted).toEqual({ asked: 1, called: 1 });
  });

  test('after it has ended: it stays as it was, and so does a second time', { timeout: 60_000 }, async () => {
    const asked = await dispatched(here.daemon, { source: 'chief', target: 'worker', task: 'quick' });
    await ended(here.daemon, asked.id);
    for (const _ of [1, 2]) {
      const { handoff, tree } = await here.cancel(asked.id);
      expect(handoff).toMatchObject({ status: 'finished', outcome: 'succeeded' });
      expect(tree[0]).toMatchObject({ answer: 'already-done' });
    }
  });

  test('a tree of three levels, with a task on the board, is stopped from its root', { timeout: 90_000 }, async () => {
    const root = await dispatched(here.daemon, { source: 'chief', target: 'middle', task: 'split it' });
    await until('the worker to be asked', () => here.model.asked.find(({ agent, text }) => agent === 'worker' && text.includes('the rest')));
    await until('the task', async () => (await eventsOf(here.daemon)).find(({ type }) => type === 'task.created'));
    await until('the middle to have handed out', () =>
      here.model.asked.find(({ agent, steps, text }) => agent === 'middle' && steps > 0 && text.includes('split')),
    );
    const { tree } = await cancelFor('split it', root.id);
    atCancel.set('the rest', { turns: new Set(), counted: await countFor(here, 'the rest', new Set()) });
    expect(tree.filter(({ kind }) => kind === 'handoff').map(({ depth }) => depth)).toEqual([0, 1]);
    expect(tree.find(({ kind }) => kind === 'task')).toMatchObject({ what: expect.stringContaining('later') });
    expect(tree.every(({ answer }) => answer === 'stopped' || answer === 'already-done')).toBe(true);
    const ids = new Set(tree.map(({ id }) => id));
    for (const handoff of (await listHandoffs(here.daemon)).filter(({ id }) => ids.has(id))) expect(handoff.status, handoff.task).toBe('cancelled');
    const { tasks } = z
      .object({ tasks: z.array(z.object({ status: z.string() })) })
      .parse((await here.daemon.request('GET', '/v1/boards/default/tasks'))?.body);
    expect(tasks.map(({ status }) => status)).toEqual(['blocked']);
  });

  test('by a stranger: refused', { timeout: 60_000 }, async () => {
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

  test('and for two seconds more nothing that was called off asks a model or calls a tool', { timeout: 60_000 }, async () => {
    expect([...atCancel.keys()]).toEqual(['risky', 'think for ever', 'sleep', 'split it', 'the rest']);
    await pause(2000);
    for (const [words, { turns, counted }] of atCancel) expect(await countFor(here, words, turns), words).toEqual(counted);
  });
});

interface Counted {
  readonly asked: number;
  readonly called: number;
}

async function countFor({ model, daemon }: World, words: string, turns: ReadonlySet<unknown>): Promise<Counted> {
  const called = (await eventsOf(daemon)).filter(({ type, data }) => type === 'tool.called' && turns.has(data?.['turnId']));
  return { asked: model.asked.filter(({ text }) => text.includes(words)).length, called: called.length };
}
