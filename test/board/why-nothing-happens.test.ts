/** Why a task does not get on, asked of a daemon that runs; what the doctor says of the board, and the figures. */
import { findingView, type FindingView } from '@guildhall/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startBoardWorld, type BoardWorld } from './board-world.ts';

let world: BoardWorld;

beforeAll(async () => {
  world = await startBoardWorld();
}, 120_000);

afterAll(() => world.stop());

async function why(id: string): Promise<readonly FindingView[]> {
  return z.array(findingView).parse(await world.operator('GET', `/v1/why/${id}`));
}

async function metrics(): Promise<string> {
  const { url, token } = world.daemon();
  const answer = await fetch(`${url}/v1/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  return answer.text();
}

async function eventually(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never came true');
}

describe('why nothing happens', () => {
  it('names the first broken link of a chain: the lane that nobody registered', async () => {
    const first = await world.createTask({ title: 'Dig', assignee: 'nobody-yet' });
    const second = await world.createTask({ title: 'Plant', assignee: 'nobody-yet', parents: [first.id] });
    const third = await world.createTask({ title: 'Water', assignee: 'nobody-yet', parents: [second.id] });
    const findings = await why(third.id);
    expect(findings[0]).toMatchObject({ subject: 'lane', ok: false, remedy: 'guildhall kanban lanes register nobody-yet --kind persistent' });
    expect(findings.map(({ subject }) => subject)).toEqual(['lane', 'task', 'dependency', 'dependency']);
    expect(findings.at(-1)?.message).toContain(`${third.id} waits for ${second.id}`);
  });

  it('follows a task through its lane: absent, there, full, drained', async () => {
    const lane = await world.registerLane('garden');
    const held = await world.createTask({ title: 'Mow', assignee: 'garden', priority: 1 });
    expect((await why(held.id))[0]).toMatchObject({ ok: false, message: expect.stringContaining('garden') });
    const claim = await lane.claim();
    expect(claim?.task.id).toBe(held.id);
    expect((await why(held.id))[0]).toMatchObject({ ok: true, subject: 'claim' });
    const next = await world.createTask({ title: 'Rake', assignee: 'garden' });
    expect((await why(next.id))[0]).toMatchObject({ level: 'warning', message: expect.stringContaining(held.id), remedy: `guildhall why ${held.id}` });
    expect((await why('garden'))[0]).toMatchObject({ subject: 'lane', remedy: `guildhall why ${held.id}` });
    await world.operator('POST', '/v1/lanes/garden/drain');
    expect((await why(next.id))[0]).toMatchObject({ remedy: 'guildhall kanban lanes resume garden' });
    await world.operator('POST', '/v1/lanes/garden/resume');
    await lane.ask('POST', `/v1/tasks/${held.id}/complete`, { summary: 'mown' }, claim?.claim.token);
    expect((await why(held.id))[0]).toMatchObject({ ok: true });
  });

  it('says of a blocked task what it needs, and puts that before those who wait for it', async () => {
    const lane = await world.registerLane('paint');
    const fence = await world.createTask({ title: 'Paint the fence', assignee: 'paint' });
    const claim = await lane.claim();
    await lane.ask('POST', `/v1/tasks/${fence.id}/block`, { kind: 'needs_input', reason: 'which colour?' }, claim?.claim.token);
    const gate = await world.createTask({ title: 'Paint the gate', assignee: 'paint', parents: [fence.id] });
    expect((await why(gate.id))[0]).toMatchObject({
      subject: 'block',
      message: expect.stringContaining('which colour?'),
      remedy: `guildhall kanban unblock ${fence.id}`,
    });
  });

  it('knows no task that is not there', async () => {
    const answer = await world.daemon().request('GET', '/v1/why/task_nowhere');
    expect(answer?.status).toBe(404);
  });
});

describe('the doctor and the figures', () => {
  it('find no dead task, count the lane that waits, and tell the journal', async () => {
    const findings = z.array(findingView).parse(await world.operator('GET', '/v1/doctor'));
    expect(findings.filter(({ subject, ok }) => subject === 'board' && ok)).toHaveLength(1);
    const lane = await world.registerLane('waiting');
    const waiting = lane.claim(20_000);
    await eventually(async () => (await metrics()).includes('guildhall_lanes_waiting 1\n'));
    await eventually(async () => (await metrics()).includes('guildhall_dead_tasks 0\n'));
    const text = await metrics();
    expect(text).toMatch(/^guildhall_tasks\{status="ready"\} [1-9]\d*$/m);
    expect(text).toMatch(/^guildhall_journal_position [1-9]\d*$/m);
    expect(text).toMatch(/^guildhall_process_resident_memory_bytes [1-9]\d{7,}$/m);
    await world.createTask({ title: 'Come', assignee: 'waiting' });
    expect((await waiting)?.task.title).toBe('Come');
    await eventually(async () => (await metrics()).includes('guildhall_live_claims 1\n'));
  }, 60_000);
});
