/** Many at once, with the daemon killed in between: never more at a target than it takes, never more spent than one call over the budget, and everything once. */
import { setTimeout as pause } from 'node:timers/promises';
import { budgetView, type EventView, findingView } from '@guildhall/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { databases } from '../board/own-database.ts';
import { eventsOf } from '../e2e/conversation.ts';
import { createHome, type DaemonProcess, startDaemonProcess } from '../harness/daemon-process.ts';
import { dispatch, type Dispatched, listHandoffs, quiet } from './handoff-world.ts';
import { modelLines, openModel } from './open-model.ts';

const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end();
});

async function world(open: (typeof databases)[number][1], triggers: string) {
  const model = await openModel(['chief', 'worker'], async () => {
    await pause(20);
    return { say: 'done' };
  });
  const place = createHome(`${modelLines(model)}
agents: { chief: { default: true }, worker: {} }
session_triggers:
  enabled: true
${triggers}`);
  const database = await open();
  let daemon = await startDaemonProcess(place, database.start);
  ending.push(
    async () => place.remove(),
    () => model.close(),
    () => database.drop(),
    () => daemon.stop(),
  );
  return {
    model,
    daemon: () => daemon,
    async restart(): Promise<DaemonProcess> {
      await daemon.kill9();
      daemon = await startDaemonProcess(place, database.start);
      return daemon;
    },
  };
}

/** Asks until it is answered: a request that was cut off is asked again in the same words. */
async function askSurely(daemon: () => DaemonProcess, task: string): Promise<Dispatched> {
  for (;;) {
    const asked = await dispatch(daemon(), { source: 'chief', target: 'worker', task, dedupKey: task }).catch(() => undefined);
    if (asked !== undefined && (!('refused' in asked) || asked.status === 403)) return asked;
    if (asked !== undefined && 'refused' in asked) expect(['draining', 'storage-unavailable', 'rate-limited', undefined]).toContain(asked.refused.code);
    await pause(50);
  }
}

/** How many were under way at once, by the events in the order in which they were committed. */
function mostAtOnce(events: readonly EventView[]): number {
  const open = new Set<string>();
  let most = 0;
  for (const { type, stream } of events) {
    if (type === 'handoff.started') open.add(stream);
    if (type === 'handoff.finished' || type === 'handoff.uncertain' || type === 'handoff.cancelled') open.delete(stream);
    most = Math.max(most, open.size);
  }
  return most;
}

describe.each(databases)('on %s', (_kind, open) => {
  test('of fifty handoffs to a target that takes one, never two run, and each runs once, also when the daemon is killed', { timeout: 240_000 }, async () => {
    const { model, daemon, restart } = await world(
      open,
      `  sources: { chief: { allowed_targets: [worker], max_depth: 1, max_per_hour: 1000 } }
  targets: { worker: { max_concurrent: 1, max_waiting: 100 } }`,
    );
    const tasks = Array.from({ length: 50 }, (_, index) => `piece ${index}`);
    const asking = Promise.all(tasks.map((task) => askSurely(daemon, task)));
    await pause(400);
    await restart();
    const asked = await asking;
    await pause(500);
    await restart();
    await quiet(daemon(), 180_000);
    expect(asked.filter((one) => 'refused' in one)).toEqual([]);
    const handoffs = await listHandoffs(daemon());
    expect(handoffs.map(({ task }) => task).toSorted()).toEqual(tasks.toSorted());
    expect(handoffs.map(({ status, outcome }) => `${status} ${outcome}`)).toEqual(tasks.map(() => 'finished succeeded'));
    const events = await eventsOf(daemon());
    expect(mostAtOnce(events)).toBe(1);
    for (const type of ['handoff.requested', 'handoff.queued', 'handoff.started', 'handoff.finished'])
      expect(
        events.filter((event) => event.type === type),
        type,
      ).toHaveLength(50);
    // A call that was cut off by a kill is asked again; nothing else is asked twice.
    expect(model.asked.length).toBeLessThanOrEqual(50 + 2);
    expect(
      z
        .array(findingView)
        .parse((await daemon().request('GET', '/v1/db/verify'))?.body)
        .filter(({ ok }) => !ok),
    ).toEqual([]);
  });

  test('a hundred handoffs share a budget for one: one runs, the others are told why', { timeout: 120_000 }, async () => {
    const { model, daemon, restart } = await world(
      open,
      `  sources: { chief: { allowed_targets: [worker], max_depth: 1, max_per_hour: 1000, budget: { tokens_per_handoff: 60000, tokens_per_day: 100000 } } }
  targets: { worker: { max_concurrent: 50, max_waiting: 100 } }`,
    );
    const asking = Promise.all(Array.from({ length: 100 }, (_, index) => askSurely(daemon, `piece ${index}`)));
    await pause(150);
    await restart();
    const asked = await asking;
    await quiet(daemon(), 60_000);
    const handoffs = await listHandoffs(daemon());
    expect(handoffs).toHaveLength(100);
    const run = handoffs.filter(({ status }) => status !== 'refused');
    expect(run.length).toBeGreaterThanOrEqual(1);
    const budgets = z.array(budgetView).parse((await daemon().request('GET', '/v1/budgets'))?.body);
    const spent = budgets.find(({ scope }) => scope.includes('chief'));
    const cost = run.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(spent, JSON.stringify(budgets)).toBeDefined();
    expect(cost).toBeLessThanOrEqual(100_000);
    expect(model.asked.length).toBeLessThanOrEqual(run.length + 1);
    // Where each is set aside until it ends, only what has ended and given back makes room for the next.
    expect(mostAtOnce(await eventsOf(daemon()))).toBe(1);
    const refusedBy = new Set(handoffs.filter(({ status }) => status === 'refused').map(({ decision }) => decision.decidedBy));
    expect([...refusedBy]).toEqual(refusedBy.size === 0 ? [] : ['budget']);
    expect(asked).toHaveLength(100);
  });
});
