import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { taskDetail, taskView } from '@guildhall/protocol';
import { createHome, startDaemonProcess } from '../harness/daemon-process.ts';
import { startBoardWorld, type BoardWorld } from './board-world.ts';
import { eventually, isAlive } from './eventually.ts';

const script = path.join(import.meta.dirname, 'dispatched-worker.ts');
const postgres = inject('postgres');

let world: BoardWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const count = 10;

describe('a daemon that is killed while its workers are at work', () => {
  const check = async (databaseUrl: string | undefined) => {
    const here = await startBoardWorld(databaseUrl === undefined ? {} : { databaseUrl });
    world = here;
    const started = path.join(here.place.home, 'started');
    await here.registerLane('factory', { kind: 'spawnable', command: [process.execPath, script, 'slowly', started], capacity: count });
    const tasks: string[] = [];
    for (const killAfterMs of [0, 15, 50, 400]) {
      const made = await Promise.all(Array.from({ length: count }, (_, index) => here.createTask({ title: `Work ${index}`, assignee: 'factory' })));
      tasks.push(...made.map(({ id }) => id));
      const until = performance.now() + killAfterMs;
      await eventually(
        async () => performance.now(),
        (now) => now >= until,
      );
      await here.restart();
    }
    for (const id of tasks)
      await eventually(
        () => here.readTask(id),
        ({ task }) => task.status === 'done',
      );
    const details = await Promise.all(tasks.map((id) => here.readTask(id)));
    const starts = readFileSync(started, 'utf8').trim().split('\n');
    const runs = details.flatMap((detail) => detail.runs.map(({ id }) => id));
    expect(details.map((detail) => detail.runs.map(({ outcome }) => outcome))).toEqual(tasks.map(() => ['completed']));
    expect(new Set(starts.map((line) => line.split(' ')[0]))).toEqual(new Set(runs));
    expect(starts).toHaveLength(runs.length);
    for (const line of starts)
      await eventually(
        async () => isAlive(Number(line.split(' ')[1])),
        (alive) => !alive,
      );
  };

  test('finds them again: none is doubled, none is lost', { timeout: 180_000 }, () => check(undefined));

  test.skipIf('missing' in postgres)('the same on PostgreSQL', { timeout: 180_000 }, () => check('url' in postgres ? postgres.url : undefined));
});

test('a worker whose run was taken back while no daemon was there is ended by the next one', { timeout: 120_000 }, async () => {
  const here = await startBoardWorld();
  world = here;
  const started = path.join(here.place.home, 'started');
  await here.registerLane('factory', { kind: 'spawnable', command: [process.execPath, script, 'hang', started] });
  const { id } = await here.createTask({ title: 'Work', assignee: 'factory' });
  const [line = ''] = await eventually(
    async () => readLines(started),
    (lines) => lines.length === 1,
  );
  const pid = Number(line.split(' ')[1]);
  const { runs } = await here.readTask(id);
  await here.operator('POST', `/v1/tasks/${id}/reclaim`, {});
  await here.restart();
  await eventually(
    async () => isAlive(pid),
    (alive) => !alive,
  );
  expect(runs).toHaveLength(1);
  await here.operator('DELETE', '/v1/lanes/factory');
  for (const other of readLines(started))
    await eventually(
      async () => isAlive(Number(other.split(' ')[1])),
      (alive) => !alive,
    );
});

test('a daemon that is stopped leaves its workers at work, and the next one takes them up', { timeout: 120_000 }, async () => {
  const place = createHome('model: rehearsal/default\n');
  const first = await startDaemonProcess(place);
  const started = path.join(place.home, 'started');
  const command = [process.execPath, script, 'slowly', started];
  await first.request('POST', '/v1/lanes', { name: 'factory', kind: 'spawnable', command });
  const { id } = taskView.parse((await first.request('POST', '/v1/boards/default/tasks', { title: 'Work', assignee: 'factory' }))?.body);
  await eventually(
    async () => readLines(started),
    (lines) => lines.length === 1,
  );
  expect(await first.stop()).toBe(0);
  const second = await startDaemonProcess(place, { port: Number(new URL(first.url).port) });
  const read = async () => taskDetail.parse((await second.request('GET', `/v1/tasks/${id}`))?.body);
  const { runs } = await eventually(read, ({ task }) => task.status === 'done');
  expect(runs).toHaveLength(1);
  expect(readLines(started)).toHaveLength(1);
  await second.stop();
  place.remove();
});

test("an agent's turn that was cut goes on in the same run, and ends it", { timeout: 120_000 }, async () => {
  const rehearsal = JSON.stringify({
    rules: [
      {
        match: { text: 'count slowly' },
        steps: [
          { call: { tool: 'terminal', args: { command: ['sleep', '3'] } } },
          { call: { tool: 'kanban_complete', args: { summary: 'counted' } } },
          { say: 'Done.' },
        ],
      },
    ],
  });
  const config = 'model: rehearsal/default\nagents: { coder: { default: true, tools: coding } }\n';
  const here = await startBoardWorld({ config, rehearsal });
  world = here;
  const { id } = await here.createTask({ title: 'Count', body: 'count slowly', assignee: 'coder' });
  await eventually(
    () => here.readTask(id),
    ({ runs }) => runs[0]?.worker !== null && runs[0]?.worker !== undefined,
  );
  await here.restart();
  const { runs, task } = await eventually(
    () => here.readTask(id),
    (detail) => ['done', 'blocked'].includes(detail.task.status),
  );
  expect([task.status, runs.length, runs[0]?.outcome]).toEqual(['done', 1, 'completed']);
});

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}
