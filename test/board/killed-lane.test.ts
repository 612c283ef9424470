/** A lane that dies with a task in hand: the task comes back, and does not come back for ever. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';

const leaseMs = 1500;

describe('a lane that is killed', () => {
  let world: BoardWorld;
  let lane: TestLane;
  beforeAll(async () => {
    world = await startBoardWorld();
    lane = await world.registerLane('factory', { leaseMs });
  });
  afterAll(() => world.stop());

  /** A worker that claims and then hangs; resolves when it holds the task. */
  async function startWorker(taskId: string): Promise<ChildProcess> {
    const worker = spawn(process.execPath, [path.join(import.meta.dirname, 'hanging-worker.ts'), taskId], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', GUILDHALL_URL: world.daemon().url, GUILDHALL_TOKEN: lane.token },
    });
    const [line] = (await once(worker.stdout, 'data')) as [Buffer];
    expect(line.toString()).toContain('held');
    return worker;
  }

  test('gives its task back within the lease and a second, and after its attempts the task is blocked with the reason', async () => {
    const task = await world.createTask({ title: 'Heavy', assignee: 'factory', maxAttempts: 3 });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const worker = await startWorker(task.id);
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      const killedAt = performance.now();
      const expected = attempt < 3 ? 'ready' : 'blocked';
      await expect.poll(async () => (await world.readTask(task.id)).task.status, { timeout: 20_000, interval: 50 }).toBe(expected);
      console.log(`      back after ${Math.round(performance.now() - killedAt)} ms, with a lease of ${leaseMs} ms`);
    }
    const { task: blocked, runs } = await world.readTask(task.id);
    expect(blocked).toMatchObject({ attempts: 3, block: { kind: 'needs_input', reason: expect.stringMatching(/3 attempts failed/u) } });
    expect(runs.map(({ outcome }) => outcome)).toEqual(['timed-out', 'timed-out', 'timed-out']);
    expect(await lane.claim()).toBeUndefined();
  });

  test('the daemon killed as well, the claim still ends, and its holder is told so', async () => {
    const task = await world.createTask({ title: 'Light', assignee: 'factory' });
    const claim = await lane.claim(0, { task: task.id });
    await world.restart();
    await expect.poll(async () => (await world.readTask(task.id)).task.status, { timeout: 20_000, interval: 50 }).toBe('ready');
    const late = await lane.ask('POST', `/v1/tasks/${task.id}/complete`, { summary: 'late' }, claim?.claim.token);
    expect(late).toMatchObject({ status: 409, body: { code: 'stale-claim' } });
    expect(JSON.stringify(await world.operator('GET', '/v1/db/verify'))).not.toContain('"ok":false');
  });
});
