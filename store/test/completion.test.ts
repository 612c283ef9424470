/** When a plan is complete, on both databases, also when something happens to it at that very moment. */
import { blockerView, type Settled } from '@guildhall/protocol';
import type { Plan } from '@guildhall/roles';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Store } from '../src/index.ts';
import { finish, made } from './board-fixtures.ts';
import { onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import {
  accepted,
  accepting,
  asked,
  newFinding,
  newPlan,
  newRun,
  planEvents,
  readFinding,
  remediated,
  reported,
  settled,
  withTask,
} from './finding-fixtures.ts';

const lead = { ...accepting, text: 'for a reason' } as const;
const passed = { role: 'validator', passed: true, text: 'it works', actor: 'role:x/validator' };

const refusedFor = z.object({ blockers: z.array(blockerView) });

/** The ids of what a refused completion was refused for. */
function blockersIn(refused: Settled<Plan>): readonly string[] {
  if (refused.ok) throw new Error('it was completed');
  return refusedFor.parse(refused.refusal.details).blockers.map(({ id }) => id);
}

onBothDatabases('the completion of a plan', (suite) => {
  const complete = (plan: string, waivers: readonly { readonly blocker: string; readonly reason: string }[] = []) =>
    suite.store.roles.completePlan(plan, waivers, 'operator');

  test('with one finding accepted, one rejected and one deferred: what is accepted is mended and looked at again, what is deferred is waived with a reason', async () => {
    const { store } = suite;
    const plan = await newPlan(store);
    const [taken, refused, late] = [await reported(store, plan), await reported(store, plan), await reported(store, plan)];
    expect(blockersIn(await complete(plan))).toEqual([taken, refused, late].map(({ id }) => `finding-undecided:${id}`));
    value(await store.roles.disposeFinding(taken.id, accepting));
    value(await store.roles.disposeFinding(refused.id, { ...lead, verb: 'reject' }));
    value(await store.roles.disposeFinding(late.id, { ...lead, verb: 'defer' }));
    const deferred = `finding-deferred:${late.id}`;
    expect(blockersIn(await complete(plan))).toEqual([`finding-not-remediated:${taken.id}`, deferred]);
    const waiting = (await store.roles.findingsWithoutTask(1_000)).filter((each) => each.plan === plan);
    expect(waiting.map(({ id }) => id)).toEqual([taken.id]);
    const task = await withTask(store, await readFinding(store, taken.id), false);
    expect(blockersIn(await complete(plan))).toEqual([`finding-not-remediated:${taken.id}`, deferred, `task-open:${task}`]);
    await finish(store, task);
    expect(blockersIn(await complete(plan))).toEqual([`finding-not-remediated:${taken.id}`, deferred]);
    await store.roles.remediateDone(1_000);
    expect(blockersIn(await complete(plan))).toEqual([`finding-not-revalidated:${taken.id}`, deferred]);
    value(await store.roles.revalidateFinding(taken.id, passed));
    expect(blockersIn(await complete(plan))).toEqual([deferred]);
    expect((await store.roles.blockersOf(plan)).map(({ id }) => id)).toEqual([deferred]);
    expect(await store.roles.readPlan(plan)).toMatchObject({ status: 'open', waivers: [] });
    const completed = value(await complete(plan, [{ blocker: deferred, reason: 'after the release' }]));
    expect(completed).toMatchObject({
      status: 'completed',
      completedBy: 'operator',
      waivers: [{ blocker: deferred, reason: 'after the release', by: 'operator', at: completed.completedAt }],
    });
    expect(await store.roles.blockersOf(plan)).toEqual([]);
    expect((await planEvents(store, plan)).slice(-2)).toMatchObject([
      { type: 'plan.waived', actor: 'operator', data: { blocker: deferred, reason: 'after the release' } },
      { type: 'plan.completed', actor: 'operator', data: { waived: [deferred], findings: 3, tasks: 1 } },
    ]);
  });

  describe('is refused', () => {
    test('without the plan, a second time, and for waivers that are none; then nothing is recorded', async () => {
      const { store } = suite;
      expect(refusalOf(await complete('nowhere'))).toBe('not-found');
      const plan = await newPlan(store);
      const { id } = await reported(store, plan);
      const late = await reported(store, plan);
      value(await store.roles.disposeFinding(late.id, { ...lead, verb: 'defer' }));
      const waiver = { blocker: `finding-deferred:${late.id}`, reason: 'known' };
      expect(refusalOf(await complete(plan, [{ ...waiver, blocker: `finding-undecided:${id}` }]))).toBe('not-allowed');
      expect(refusalOf(await complete(plan, [{ ...waiver, blocker: `finding-deferred:${id}` }]))).toBe('not-found');
      expect(refusalOf(await complete(plan, [{ ...waiver, reason: '' }]))).toBe('invalid-input');
      expect(blockersIn(await complete(plan, [waiver]))).toEqual([`finding-undecided:${id}`]);
      expect((await store.roles.readPlan(plan))?.waivers).toEqual([]);
      value(await store.roles.disposeFinding(id, { ...lead, verb: 'reject' }));
      value(await complete(plan, [waiver]));
      expect(refusalOf(await complete(plan, [waiver]))).toBe('wrong-state');
    });

    test('while a run is not over, for one that showed nothing until another does, and for a phase nobody has done', async () => {
      const { store } = suite;
      const plan = await newPlan(store, [{ name: 'build', roles: ['developer'] }]);
      const first = await asked(store, plan, 'developer', { phase: 'build' });
      expect(blockersIn(await complete(plan))).toEqual([`run-open:${first}`, 'phase-open:build']);
      expect(refusalOf(await complete(plan, [{ blocker: `run-open:${first}`, reason: 'never mind' }]))).toBe('not-allowed');
      await settled(store, first, 'unproven');
      const beside = await asked(store, plan, 'developer');
      await settled(store, beside, 'succeeded', 'missing');
      expect(blockersIn(await complete(plan))).toEqual([`run-unproven:${first}`, `skills-missing:${beside}`, 'phase-open:build']);
      const calledOff = await asked(store, plan, 'developer', { phase: 'build' });
      await settled(store, calledOff, 'cancelled');
      expect(blockersIn(await complete(plan))).toEqual([`run-unproven:${first}`, `skills-missing:${beside}`, 'phase-open:build']);
      await settled(store, await asked(store, plan, 'developer', { phase: 'build' }), 'succeeded');
      await settled(store, await asked(store, plan, 'developer'), 'succeeded', 'verified');
      value(await complete(plan));
    });
  });

  test('is waived anew by whoever completes the plan again', async () => {
    const { store } = suite;
    const plan = await newPlan(store);
    const { id } = await reported(store, plan);
    value(await store.roles.disposeFinding(id, { ...lead, verb: 'defer' }));
    const deferred = `finding-deferred:${id}`;
    value(await complete(plan, [{ blocker: deferred, reason: 'first' }]));
    value(await store.roles.reopenPlan(plan, 'more to do', 'operator'));
    expect((await store.roles.blockersOf(plan)).map((each) => each.id)).toEqual([deferred]);
    expect(blockersIn(await complete(plan))).toEqual([deferred]);
    suite.database.clock.jump(5);
    expect(value(await complete(plan, [{ blocker: deferred, reason: 'second' }])).waivers).toMatchObject([{ reason: 'second' }]);
    const waived = (await planEvents(store, plan)).filter(({ type }) => type === 'plan.waived').map(({ data }) => data?.['reason']);
    expect(waived).toEqual(['first', 'second']);
  });

  test('leaves everything where it is: findings move no more, and nobody is told or sent to mend', async () => {
    const { store } = suite;
    const plan = await newPlan(store);
    const [open, mended, late] = [await accepted(store, plan), await remediated(store, plan), await reported(store, plan)];
    value(await store.roles.disposeFinding(late.id, { ...lead, verb: 'defer' }));
    const waivers = (await store.roles.blockersOf(plan)).map((each) => ({ blocker: each.id, reason: 'so be it' }));
    value(await complete(plan, waivers));
    expect(refusalOf(await store.roles.disposeFinding(late.id, accepting))).toBe('wrong-state');
    expect(refusalOf(await store.roles.revalidateFinding(mended.id, passed))).toBe('wrong-state');
    expect(refusalOf(await store.roles.linkRemediation(open.id, 1, await made(store)))).toBe('wrong-state');
    const ofPlan = (each: { readonly plan: string }) => each.plan === plan;
    expect((await store.roles.findingsWithoutTask(1_000)).filter(ofPlan)).toEqual([]);
    expect((await store.roles.findingsToDeliver(1_000)).filter(ofPlan)).toEqual([]);
    value(await store.roles.reopenPlan(plan, 'more to do', 'operator'));
    expect((await store.roles.findingsWithoutTask(1_000)).filter(ofPlan).map(({ id }) => id)).toEqual([open.id]);
    expect((await store.roles.findingsToDeliver(1_000)).filter(ofPlan).map(({ id }) => id)).toEqual([mended.id]);
  });

  test('waits while its task is done, and then nothing is remediated in it', async () => {
    const { store } = suite;
    const plan = await newPlan(store);
    const finding = await accepted(store, plan);
    const task = await withTask(store, finding, false);
    value(
      await complete(
        plan,
        [`finding-not-remediated:${finding.id}`, `task-open:${task}`].map((blocker) => ({ blocker, reason: 'it is under way' })),
      ),
    );
    await finish(store, task);
    expect(await store.roles.remediateDone(1_000)).toEqual([]);
    value(await store.roles.reopenPlan(plan, 'it is done', 'operator'));
    expect((await store.roles.remediateDone(1_000)).map(({ id }) => id)).toEqual([finding.id]);
  });

  describe('at the very moment when', () => {
    /** Completes and does something else at once, on several daemons, many times; either the completion saw it, or it came too late. */
    async function race(other: (plan: string, store: Store) => Promise<Settled<unknown>>, prepare: (plan: string) => Promise<void> = async () => undefined) {
      const daemons = await severalDaemons(suite);
      const ends = new Set<string>();
      for (let round = 0; round < 12; round += 1) {
        const plan = await newPlan(suite.store);
        await prepare(plan);
        const completion = () => daemons.of(round).roles.completePlan(plan, [], 'operator');
        const meanwhile = () => other(plan, daemons.of(round + 1));
        const answers = await Promise.all((round % 2 === 0 ? [completion, meanwhile] : [meanwhile, completion]).map((begin) => begin()));
        expect(answers.filter(({ ok }) => !ok).map((refused) => refusalOf(refused))).toEqual(['wrong-state']);
        ends.add((await suite.store.roles.readPlan(plan))?.status ?? '');
      }
      await daemons.close();
      // Side by side on PostgreSQL, one may be the faster every time.
      if (suite.database.kind === 'sqlite') expect([...ends].toSorted()).toEqual(['completed', 'open']);
    }

    test('a finding is reported, one of the two comes first', () => race((plan, store) => store.roles.reportFinding(newFinding(plan))));

    test('a run is asked for, one of the two comes first', () =>
      race(
        (plan, store) => store.roles.invokeRole(newRun(plan, 'developer')),
        async (plan) => settled(suite.store, await asked(suite.store, plan, 'developer'), 'succeeded'),
      ));

    test('a finding is remediated that was waived as not mended: it is completed without, or judged by where the finding stands now', async () => {
      const daemons = await severalDaemons(suite);
      for (let round = 0; round < 12; round += 1) {
        const plan = await newPlan(suite.store);
        const { id } = await accepted(suite.store, plan);
        await withTask(suite.store, await readFinding(suite.store, id));
        const waiver = { blocker: `finding-not-remediated:${id}`, reason: 'it is under way' };
        const [completed] = await Promise.all([
          daemons.of(round).roles.completePlan(plan, [waiver], 'operator'),
          daemons.of(round + 1).roles.remediateDone(1_000),
        ]);
        expect((await readFinding(suite.store, id)).status).toBe(completed.ok ? 'accepted' : 'remediated');
      }
      await daemons.close();
    });

    test('it is completed on another daemon, it is completed once', async () => {
      const daemons = await severalDaemons(suite);
      const plan = await newPlan(suite.store);
      const answers = await Promise.all([0, 1, 2, 3].map((daemon) => daemons.of(daemon).roles.completePlan(plan, [], 'operator')));
      await daemons.close();
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect((await planEvents(suite.store, plan)).filter(({ type }) => type === 'plan.completed')).toHaveLength(1);
    });
  });
});
