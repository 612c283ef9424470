/** A lane that slept past its lease while another took its task changes nothing, through whichever door it comes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClaimAnswer } from '@guildhall/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';

const leaseMs = 1500;
const launcher = path.join(import.meta.dirname, '..', '..', 'bin', 'guildhall.cjs');

/** What a claim may write, as HTTP has it. */
const writes: readonly (readonly [verb: string, body: object])[] = [
  ['heartbeat', { note: 'late' }],
  ['comments', { text: 'late' }],
  ['attachments', { name: 'late.txt', content: Buffer.from('late').toString('base64') }],
  ['metadata', { metadata: { late: true } }],
  ['block', { kind: 'needs_input', reason: 'late' }],
  ['release', { reason: 'late' }],
  ['complete', { summary: 'late' }],
];

/** Without holding up this process, which keeps the other claim alive meanwhile. */
async function run(words: readonly string[], env: Readonly<Record<string, string>>): Promise<{ readonly code: unknown; readonly printed: string }> {
  const program = spawn(process.execPath, [...words], { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', ...env } });
  let printed = '';
  for (const output of [program.stdout, program.stderr]) output.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(program, 'close')) as [unknown];
  return { code, printed };
}

describe('a lane that slept past its lease', () => {
  let world: BoardWorld;
  let lane: TestLane;
  beforeEach(async () => {
    world = await startBoardWorld();
    lane = await world.registerLane('factory', { leaseMs, capacity: 2 });
  });
  afterEach(() => world.stop());

  /** Another process of the lane has the task now. */
  async function takenOver(taskId: string): Promise<ClaimAnswer> {
    await expect.poll(async () => (await world.readTask(taskId)).task.status, { timeout: 20_000, interval: 50 }).toBe('ready');
    const next = await lane.claim(0, { task: taskId });
    if (next === undefined) throw new Error('the task could not be claimed again');
    const kept = setInterval(() => void lane.ask('POST', `/v1/tasks/${taskId}/heartbeat`, {}, next.claim.token), 300);
    keeping.push(kept);
    return next;
  }
  const keeping: NodeJS.Timeout[] = [];
  afterEach(() => {
    for (const each of keeping.splice(0)) clearInterval(each);
  });

  async function expectUntouched(taskId: string, holder: ClaimAnswer): Promise<void> {
    const detail = await world.readTask(taskId);
    expect(detail).toMatchObject({
      task: { status: 'running', metadata: {}, runId: holder.run.id },
      comments: [],
      attachments: [],
      claim: { epoch: holder.claim.epoch },
    });
    expect(detail.runs.map(({ outcome, note }) => [outcome, note])).toEqual([
      ['timed-out', ''],
      [null, ''],
    ]);
  }

  test('is refused over HTTP, and finds its task as the other left it', async () => {
    const task = await world.createTask({ title: 'Contested', assignee: 'factory' });
    const stale = await lane.claim();
    expect(stale?.task.id).toBe(task.id);
    const holder = await takenOver(task.id);
    expect(holder.claim.epoch).toBeGreaterThan(stale?.claim.epoch ?? 0);
    for (const [verb, body] of writes) {
      const answer = await lane.ask('POST', `/v1/tasks/${task.id}/${verb}`, body, stale?.claim.token);
      expect([verb, answer.status, answer.body]).toEqual([verb, 409, expect.objectContaining({ code: 'stale-claim' })]);
    }
    // The token of the claim is a bearer of its own while the claim lives, and nothing afterwards.
    const asBearer = await fetch(`${world.daemon().url}/v1/tasks/${task.id}/complete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stale?.claim.token ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify({ summary: 'late' }),
    });
    expect(asBearer.status).toBe(401);
    await expectUntouched(task.id, holder);
    const done = await lane.ask('POST', `/v1/tasks/${task.id}/complete`, { summary: 'in time' }, holder.claim.token);
    expect(done).toMatchObject({ status: 200, body: { status: 'done' } });
  });

  test('is refused on the command line with exit code 3', async () => {
    const task = await world.createTask({ title: 'Contested', assignee: 'factory' });
    const stale = await lane.claim();
    const holder = await takenOver(task.id);
    const file = path.join(world.place.home, 'late.txt');
    writeFileSync(file, 'late');
    const verbs = [
      ['heartbeat', task.id, '--note', 'late'],
      ['comment', task.id, 'late'],
      ['attach', task.id, file],
      ['block', task.id, 'late', '--kind', 'needs_input'],
      ['release', task.id],
      ['complete', task.id, '--summary', 'late'],
    ];
    for (const words of verbs) {
      const ran = await run([launcher, 'kanban', ...words, '--json'], {
        HOME: world.place.home,
        GUILDHALL_HOME: path.join(world.place.home, 'elsewhere'),
        GUILDHALL_URL: world.daemon().url,
        GUILDHALL_TOKEN: lane.token,
        GUILDHALL_CLAIM_TOKEN: stale?.claim.token ?? '',
      });
      expect([words[0], ran.code, ran.printed]).toEqual([words[0], 3, expect.stringContaining('stale-claim')]);
    }
    await expectUntouched(task.id, holder);
  });

  test('as a process that was stopped and goes on, is refused every write, and its client says so', async () => {
    const task = await world.createTask({ title: 'Contested', assignee: 'factory' });
    const worker = spawn(process.execPath, [path.join(import.meta.dirname, 'paused-worker.ts'), task.id], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', GUILDHALL_URL: world.daemon().url, GUILDHALL_TOKEN: lane.token },
    });
    try {
      let printed = '';
      worker.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      await expect.poll(() => printed, { timeout: 20_000 }).toContain('held');
      worker.kill('SIGSTOP');
      const holder = await takenOver(task.id);
      worker.kill('SIGCONT');
      worker.stdin.write('go\n');
      await once(worker, 'exit');
      const { answers, aborted } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as { answers: Record<string, string>; aborted: boolean };
      expect(Object.values(answers)).toEqual(writes.map(() => 'stale-claim'));
      expect(aborted).toBe(true);
      await expectUntouched(task.id, holder);
    } finally {
      worker.kill('SIGKILL');
    }
  });
});
