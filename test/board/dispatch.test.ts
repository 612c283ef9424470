import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { laneView, type TaskDetail } from '@guildhall/protocol';
import { startBoardWorld, type BoardWorld } from './board-world.ts';
import { eventually, isAlive } from './eventually.ts';

const script = path.join(import.meta.dirname, 'dispatched-worker.ts');
const canary = 'canary-9d1f';

let world: BoardWorld;
beforeAll(async () => {
  world = await startBoardWorld({ env: { OPENAI_API_KEY: canary, GUILDHALL_FAILPOINTS: '', LC_TIME: 'C', NODE_OPTIONS: '--no-warnings' } });
});
afterAll(() => world.stop());

const started = (lane: string) => path.join(world.place.home, `${lane}.started`);
const startsOf = (lane: string) =>
  existsSync(started(lane))
    ? readFileSync(started(lane), 'utf8')
        .trim()
        .split('\n')
        .map((line) => ({ run: line.split(' ')[0] ?? '', pid: Number(line.split(' ')[1]) }))
    : [];

const nodeLane = (name: string, what: string, fields: Readonly<Record<string, unknown>> = {}) =>
  world.registerLane(name, { kind: 'spawnable', command: [process.execPath, script, what, started(name)], ...fields });
const shellLane = (name: string, line: string, fields: Readonly<Record<string, unknown>> = {}) =>
  world.registerLane(name, { kind: 'spawnable', command: ['/bin/sh', '-c', line], ...fields });

const until = (task: string, holds: (detail: TaskDetail) => boolean) => eventually(() => world.readTask(task), holds);
const lastRun = ({ runs }: TaskDetail) => runs.at(-1);
const readLane = async (name: string) => laneView.parse(await world.operator('GET', `/v1/lanes/${name}`));
const workspaceOf = (task: string) => path.join(world.place.home, 'kanban', 'workspaces', task);

describe('a worker the dispatcher starts', () => {
  test('completes its task with the token it was given, and sees nothing of the daemon but an allow-list', async () => {
    await nodeLane('factory', 'complete');
    const { id } = await world.createTask({ title: 'Work', assignee: 'factory' });
    const detail = await until(id, ({ task }) => task.status === 'done');
    expect(detail.runs).toHaveLength(1);
    expect(lastRun(detail)).toMatchObject({ outcome: 'completed', worker: { pid: expect.any(Number) } });

    const environment = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path.join(workspaceOf(id), 'environment.json'), 'utf8')));
    const facts = ['TASK', 'RUN_ID', 'CLAIM_TOKEN', 'WORKSPACE', 'BOARD'];
    const given = ['GUILDHALL', 'HERMES'].flatMap((name) => facts.map((fact) => `${name}_KANBAN_${fact}`));
    const shell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(
      Object.keys(environment)
        .filter((name) => !shell.includes(name))
        .toSorted(),
    ).toEqual([...given, 'GUILDHALL_URL', 'GUILDHALL_TOKEN', 'PATH', 'HOME', 'LC_TIME'].toSorted());
    expect(JSON.stringify(environment)).not.toContain(canary);
    expect(environment).toMatchObject({
      GUILDHALL_KANBAN_TASK: id,
      HERMES_KANBAN_TASK: id,
      GUILDHALL_KANBAN_WORKSPACE: workspaceOf(id),
      GUILDHALL_KANBAN_BOARD: 'default',
    });
    expect(environment['GUILDHALL_TOKEN']).toBe(environment['GUILDHALL_KANBAN_CLAIM_TOKEN']);
  });

  test('that crashes leaves its exit code and its last lines, and after the attempts a person is asked', async () => {
    await shellLane('crashing', 'echo first; echo "no such compiler" >&2; exit 3');
    const { id } = await world.createTask({ title: 'Work', assignee: 'crashing', maxAttempts: 2 });
    const detail = await until(id, ({ task }) => task.status === 'blocked');
    expect(detail.runs.map(({ outcome }) => outcome)).toEqual(['crashed', 'crashed']);
    expect(lastRun(detail)?.reason).toContain('exit code 3');
    expect(lastRun(detail)?.reason).toContain('no such compiler');
    expect(detail.task.block).toMatchObject({ kind: 'needs_input' });
  });

  test('that ends well without a word broke the rule', async () => {
    await shellLane('silent', 'exit 0');
    const { id } = await world.createTask({ title: 'Work', assignee: 'silent', maxAttempts: 1 });
    expect(lastRun(await until(id, ({ task }) => task.status === 'blocked'))?.outcome).toBe('protocol-violation');
  });

  test('that is out of quota parks its lane and costs no attempt', async () => {
    await shellLane('limited', 'echo "quota exceeded"; exit 75');
    const { id } = await world.createTask({ title: 'Work', assignee: 'limited', maxAttempts: 1 });
    const detail = await until(id, (one) => lastRun(one)?.outcome === 'rate-limited');
    expect(detail.task).toMatchObject({ status: 'ready', attempts: 0 });
    expect(detail.runs).toHaveLength(1);
    const lane = await readLane('limited');
    expect(lane).toMatchObject({ state: 'parked', parked: { reason: expect.stringContaining('quota exceeded') } });
    expect(lane.parked?.until).toBeGreaterThan(Date.now());
  });

  test('over its time is ended, also when it does not want to', async () => {
    await nodeLane('hanging', 'hang');
    const { id } = await world.createTask({ title: 'Work', assignee: 'hanging', maxAttempts: 1, maxRuntimeMs: 1500 });
    expect(lastRun(await until(id, ({ task }) => task.status === 'blocked'))?.outcome).toBe('timed-out');
    const [worker] = startsOf('hanging');
    await eventually(
      async () => worker !== undefined && isAlive(worker.pid),
      (alive) => !alive,
    );
  });

  test('is ended when its lane is unregistered', async () => {
    await nodeLane('leaving', 'hang');
    const { id } = await world.createTask({ title: 'Work', assignee: 'leaving' });
    const [worker] = await eventually(
      async () => startsOf('leaving'),
      (starts) => starts.length === 1,
    );
    await world.operator('DELETE', '/v1/lanes/leaving');
    await eventually(
      async () => worker !== undefined && isAlive(worker.pid),
      (alive) => !alive,
    );
    expect((await world.readTask(id)).task.status).toBe('ready');
  });

  test('that is taken back is gone before the next one begins', async () => {
    await nodeLane('taken', 'hang');
    const { id } = await world.createTask({ title: 'Work', assignee: 'taken' });
    const [first] = await eventually(
      async () => startsOf('taken'),
      (starts) => starts.length === 1,
    );
    await world.operator('POST', `/v1/tasks/${id}/reclaim`, {});
    await eventually(
      async () => startsOf('taken'),
      (starts) => starts.length === 2,
    );
    expect(first !== undefined && isAlive(first.pid)).toBe(false);
    await world.operator('DELETE', '/v1/lanes/taken');
    const second = startsOf('taken')[1];
    await eventually(
      async () => second !== undefined && isAlive(second.pid),
      (alive) => !alive,
    );
  });

  test('leaves no process behind', async () => {
    await nodeLane('littering', 'stray');
    const { id } = await world.createTask({ title: 'Work', assignee: 'littering' });
    await until(id, ({ task }) => task.status === 'done');
    const stray = Number(readFileSync(path.join(workspaceOf(id), 'stray'), 'utf8'));
    await eventually(
      async () => isAlive(stray),
      (alive) => !alive,
    );
  });

  test('is not started where its workspace cannot be, and a person is asked', async () => {
    await shellLane('homeless', 'exit 0');
    const { id } = await world.createTask({ title: 'Work', assignee: 'homeless', workspace: { kind: 'directory', path: '/no/such/folder' } });
    const { task, runs } = await until(id, (one) => one.task.status === 'blocked');
    expect(task.block).toMatchObject({ kind: 'needs_input', reason: expect.stringContaining('/no/such/folder') });
    expect(runs).toHaveLength(1);
  });

  test('loses its credential with its claim', async () => {
    await shellLane('leaking', 'printf %s "$GUILDHALL_TOKEN" > token; exit 1');
    const { id } = await world.createTask({ title: 'Work', assignee: 'leaking', maxAttempts: 1 });
    await until(id, ({ task }) => task.status === 'blocked');
    const token = readFileSync(path.join(workspaceOf(id), 'token'), 'utf8');
    const answer = await fetch(`${world.daemon().url}/v1/tasks/${id}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(401);
  });
});

test('a persistent lane is never started, and that is no error', async () => {
  await world.registerLane('patient', { kind: 'persistent' });
  const { id } = await world.createTask({ title: 'Work', assignee: 'patient' });
  await nodeLane('after', 'complete');
  const { id: other } = await world.createTask({ title: 'Work', assignee: 'after' });
  await until(other, ({ task }) => task.status === 'done');
  expect(await world.readTask(id)).toMatchObject({ task: { status: 'ready' }, runs: [] });
});

test('no more workers at once than the lane can hold', async () => {
  await nodeLane('narrow', 'slowly', { capacity: 2 });
  const tasks = await Promise.all(Array.from({ length: 4 }, (_, index) => world.createTask({ title: `Work ${index}`, assignee: 'narrow' })));
  const most = { held: 0 };
  for (const { id } of tasks)
    await until(id, ({ task }) => {
      most.held = Math.max(most.held, startsOf('narrow').filter(({ pid }) => isAlive(pid)).length);
      return task.status === 'done';
    });
  expect(startsOf('narrow')).toHaveLength(4);
  expect(readdirSync(path.join(world.place.home, 'kanban', 'runs')).length).toBeGreaterThanOrEqual(4);
  expect((await readLane('narrow')).held).toBe(0);
});
