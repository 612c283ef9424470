/** Plans and roles at the door: named by any text, asked once, waited for within bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planId, roleRunView } from '@guildhall/protocol';
import { openDoor, type TestDoor } from './http-open-door.ts';

const turns = '/v1/plans/A%2FB/roles/lead/turns';

function askedOf(door: TestDoor): readonly string[] {
  return door.calls.filter((call) => call.startsWith('roles.'));
}

describe('the id of a plan and the name of a role', () => {
  it.each([
    ['A/B', 'lead'],
    ['a b', 'Lead / PM'],
    ['A%2FB', 'lead'],
    ['100%', 'rm'],
    ['..\\..\\etc', 'dev'],
    ['a:b;c=d?e#f&g', 'qa'],
    ['план 🦊', 'LEAD'],
    ['A+B', 'lead+pm'],
    ['roles/lead', '../turns'],
  ])('arrive as they were written: %s, %s', async (plan, role) => {
    const door = await openDoor();
    const address = `/v1/plans/${encodeURIComponent(plan)}`;
    expect((await door.call('GET', address)).status).toBe(200);
    expect((await door.call('GET', `${address}/roles/${encodeURIComponent(role)}`)).status).toBe(200);
    expect((await door.call('POST', `${address}/roles/${encodeURIComponent(role)}/turns`, { body: { task: 'plan it' } })).status).toBe(202);
    expect(askedOf(door)).toEqual([
      `roles.readPlan ${JSON.stringify([plan])}`,
      `roles.readRole ${JSON.stringify([plan, role])}`,
      `roles.invokeRole ${JSON.stringify([plan, role])}`,
    ]);
  });

  it('arrive as they were written whatever the text, and no text reaches another route', async () => {
    const door = await openDoor();
    const anyPlan = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((text) => planId.safeParse(text).success);
    await fc.assert(
      fc.asyncProperty(anyPlan, async (plan) => {
        door.calls.length = 0;
        const answer = await door.call('GET', `/v1/plans/${encodeURIComponent(plan)}/roles/lead`);
        expect(answer.status).toBe(200);
        expect(askedOf(door)).toEqual([`roles.readRole ${JSON.stringify([plan, 'lead'])}`]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    '/v1/plans/%2e%2e/roles/lead',
    '/v1/plans//roles/lead',
    '/v1/plans/a%00b',
    '/v1/plans/%41/roles/lead',
    '/v1/plans/A%zz',
    '/v1/plans%2FA',
    '/v1/plans/%20A',
    `/v1/plans/${'a'.repeat(201)}`,
    `/v1/plans/A/roles/${'a'.repeat(121)}`,
  ])('have one spelling in an address, and bounds: %s', async (path) => {
    const door = await openDoor();
    expect([400, 404]).toContain((await door.call('GET', path)).status);
    expect(askedOf(door)).toEqual([]);
  });

  it('may not be what no address can name', async () => {
    const door = await openDoor();
    for (const id of ['.', '..', '', ' A', 'A ', 'A\u200bB', 'A\nB', 'x'.repeat(201)])
      expect((await door.call('POST', '/v1/plans', { body: { id } })).json, JSON.stringify(id)).toMatchObject({ status: 400, code: 'invalid-input' });
    expect(askedOf(door)).toEqual([]);
  });
});

describe('work asked of a role', () => {
  it('is answered at once, and a key makes fifty requests one piece of work', async () => {
    const door = await openDoor();
    const { invokeRole } = door.operations.roles;
    door.operations.roles.invokeRole = async (...asked) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return invokeRole(...asked);
    };
    const send = (key: string) => door.call('POST', turns, { body: { task: 'plan it' }, headers: { 'idempotency-key': key } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send('k-1')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 202 });
    expect(askedOf(door)).toEqual(['roles.invokeRole ["A/B","lead"]']);
    expect((await door.call('POST', turns, { body: { task: 'another' }, headers: { 'idempotency-key': 'k-1' } })).json).toMatchObject({
      code: 'idempotency-mismatch',
    });
    await send('k-2');
    expect(askedOf(door)).toHaveLength(2);
  });

  it('is waited for as long as asked, within the bound of the door, and no longer than its reader stays', async () => {
    const door = await openDoor({ waitMs: 5_000 });
    const { readRun } = door.operations.roles;
    const waits: number[] = [];
    let left = false;
    door.operations.roles.readRun = (plan, run, waitMs, signal) => {
      waits.push(waitMs);
      if (waitMs < 5_000) return readRun(plan, run, waitMs, signal);
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          left = true;
          resolve(readRun(plan, run, waitMs, signal));
        }),
      );
    };
    const run = '/v1/plans/A%2FB/runs/rrun_1';
    (await door.call('GET', run)).as(roleRunView);
    await door.call('GET', `${run}?waitMs=200`);
    for (const waitMs of ['5001', '-1', '1.5', 'x', '']) expect((await door.call('GET', `${run}?waitMs=${waitMs}`)).status, waitMs).toBe(400);
    const gone = new AbortController();
    const waiting = fetch(`${door.url}${run}?waitMs=5000`, { headers: { authorization: `Bearer ${door.operator}` }, signal: gone.signal });
    await expect.poll(() => waits.length).toBe(3);
    gone.abort();
    await expect(waiting).rejects.toThrow('aborted');
    await expect.poll(() => left).toBe(true);
    expect(waits).toEqual([0, 200, 5_000]);
  });
});
