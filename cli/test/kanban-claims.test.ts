/** Claims from the terminal: taking a task, proving that one holds it, and being told whose it is otherwise. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startKanbanDaemon, type KanbanDaemon } from './kanban-daemon.ts';
import { runInside, startProgram } from './run-program.ts';
import { sampleClaim, sampleDetail, sampleLane, sampleTask } from './sample-board.ts';
import { Refused, textOf } from './test-daemon.ts';

let daemon: KanbanDaemon;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-claims-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  daemon = await startKanbanDaemon();
});
afterEach(() => daemon.remove());

const run = (words: readonly string[], variables: { readonly [name: string]: string } = {}) =>
  runInside(['kanban', ...words], { home: daemon.home, variables });

describe('claiming', () => {
  test('prints the task, the run and the token, this once', async () => {
    const ran = await run(['claim', '--lane', 'factory', '--json']);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ task: { id: 'tsk_1' }, run: { id: 'run_1' }, claim: { token: 'ghclaim_secret', epoch: 3 } });
    expect((await run(['claim', '--lane', 'factory'])).stdout).toContain('export GUILDHALL_CLAIM_TOKEN=ghclaim_secret');
  });

  test('sends the lane, the task, the board and the request id that were given', async () => {
    await run(['claim', 'tsk_1', '--lane', 'factory', '--board', 'website', '--request-id', 'r1']);
    expect(daemon.sent).toMatchObject([{ params: { lane: 'factory' }, body: { task: 'tsk_1', board: 'website', requestId: 'r1' } }]);
  });

  test('nothing there is null and exit 6, at once or when the wait is over', async () => {
    const waits: (string | null)[] = [];
    daemon.on('post /v1/lanes/{lane}/claims', ({ query, response }) => {
      waits.push(query.get('waitMs'));
      response.writeHead(204).end();
      return undefined;
    });
    expect(await run(['claim', '--lane', 'factory', '--json'])).toMatchObject({ code: 6, stdout: 'null\n', stderr: '' });
    expect(waits).toEqual(['0']);
    const ran = await run(['claim', '--lane', 'factory', '--wait', '1s']);
    expect(ran.code).toBe(6);
    expect(ran.stdout).toBe('Nothing to claim for the lane factory within 1 s.\n');
  });

  test('a task that comes while it waits is taken', async () => {
    let asked = 0;
    daemon.on('post /v1/lanes/{lane}/claims', ({ response }) => {
      asked += 1;
      if (asked > 2) return sampleClaim();
      response.writeHead(204).end();
      return undefined;
    });
    expect(await run(['claim', '--lane', 'factory', '--wait', '1h', '--json'])).toMatchObject({ code: 0 });
    expect(asked).toBe(3);
  });

  test('a daemon that restarts while it waits is asked again with the same request id', async () => {
    const ids: string[] = [];
    let held = false;
    daemon.on('post /v1/lanes/{lane}/claims', ({ body }) => {
      ids.push(textOf(body, 'requestId'));
      if (ids.length > 1) return sampleClaim();
      held = true;
      return undefined;
    });
    const running = startProgram(['kanban', 'claim', '--lane', 'factory', '--wait', '1h', '--json'], { home: daemon.home });
    await expect.poll(() => held, { timeout: 20_000 }).toBe(true);
    await daemon.stop();
    await daemon.start();
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(1);
  });

  test('no daemon at all is exit 5 without waiting for one', async () => {
    await daemon.stop();
    expect(await run(['claim', '--lane', 'factory', '--wait', '1h'])).toMatchObject({ code: 5 });
    await daemon.start();
  });

  test('without a lane people take what is theirs', async () => {
    await run(['claim']);
    expect(daemon.sent).toMatchObject([{ params: { lane: 'operator' } }]);
  });

  test('without a lane the credential of a lane is good for its own', async () => {
    const lanes: string[] = [];
    daemon.on('post /v1/lanes/{lane}/claims', ({ params }) => {
      lanes.push(params['lane'] ?? '');
      if (params['lane'] === 'factory') return sampleClaim();
      throw new Refused('not-allowed', 'lane:factory may not claim the lane operator.', { lane: 'factory' });
    });
    expect(await run(['claim'])).toMatchObject({ code: 0 });
    expect(lanes).toEqual(['operator', 'factory']);
  });

  test('a daemon that does not say which lane it is leaves the question to the person', async () => {
    daemon.on('post /v1/lanes/{lane}/claims', () => {
      throw new Refused('not-allowed', 'Not yours.');
    });
    const ran = await run(['claim']);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('--lane NAME');
  });
});

/** Every verb that writes under a claim. */
const holderVerbs: readonly (readonly string[])[] = [
  ['heartbeat', 'tsk_1'],
  ['complete', 'tsk_1', '--summary', 'done'],
  ['block', 'tsk_1', 'because', '--kind', 'needs_input'],
  ['release', 'tsk_1'],
  ['comment', 'tsk_1', 'hello'],
  ['metadata', 'tsk_1', '{"a":1}'],
  ['attach', 'tsk_1', import.meta.filename],
  ['review', 'tsk_1', '--summary', 'done'],
];

describe.each(holderVerbs)('the token of a claim goes along with %s', (...words) => {
  test('from the environment', async () => {
    expect(await run(words, { GUILDHALL_CLAIM_TOKEN: 'ghclaim_1' })).toMatchObject({ code: 0, stderr: '' });
    expect(daemon.sent).toMatchObject([{ claimToken: 'ghclaim_1' }]);
  });

  test('from a file, before the environment', async () => {
    const file = path.join(folder, 'token');
    writeFileSync(file, 'ghclaim_2\n', { mode: 0o600 });
    expect(await run([...words, '--claim-token-file', file], { GUILDHALL_CLAIM_TOKEN: 'ghclaim_1' })).toMatchObject({ code: 0, stderr: '' });
    expect(daemon.sent).toMatchObject([{ claimToken: 'ghclaim_2' }]);
  });

  test('from the command line, with a warning', async () => {
    const ran = await run([...words, '--claim-token', 'ghclaim_3']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain('processes');
    expect(ran.stderr).not.toContain('ghclaim_3');
    expect(daemon.sent).toMatchObject([{ claimToken: 'ghclaim_3' }]);
  });

  test('and none is made up', async () => {
    await run(words);
    expect(daemon.sent).toMatchObject([{ claimToken: undefined }]);
  });
});

describe('where the token is', () => {
  test('a worker the daemon started finds it in its own environment', async () => {
    await run(['heartbeat', 'tsk_1'], { GUILDHALL_KANBAN_CLAIM_TOKEN: 'ghclaim_w' });
    expect(daemon.sent).toMatchObject([{ claimToken: 'ghclaim_w' }]);
  });

  test('what "claim --json" printed is good as it is', async () => {
    const file = path.join(folder, 'claim.json');
    writeFileSync(file, (await run(['claim', '--lane', 'factory', '--json'])).stdout, { mode: 0o600 });
    await run(['heartbeat', 'tsk_1', '--claim-token-file', file]);
    expect(daemon.sent.at(-1)).toMatchObject({ claimToken: 'ghclaim_secret' });
  });

  test('a file others can read is said so', async () => {
    const file = path.join(folder, 'open-token');
    writeFileSync(file, 'ghclaim_4');
    chmodSync(file, 0o644);
    const ran = await run(['heartbeat', 'tsk_1', '--claim-token-file', file]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(`chmod 600 ${file}`);
  });

  test.each(['', 'two words', 'line\nline', '{"claim":{}}'])('a file that holds %j holds no token: exit 2, and nothing is sent', async (text) => {
    const file = path.join(folder, 'wrong');
    writeFileSync(file, text, { mode: 0o600 });
    expect(await run(['heartbeat', 'tsk_1', '--claim-token-file', file])).toMatchObject({ code: 2 });
    expect(await run(['heartbeat', 'tsk_1', '--claim-token-file', '/nonexistent'])).toMatchObject({ code: 2 });
    expect(daemon.asked).toEqual([]);
  });
});

test('a completion carries its summary, evidence, artifacts and metadata', async () => {
  const evidence = ['--evidence', 'check:npm test, 40 passed', '--evidence', 'link#1:https://example.org/run/7'];
  const artifacts = ['--artifact', 'pr=https://example.org/pr/7', '--artifact', 'log=out/log.txt'];
  const words = ['complete', 'tsk_1', '--summary', 'parser written', '--metadata', '{"tests":40}', '--run-id', 'run_1', '--review', ...evidence, ...artifacts];
  expect(await run(words, { GUILDHALL_CLAIM_TOKEN: 't' })).toMatchObject({ code: 0 });
  expect(daemon.sent.at(-1)?.body).toEqual({
    summary: 'parser written',
    metadata: { tests: 40 },
    runId: 'run_1',
    review: true,
    evidence: [
      { kind: 'check', text: 'npm test, 40 passed' },
      { kind: 'link', criterion: 1, text: 'https://example.org/run/7' },
    ],
    artifacts: [
      { name: 'pr', url: 'https://example.org/pr/7' },
      { name: 'log', path: 'out/log.txt' },
    ],
  });
});

test('a block carries its kind, the tasks it waits for and when it is tried again', async () => {
  await run(['block', 'tsk_1', 'because', '--kind', 'dependency', '--on', 'tsk_2', '--on', 'tsk_3']);
  await run(['block', 'tsk_1', 'because', '--kind', 'transient', '--retry-after', '10m']);
  expect(daemon.sent.map(({ body }) => body)).toEqual([
    { reason: 'because', kind: 'dependency', dependsOn: ['tsk_2', 'tsk_3'] },
    { reason: 'because', kind: 'transient', retryAfterMs: 600_000 },
  ]);
});

test.each([
  ['0.4', 0.4],
  ['40%', 0.4],
  ['1', 1],
])('a progress of %s is %d', async (typed, progress) => {
  await run(['heartbeat', 'tsk_1', '--progress', typed, '--note', 'tests']);
  expect(daemon.sent.at(-1)?.body).toEqual({ progress, note: 'tests' });
});

test('who holds a task hands it over for review', async () => {
  await run(['review', 'tsk_1', '--summary', 'ready to look at'], { GUILDHALL_CLAIM_TOKEN: 't' });
  expect(daemon.sent).toMatchObject([{ route: 'post /v1/tasks/{task}/complete', body: { summary: 'ready to look at', review: true }, claimToken: 't' }]);
});

describe('who does not hold the task', () => {
  const refuseWith = (code: 'not-allowed' | 'stale-claim' | 'evidence-missing') =>
    daemon.on('post /v1/tasks/{task}/complete', () => {
      throw new Refused(code, 'It needs the token of its claim.', { verb: 'complete' });
    });
  const complete = ['complete', 'tsk_1', '--summary', 'done'];

  test('is told whose it is, and how to take it back', async () => {
    refuseWith('not-allowed');
    const ran = await run(complete);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('belongs to the lane factory (run run_1, 42 s left');
    expect(ran.stderr).toContain('guildhall kanban reclaim tsk_1');
    expect(JSON.parse((await run([...complete, '--json'])).stdout)).toMatchObject({
      error: { code: 'not-allowed', details: { verb: 'complete', lane: 'factory', status: 'running' } },
    });
  });

  test.each([
    [{ assignee: 'operator' }, 'claim it before you complete it: guildhall kanban claim tsk_1'],
    [{ assignee: 'factory' }, 'it waits for factory'],
    [{ assignee: null }, 'guildhall kanban assign tsk_1 operator'],
  ])('is told to claim it when nobody does: %j', async (changes, hint) => {
    refuseWith('not-allowed');
    daemon.on('get /v1/tasks/{task}', () => sampleDetail({ task: sampleTask(changes), claim: null }));
    const ran = await run(complete);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain(hint);
  });

  test('who shows a token is told what the daemon says about it: a stale claim is exit 3', async () => {
    refuseWith('stale-claim');
    const ran = await run([...complete, '--json'], { GUILDHALL_CLAIM_TOKEN: 'old' });
    expect(ran.code).toBe(3);
    expect(JSON.parse(ran.stdout)).toEqual({ error: { code: 'stale-claim', message: 'It needs the token of its claim.', details: { verb: 'complete' } } });
  });

  test('another refusal stays as it is', async () => {
    refuseWith('evidence-missing');
    expect((await run(complete)).stderr).toContain('It needs the token of its claim.');
    expect(daemon.asked).toEqual(['post /v1/tasks/{task}/complete']);
  });
});

describe('the token of a lane', () => {
  const register = ['lanes', 'register', 'factory', '--kind', 'persistent', '--claim-mode', 'pull-or-watch', '--allowed-status-mutations', 'own-claimed-only'];

  test('is printed once, with how the lane uses it', async () => {
    const { stdout } = await run(register);
    const lines = stdout.split('\n');
    expect(lines).toContain('ghlane_secret');
    expect(lines.filter((line) => line.startsWith('  '))).toEqual([
      `  export GUILDHALL_URL=${daemon.url} GUILDHALL_TOKEN=ghlane_secret`,
      '  guildhall kanban claim --lane factory --wait 30s',
      expect.stringContaining('  guildhall kanban heartbeat TASK'),
    ]);
    expect(JSON.parse((await run([...register, '--json'])).stdout)).toEqual({
      lane: JSON.parse(JSON.stringify(sampleLane())) as unknown,
      token: 'ghlane_secret',
    });
  });

  test('is not shown again', async () => {
    daemon.on('post /v1/lanes', () => {
      throw new Refused('already-issued', 'The token was shown once. Make a new one: guildhall kanban lanes rotate-token factory');
    });
    const ran = await run(register);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('rotate-token factory');
  });
});
