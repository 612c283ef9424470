/** Lanes that wait for work over HTTP: who gets what, how soon, and what happens when an answer is lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { claimAnswer, laneView, type ClaimAnswer } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAs, startBoardWorld, type BoardWorld, type TestLane } from './board-world.ts';
import { databases, type TestDatabase } from './own-database.ts';

/** Long enough for a busy machine; a wait that ends sooner ends because there was work. */
const waitMs = 30_000;

async function waiting(world: BoardWorld, lane: string): Promise<number> {
  return laneView.parse(await world.operator('GET', `/v1/lanes/${lane}`)).waiting;
}

async function untilWaiting(world: BoardWorld, lane: string, count: number): Promise<void> {
  await expect.poll(() => waiting(world, lane), { timeout: 20_000, interval: 20 }).toBe(count);
}

/** A name nobody used on this database. */
let made = 0;
function fresh(name: string): string {
  made += 1;
  return `${name}-${Date.now().toString(36)}-${made}`;
}

async function complete(lane: TestLane, { task, claim }: ClaimAnswer): Promise<void> {
  expect((await lane.ask('POST', `/v1/tasks/${task.id}/complete`, { summary: 'done' }, claim.token)).status).toBe(200);
}

describe.each(databases)('on %s, a lane that waits', (_kind, open) => {
  let world: BoardWorld;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
    world = await startBoardWorld(database.start);
  });
  afterAll(async () => {
    await world.stop();
    await database.drop();
  });

  test('gets the task that is made for it, and 204 when nothing comes', async () => {
    const lane = await world.registerLane(fresh('factory'));
    expect(await lane.claim(50)).toBeUndefined();
    const claim = lane.claim(waitMs);
    await untilWaiting(world, lane.name, 1);
    const task = await world.createTask({ title: 'Sweep the hall', assignee: lane.name });
    expect(await claim).toMatchObject({ task: { id: task.id, status: 'running', lane: lane.name }, claim: { epoch: 1 } });
    expect(await waiting(world, lane.name)).toBe(0);
  });

  test('gets what becomes ready because a parent is done, its time has come, a person specified it, or another gave it back', async () => {
    const lane = await world.registerLane(fresh('factory'), { capacity: 5 });
    const first = await world.createTask({ title: 'first', assignee: lane.name });
    const child = await world.createTask({ title: 'child', assignee: lane.name, parents: [first.id] });
    const held = await lane.claim();
    const forChild = lane.claim(waitMs);
    await untilWaiting(world, lane.name, 1);
    if (held !== undefined) await complete(lane, held);
    expect((await forChild)?.task.id).toBe(child.id);

    const later = await world.createTask({ title: 'later', assignee: lane.name, startAt: Date.now() + 500 });
    expect(later.status).toBe('scheduled');
    const dueClaim = await lane.claim(waitMs);
    expect(dueClaim?.task.id).toBe(later.id);

    const rough = await world.createTask({ title: 'rough', assignee: lane.name, triage: true });
    const forRough = lane.claim(waitMs);
    await untilWaiting(world, lane.name, 1);
    await world.operator('POST', `/v1/tasks/${rough.id}/specify`);
    const roughClaim = await forRough;
    expect(roughClaim?.task.id).toBe(rough.id);

    const again = lane.claim(waitMs);
    await untilWaiting(world, lane.name, 1);
    await lane.ask('POST', `/v1/tasks/${rough.id}/release`, { reason: 'not mine' }, roughClaim?.claim.token);
    expect(await again).toMatchObject({ task: { id: rough.id }, claim: { epoch: 2 } });
  });

  test('whose capacity is used up or that is drained waits on, and goes on by itself', async () => {
    const lane = await world.registerLane(fresh('factory'), { capacity: 1 });
    await world.createTask({ title: 'one', assignee: lane.name });
    await world.createTask({ title: 'two', assignee: lane.name });
    const one = await lane.claim();
    expect(await lane.ask('POST', `/v1/lanes/${lane.name}/claims`)).toMatchObject({ status: 429, body: { code: 'limit-reached' } });
    const two = lane.claim(waitMs);
    await untilWaiting(world, lane.name, 1);
    if (one !== undefined) await complete(lane, one);
    const held = await two;
    expect(held?.task.title).toBe('two');
    if (held !== undefined) await complete(lane, held);

    await world.operator('POST', `/v1/lanes/${lane.name}/drain`);
    await world.createTask({ title: 'three', assignee: lane.name });
    const three = lane.claim(waitMs);
    await untilWaiting(world, lane.name, 1);
    await world.operator('POST', `/v1/lanes/${lane.name}/resume`);
    expect((await three)?.task.title).toBe('three');
  });

  test('and lost the answer gets the same claim and the same token for the same request, not a second one', async () => {
    const lane = await world.registerLane(fresh('factory'), { capacity: 5 });
    const leave = new AbortController();
    const lost = lane.claim(waitMs, { requestId: 'lost' });
    void lost.catch(() => {});
    const cut = fetch(`${world.daemon().url}/v1/lanes/${lane.name}/claims?waitMs=${waitMs}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lane.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ requestId: 'cut' }),
      signal: leave.signal,
    }).catch(() => undefined);
    await untilWaiting(world, lane.name, 2);
    leave.abort();
    await cut;
    await untilWaiting(world, lane.name, 1);
    const task = await world.createTask({ title: 'once', assignee: lane.name });
    const second = await world.createTask({ title: 'twice', assignee: lane.name });
    const first = await lost;
    expect(first?.task.id).toBe(task.id);
    const repeated = await lane.claim(0, { requestId: 'lost' });
    expect(repeated?.claim.token).toBe(first?.claim.token);
    expect(repeated?.run.id).toBe(first?.run.id);
    const byHeader = await fetch(`${world.daemon().url}/v1/lanes/${lane.name}/claims`, {
      method: 'POST',
      headers: { authorization: `Bearer ${lane.token}`, 'idempotency-key': 'lost' },
    });
    expect(claimAnswer.parse(await byHeader.json()).claim.token).toBe(first?.claim.token);
    expect((await world.readTask(second.id)).task.status).toBe('ready');
  });

  test('twice with the same request is answered twice with the one claim', async () => {
    const lane = await world.registerLane(fresh('factory'), { capacity: 5 });
    const both = [lane.claim(waitMs, { requestId: 'twin' }), lane.claim(waitMs, { requestId: 'twin' })];
    await untilWaiting(world, lane.name, 2);
    await world.createTask({ title: 'once', assignee: lane.name });
    const [a, b] = await Promise.all(both);
    expect(a?.claim.token).toBeDefined();
    expect(b?.claim.token).toBe(a?.claim.token);
  });
});

test('with 500 waiting on one lane each task goes to one of them, and the rest wait on', async () => {
  const world = await startBoardWorld();
  try {
    const lane = await world.registerLane('crowd', { capacity: 1000 });
    const leave = new AbortController();
    const won: string[] = [];
    const wait = async () => {
      const response = await fetch(`${world.daemon().url}/v1/lanes/crowd/claims?waitMs=60000`, {
        method: 'POST',
        headers: { authorization: `Bearer ${lane.token}` },
        signal: leave.signal,
      });
      if (response.status === 200) won.push(claimAnswer.parse(await response.json()).task.id);
    };
    const waits: Promise<void>[] = [];
    // A hundred at a time: the door takes only so many connections whose credential it has not seen yet.
    for (let count = 100; count <= 500; count += 100) {
      waits.push(...Array.from({ length: 100 }, wait));
      await untilWaiting(world, 'crowd', count);
    }
    const tasks: string[] = [];
    for (let at = 0; at < 40; at += 1) tasks.push((await world.createTask({ title: `task ${at}`, assignee: 'crowd' })).id);
    await expect.poll(() => won.length, { timeout: 30_000, interval: 20 }).toBe(40);
    await pause(100);
    expect(won.toSorted()).toEqual(tasks.toSorted());
    expect(await waiting(world, 'crowd')).toBe(460);
    leave.abort();
    await Promise.allSettled(waits);
    await untilWaiting(world, 'crowd', 0);
  } finally {
    await world.stop();
  }
});

test('a hundred waiting lanes each get their own task, soon', async () => {
  const world = await startBoardWorld();
  try {
    const lanes = await Promise.all(Array.from({ length: 100 }, (_each, at) => world.registerLane(`lane-${at}`)));
    const arrived = new Map<string, number>();
    const claims = lanes.map(async (lane) => {
      const claim = await lane.claim(60_000);
      arrived.set(lane.name, performance.now());
      return claim?.task.assignee;
    });
    await untilWaiting(world, 'lane-99', 1);
    await untilWaiting(world, 'lane-0', 1);
    const latencies: number[] = [];
    for (const lane of lanes) {
      await world.createTask({ title: 'one', assignee: lane.name });
      const committed = performance.now();
      await expect.poll(() => arrived.has(lane.name), { timeout: 20_000, interval: 1 }).toBe(true);
      latencies.push((arrived.get(lane.name) ?? 0) - committed);
    }
    expect(await Promise.all(claims)).toEqual(lanes.map(({ name }) => name));
    const sorted = latencies.toSorted((a, b) => a - b);
    console.log(
      `      from the answer to the maker to the answer to the lane: p50 ${sorted[49]?.toFixed(1)} ms, p95 ${sorted[94]?.toFixed(1)} ms, worst ${sorted[99]?.toFixed(1)} ms`,
    );
  } finally {
    await world.stop();
  }
});

test('a daemon that stops ends the waits with 204', async () => {
  const world = await startBoardWorld();
  const lane = await world.registerLane('factory');
  const claim = lane.ask('POST', '/v1/lanes/factory/claims?waitMs=60000');
  await untilWaiting(world, 'factory', 1);
  await world.stop();
  expect((await claim).status).toBe(204);
});

describe.skipIf(databases.length < 2)('on two daemons that share one PostgreSQL', () => {
  test('a lane waits at one and gets what is made at the other; its token is told again only where the key is the same', async () => {
    const open = databases[1]?.[1];
    if (open === undefined) throw new Error('there is no PostgreSQL');
    const database = await open();
    const [here, there] = [await startBoardWorld(database.start), await startBoardWorld(database.start)];
    try {
      const lane = await here.registerLane('factory');
      const claim = lane.claim(waitMs, { requestId: 'r' });
      await untilWaiting(here, 'factory', 1);
      const task = await there.createTask({ title: 'from afar', assignee: 'factory' });
      expect((await claim)?.task.id).toBe(task.id);
      const elsewhere = await askAs(there.daemon().url, lane.token, 'POST', '/v1/lanes/factory/claims', { requestId: 'r' });
      expect(elsewhere).toMatchObject({ status: 409, body: { code: 'already-issued', detail: expect.stringContaining('installation.key') } });
    } finally {
      await here.stop();
      await there.stop();
      await database.drop();
    }
  });
});
