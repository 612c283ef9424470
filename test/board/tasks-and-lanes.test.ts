/** Tasks and lanes over HTTP: what is made, where it may work, who is told what, and which lanes there are. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findingView, laneView, taskView, type JournalEvent } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { rehearsalOf } from '../e2e/conversation.ts';
import { startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';
import { databases, type TestDatabase } from './own-database.ts';

const config = (agents: string) => `model: rehearsal/default\nagents: { ${agents} }\n`;

describe.each(databases)('on %s', (_kind, open) => {
  let database: TestDatabase;
  let world: BoardWorld;
  let lane: TestLane;
  beforeAll(async () => {
    database = await open();
    world = await startBoardWorld({ ...database.start, config: config('coder: {}, writer: {}'), rehearsal: rehearsalOf([{ say: 'swept' }]) });
    lane = await world.registerLane('factory', { capacity: 10 });
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  test('a task for nobody we know is made, waits, and says so; once such a lane exists it is taken', async () => {
    const task = await world.createTask({ title: 'for whom?', assignee: 'nobody-yet' });
    expect(task).toMatchObject({ status: 'ready', assigneeState: 'unknown' });
    const registered = await world.registerLane('nobody-yet');
    expect((await world.readTask(task.id)).task.assigneeState).toBe('available');
    expect((await registered.claim())?.task.id).toBe(task.id);
  });

  test('a persistent lane is never started, while the agent beside it works', async () => {
    const mine = await world.createTask({ title: 'for the lane', assignee: 'factory' });
    const agents = await world.createTask({ title: 'for the agent', assignee: 'coder' });
    await expect.poll(async () => (await world.readTask(agents.id)).runs.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await world.readTask(mine.id)).toMatchObject({ task: { status: 'ready', assigneeState: 'available' }, runs: [] });
    await world.operator('POST', `/v1/tasks/${mine.id}/archive`);
  });

  test('what is not said about a task is as little as possible', async () => {
    expect(await world.createTask({ title: '  plain  ' })).toMatchObject({
      title: 'plain',
      status: 'ready',
      assignee: null,
      assigneeState: 'none',
      priority: 0,
      maxAttempts: 3,
      review: 'none',
      reviewer: 'operator',
      workspace: { kind: 'scratch' },
      createdBy: 'operator',
    });
  });

  test('the same key makes one task', async () => {
    const made = [
      { title: 'once', idempotencyKey: 'k' },
      { title: 'once', idempotencyKey: 'k' },
    ].map((fields) => world.operator('POST', '/v1/boards/default/tasks', fields));
    const [first, second] = (await Promise.all(made)).map((task) => taskView.extend({ existing: z.boolean() }).parse(task));
    expect(second?.id).toBe(first?.id);
    expect(first?.existing).not.toBe(second?.existing);
  });

  test('a task works where the operator says, but never in the home of the installation', async () => {
    const { home } = world.place;
    const yard = path.join(home, '..', `yard-${path.basename(home)}`);
    mkdirSync(yard, { recursive: true });
    symlinkSync(home, path.join(yard, 'link'));
    const make = async (workspace: object) => (await world.daemon().request('POST', '/v1/boards/default/tasks', { title: 'x', workspace }))?.status;
    expect(await make({ kind: 'directory', path: yard })).toBe(201);
    expect(await make({ kind: 'worktree', repository: yard, base: 'main' })).toBe(201);
    expect(await make({ kind: 'directory', path: 'relative' })).toBe(400);
    expect(await make({ kind: 'directory', path: `${yard}/../x` })).toBe(400);
    expect(await make({ kind: 'worktree', repository: yard, branch: '--upload-pack=touch x' })).toBe(400);
    for (const place of [home, `${home}/`, path.join(home, 'not-there'), path.join(yard, 'link'), path.join(yard, 'link', 'deeper')])
      expect(await make({ kind: 'directory', path: place }), place).toBe(403);
  });

  test('every agent of the configuration is a lane, as it changes', async () => {
    const agentLanes = async () =>
      z
        .array(laneView)
        .parse(await world.operator('GET', '/v1/lanes'))
        .flatMap(({ agent, capacity }) => (agent === null ? [] : [`${agent} ${capacity}`]));
    expect(await agentLanes()).toEqual(['coder 3', 'writer 3']);
    writeFileSync(world.place.configFile, config('coder: {}, reader: {}, factory: {}'));
    await expect.poll(agentLanes, { timeout: 20_000 }).toEqual(['coder 3', 'reader 3']);
    const findings = z.array(findingView).parse(await world.operator('GET', '/v1/doctor'));
    expect(findings.find(({ subject, message }) => subject === 'lanes' && message.includes('the agent factory'))).toMatchObject({ ok: false });
  });

  test('a lane is told of what concerns it, as pages and live, and of nothing else', async () => {
    const task = await world.createTask({ title: 'watched', assignee: 'factory' });
    await world.createTask({ title: 'unseen', assignee: 'elsewhere' });
    const page = z.object({ events: z.array(z.custom<JournalEvent>()), cursor: z.string() }).parse((await lane.ask('GET', '/v1/lanes/factory/watch')).body);
    const told = page.events.map(({ type, data }) => [type, data?.['assignee'] ?? data?.['lane']]);
    expect(told[0]).toEqual(['lane.registered', 'factory']);
    expect(new Set(told.map(([, who]) => who))).toEqual(new Set(['factory']));
    expect(page.events.at(-1)).toMatchObject({ type: 'task.promoted', data: { task: task.id, status: 'ready' } });

    const leave = new AbortController();
    const live = await fetch(`${world.daemon().url}/v1/lanes/factory/watch`, {
      headers: { authorization: `Bearer ${lane.token}`, accept: 'text/event-stream', 'last-event-id': page.cursor },
      signal: leave.signal,
    });
    await world.createTask({ title: 'unseen too', assignee: 'elsewhere' });
    const next = await world.createTask({ title: 'live', assignee: 'factory' });
    const text = await readUntil(live, next.id);
    expect(text).not.toContain('elsewhere');
    expect(text).not.toContain(task.id);
    leave.abort();
  });

  test('a lane that pulls does not watch, and one that watches does not wait', async () => {
    const pulls = await world.registerLane('pulls', { claimMode: 'pull' });
    const watches = await world.registerLane('watches', { claimMode: 'watch' });
    expect(await pulls.ask('GET', '/v1/lanes/pulls/watch')).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect((await watches.ask('GET', '/v1/lanes/watches/watch')).status).toBe(200);
    expect(await watches.ask('POST', '/v1/lanes/watches/claims?waitMs=1000')).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect((await watches.ask('POST', '/v1/lanes/watches/claims')).status).toBe(204);
  });

  test('a lane parks itself, and what is needed to start it depends on its kind', async () => {
    expect((await lane.ask('POST', '/v1/lanes/factory/park', { reason: 'quota', forMs: 60_000 })).body).toMatchObject({
      state: 'parked',
      parked: { reason: 'quota' },
    });
    const task = await world.createTask({ title: 'later', assignee: 'factory' });
    expect(task.assigneeState).toBe('parked');
    await world.operator('POST', '/v1/lanes/factory/resume');
    const register = async (fields: object) => (await world.daemon().request('POST', '/v1/lanes', fields))?.status;
    expect(await register({ name: 'bare', kind: 'spawnable' })).toBe(400);
    expect(await register({ name: 'both', kind: 'persistent', command: ['true'] })).toBe(400);
    expect(await register({ name: 'coder', kind: 'persistent' })).toBe(409);
  });
});

async function readUntil(response: Response, words: string): Promise<string> {
  let text = '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes(words)) {
    const part = await reader?.read();
    if (part?.value === undefined) throw new Error(`the stream ended without ${words}: ${text}`);
    text += part.value;
  }
  return text;
}
