/** What a lane and the bearer of a claim may do: what is their own, under the claim that lives, and nothing else. */
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { claimAnswer, registeredLane, taskPage, type ClaimAnswer } from '@guildhall/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventsOf } from '../e2e/conversation.ts';
import { createHome, DaemonEnded, startDaemonProcess } from '../harness/daemon-process.ts';
import { askAs, startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';
import { databases, type TestDatabase } from './own-database.ts';

/** What a claim may write. */
const writes = [
  ['heartbeat', { note: 'mine' }],
  ['comments', { text: 'mine' }],
  ['attachments', { name: 'mine.txt', content: 'bWluZQ==' }],
  ['metadata', { metadata: { mine: true } }],
  ['block', { kind: 'needs_input', reason: 'mine' }],
  ['release', { reason: 'mine' }],
  ['complete', { summary: 'mine' }],
] as const;

describe.each(databases)('on %s', (_kind, open) => {
  let database: TestDatabase;
  let world: BoardWorld;
  let lane: TestLane;
  let other: TestLane;
  let held: ClaimAnswer;
  let foreign: ClaimAnswer;
  let second: ClaimAnswer;
  let old: string;

  beforeAll(async () => {
    database = await open();
    world = await startBoardWorld(database.start);
    lane = await world.registerLane('factory', { capacity: 10 });
    other = await world.registerLane('foundry', { capacity: 10 });
    await world.createTask({ title: 'foreign', assignee: 'foundry' });
    foreign = await taken(other);
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });
  beforeEach(async () => {
    await world.createTask({ title: 'held', assignee: 'factory' });
    const first = await taken(lane);
    await lane.ask('POST', `/v1/tasks/${first.task.id}/release`, {}, first.claim.token);
    old = first.claim.token;
    held = await taken(lane, first.task.id);
    await world.createTask({ title: 'second', assignee: 'factory' });
    second = await taken(lane);
    return async () => {
      for (const claim of [held, second]) await lane.ask('POST', `/v1/tasks/${claim.task.id}/complete`, { summary: 'done' }, claim.claim.token);
    };
  });

  async function taken(by: TestLane, task?: string): Promise<ClaimAnswer> {
    const claim = await by.claim(0, task === undefined ? {} : { task });
    if (claim === undefined) throw new Error('there was nothing to claim');
    return claim;
  }

  /** All there is to see of the task, but for how long its claim has left. */
  async function stateOf(task: string): Promise<unknown> {
    const { claim, ...detail } = await world.readTask(task);
    return { ...detail, epoch: claim?.epoch, runId: claim?.runId };
  }

  describe.each(writes)('%s', (verb, body) => {
    test('without the token of exactly this live claim changes nothing', async () => {
      const before = await stateOf(held.task.id);
      const url = world.daemon().url;
      const as = (token: string, claimToken?: string) => askAs(url, token, 'POST', `/v1/tasks/${held.task.id}/${verb}`, body, claimToken);
      const tried = {
        'no token': await as(lane.token),
        garbage: await as(lane.token, 'ghclaim_garbage'),
        'the lane token': await as(lane.token, lane.token),
        'of another task of the lane': await as(lane.token, second.claim.token),
        'of the claim before': await as(lane.token, old),
        'of another lane': await as(lane.token, foreign.claim.token),
        'stolen by another lane': await as(other.token, held.claim.token),
        'the bearer of another claim': await as(second.claim.token),
        'the bearer of another claim with this token': await as(second.claim.token, held.claim.token),
        'the bearer of the claim before': await as(old),
      };
      expect(Object.fromEntries(Object.entries(tried).map(([how, { status }]) => [how, status]))).toEqual({
        'no token': 403,
        garbage: 409,
        'the lane token': 409,
        'of another task of the lane': 409,
        'of the claim before': 409,
        'of another lane': 403,
        'stolen by another lane': 403,
        'the bearer of another claim': 403,
        'the bearer of another claim with this token': 403,
        'the bearer of the claim before': 401,
      });
      expect(await stateOf(held.task.id)).toEqual(before);
    });

    test('goes through with the token, and for the bearer of the claim without a header', async () => {
      expect((await lane.ask('POST', `/v1/tasks/${held.task.id}/${verb}`, body, held.claim.token)).status).toBeLessThan(300);
      expect((await askAs(world.daemon().url, second.claim.token, 'POST', `/v1/tasks/${second.task.id}/${verb}`, body)).status).toBeLessThan(300);
    });
  });

  test('an operator without the token moves a held task only by taking it back', async () => {
    const url = world.daemon().url;
    const operator = (verb: string, body: object) => askAs(url, world.daemon().token, 'POST', `/v1/tasks/${held.task.id}/${verb}`, body);
    for (const verb of ['heartbeat', 'release']) expect(await operator(verb, {})).toMatchObject({ status: 403, body: { code: 'not-allowed' } });
    expect(await operator('complete', { summary: 'x' })).toMatchObject({ status: 403 });
    expect(await operator('block', { kind: 'needs_input', reason: 'x' })).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
    expect(await operator('comments', { text: 'hurry' })).toMatchObject({ status: 201, body: { author: 'operator' } });
    expect(await operator('reclaim', { reason: 'I need it' })).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect((await lane.ask('POST', `/v1/tasks/${held.task.id}/complete`, { summary: 'x' }, held.claim.token)).status).toBe(409);
    held = await taken(lane, held.task.id);
  });

  test('a lane sees itself and what is assigned to it, and the bearer of a claim its task', async () => {
    const own = taskPage.parse((await lane.ask('GET', '/v1/boards/default/tasks')).body);
    expect(new Set(own.tasks.map(({ assignee }) => assignee))).toEqual(new Set(['factory']));
    expect((await lane.ask('GET', `/v1/tasks/${held.task.id}`)).status).toBe(200);
    const url = world.daemon().url;
    expect((await askAs(url, held.claim.token, 'GET', `/v1/tasks/${held.task.id}`)).status).toBe(200);
    for (const route of [
      '/v1/boards/default/tasks?assignee=foundry',
      `/v1/tasks/${foreign.task.id}`,
      '/v1/lanes/foundry',
      '/v1/lanes/foundry/watch',
      '/v1/lanes',
      '/v1/boards',
      '/v1/events',
      '/v1/status',
    ])
      expect((await lane.ask('GET', route)).status, route).toBe(403);
    for (const route of ['/v1/boards/default/tasks', `/v1/tasks/${second.task.id}`, '/v1/lanes/factory', '/v1/lanes/factory/watch'])
      expect((await askAs(url, held.claim.token, 'GET', route)).status, route).toBe(403);
    expect((await lane.ask('POST', '/v1/lanes/foundry/claims')).status).toBe(403);
    expect((await lane.ask('POST', '/v1/lanes/foundry/park', { reason: 'x' })).status).toBe(403);
    expect((await lane.ask('POST', '/v1/lanes/factory/resume')).status).toBe(403);
    expect((await lane.ask('POST', '/v1/boards/default/tasks', { title: 'x' })).status).toBe(403);
    expect((await lane.ask('POST', `/v1/lanes/factory/claims`, { task: foreign.task.id })).status).toBe(403);
  });

  test('what a lane may do is shown with the task', async () => {
    const shown = async (token: string, task: string) => {
      const { body } = await askAs(world.daemon().url, token, 'GET', `/v1/tasks/${task}`);
      return (body as { task: { verbs: string[] } }).task.verbs;
    };
    expect(await shown(lane.token, held.task.id)).toEqual(['heartbeat', 'complete', 'block', 'release', 'comment', 'attach', 'annotate']);
    expect(await shown(world.daemon().token, held.task.id)).toEqual(['reclaim', 'change', 'link', 'comment', 'attach', 'annotate']);
    const waits = await world.createTask({ title: 'waits', assignee: 'factory' });
    expect(await shown(lane.token, waits.id)).toEqual(['claim']);
    await world.operator('POST', `/v1/tasks/${waits.id}/archive`);
  });

  test('refusals are recorded with who was refused, also those behind the door', async () => {
    await lane.ask('POST', `/v1/tasks/${held.task.id}/complete`, { summary: 'x' });
    await other.ask('GET', `/v1/tasks/${held.task.id}`);
    const recorded = async (route: string) =>
      (await eventsOf(world.daemon(), 'installation')).filter(({ type, data }) => type === 'credential.refused' && data?.['path'] === route).length;
    await expect.poll(() => recorded(`/v1/tasks/${held.task.id}/complete`), { timeout: 10_000 }).toBeGreaterThan(0);
    await expect.poll(() => recorded(`/v1/tasks/${held.task.id}`), { timeout: 10_000 }).toBeGreaterThan(0);
  });

  test('the token of a lane is no ordinary token, and a new one ends the old one', async () => {
    const create = await world.daemon().request('POST', '/v1/tokens', { scope: 'lane:factory' });
    expect(create).toMatchObject({ status: 400, body: { detail: expect.stringContaining('lanes register') } });
    const { token } = registeredLane.parse(await world.operator('POST', '/v1/lanes/foundry/rotate-token'));
    expect((await other.ask('GET', '/v1/lanes/foundry')).status).toBe(401);
    expect((await askAs(world.daemon().url, token, 'GET', '/v1/lanes/foundry')).status).toBe(200);
    await world.operator('POST', '/v1/lanes/foundry/rotate-token');
  });
});

/** Every file of the home, as text. */
function filesOf(folder: string): readonly (readonly [file: string, text: string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [file, readFileSync(file, 'latin1')] as const);
}

describe('the token of a claim', () => {
  test('is in the answer to its own request and nowhere else', async () => {
    const world = await startBoardWorld();
    try {
      const lane = await world.registerLane('factory', { capacity: 3 });
      const task = await world.createTask({ title: 'secret', assignee: 'factory' });
      const answer = await fetch(`${world.daemon().url}/v1/lanes/factory/claims`, {
        method: 'POST',
        headers: { authorization: `Bearer ${lane.token}`, 'idempotency-key': 'keyed' },
      });
      const { claim } = claimAnswer.parse(await answer.json());
      await lane.ask('POST', `/v1/tasks/${task.id}/comments`, { text: 'x' }, claim.token);
      await askAs(world.daemon().url, claim.token, 'GET', '/v1/boards');
      const told = [
        JSON.stringify(await eventsOf(world.daemon())),
        JSON.stringify(await world.operator('GET', `/v1/tasks/${task.id}`)),
        JSON.stringify(await world.operator('GET', '/v1/boards/default')),
        JSON.stringify(await world.operator('GET', '/v1/lanes')),
        JSON.stringify(await world.operator('GET', '/v1/tokens')),
        JSON.stringify((await lane.ask('GET', '/v1/lanes/factory/watch')).body),
        world.daemon().output(),
      ];
      for (const secret of [claim.token, lane.token]) {
        for (const text of told) expect(text).not.toContain(secret);
        for (const [file, text] of filesOf(world.place.home)) expect(text.includes(secret), file).toBe(false);
      }
    } finally {
      await world.stop();
    }
  });

  test('is the same after a restart, for the same request of the same lane', async () => {
    const world = await startBoardWorld();
    try {
      const lane = await world.registerLane('factory');
      await world.createTask({ title: 'once', assignee: 'factory' });
      const first = await lane.claim(0, { requestId: 'r' });
      await world.restart();
      const again = await askAs(world.daemon().url, lane.token, 'POST', '/v1/lanes/factory/claims', { requestId: 'r' });
      expect(claimAnswer.parse(again.body).claim.token).toBe(first?.claim.token);
    } finally {
      await world.stop();
    }
  });
});

describe('the key of the installation', () => {
  test('is made at the first start for its owner alone, and a file that others can read or that is empty is refused', async () => {
    const place = createHome('model: rehearsal/default\n');
    const file = path.join(place.home, 'installation.key');
    try {
      await (await startDaemonProcess(place)).stop();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const key = readFileSync(file, 'utf8');
      chmodSync(file, 0o640);
      await expect(startDaemonProcess(place)).rejects.toThrow(DaemonEnded);
      await expect(startDaemonProcess(place)).rejects.toThrow('can be read by others');
      chmodSync(file, 0o600);
      truncateSync(file);
      await expect(startDaemonProcess(place)).rejects.toThrow('holds no key');
      writeFileSync(file, key);
      await (await startDaemonProcess(place)).stop();
    } finally {
      place.remove();
    }
  });
});
