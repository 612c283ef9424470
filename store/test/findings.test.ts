/** Findings from report to closing, on both databases. */
import { formatSessionKey } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import { made } from './board-fixtures.ts';
import { ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { accepted, accepting, asked, newFinding, newPlan, planEvents, readFinding, remediated, reported, settled, withTask } from './finding-fixtures.ts';

const because = (verb: 'reject' | 'defer' | 'ask') => ({ ...accepting, verb, text: 'for a reason' });
const verdict = (role: string, passed: boolean) => ({ role, passed, text: 'I looked', actor: `role:x/${role}` });

onBothDatabases('findings', (suite) => {
  describe('a report', () => {
    test('is kept with everything it says, and told in the journal of its plan', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const given = newFinding(plan, { turnId: ids.next('turn'), callId: 'c1' });
      const { actor, callId, ...same } = given;
      const found = value(await store.roles.reportFinding(given));
      expect(callId).toBe('c1');
      expect(found).toMatchObject({ ...same, status: 'reported', round: 0, task: null, assignTo: null, revalidation: [], step: 1 });
      expect(found.history).toEqual([{ at: found.reportedAt, by: actor, verb: 'report', text: '' }]);
      expect((await planEvents(store, plan)).at(-1)).toMatchObject({
        type: 'finding.reported',
        actor,
        data: { finding: given.id, status: 'reported', severity: 'high' },
      });
    });

    test('that the same call makes again, even at the same time, is one finding', async () => {
      const { store } = suite;
      const daemons = await severalDaemons(suite);
      const plan = await newPlan(store);
      const call = { turnId: ids.next('turn'), callId: 'c1' };
      const answers = await Promise.all(Array.from({ length: 9 }, (_, index) => daemons.of(index).roles.reportFinding(newFinding(plan, call))));
      await daemons.close();
      expect(new Set(answers.map((answer) => value(answer).id)).size).toBe(1);
      expect(await store.roles.listFindings({ plan, limit: 10 })).toHaveLength(1);
      await reported(store, plan, { ...call, callId: 'c2' });
      await reported(store, plan);
      await reported(store, plan);
      expect(await store.roles.listFindings({ plan, limit: 10 })).toHaveLength(4);
    });

    test('is refused when its turn has reported fifty, and the same call still finds its own', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const turnId = ids.next('turn');
      for (let call = 0; call < 50; call += 1) await reported(store, plan, { turnId, callId: `call_${call}` });
      expect(await store.roles.reportFinding(newFinding(plan, { turnId, callId: 'call_50' }))).toMatchObject({ refusal: { code: 'limit-reached' } });
      expect(await store.roles.reportFinding(newFinding(plan, { turnId, callId: 'call_0' }))).toMatchObject({ ok: true });
      expect(await store.roles.reportFinding(newFinding(plan, { turnId: ids.next('turn'), callId: 'call_0' }))).toMatchObject({ ok: true });
    });

    test('is refused for a plan that is not there or is completed, but a repeated one is still found', async () => {
      const { store } = suite;
      expect(refusalOf(await store.roles.reportFinding(newFinding('nowhere')))).toBe('not-found');
      const plan = await newPlan(store);
      const call = { turnId: ids.next('turn'), callId: 'c1' };
      const { id } = await reported(store, plan, call);
      value(await store.roles.disposeFinding(id, because('reject')));
      value(await store.roles.completePlan(plan, [], 'operator'));
      expect(refusalOf(await store.roles.reportFinding(newFinding(plan)))).toBe('wrong-state');
      expect((await reported(store, plan, call)).id).toBe(id);
    });
  });

  describe('a decision', () => {
    test('is made by the table and written down with who made it and why', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const { id } = await reported(store, plan);
      value(await store.roles.disposeFinding(id, { ...because('ask'), text: 'with which file?' }));
      expect(refusalOf(await store.roles.disposeFinding(id, because('ask')))).toBe('wrong-state');
      value(await store.roles.answerFinding(id, 'with an empty one', 'role:x/validator'));
      expect(refusalOf(await store.roles.answerFinding(id, 'again', 'role:x/validator'))).toBe('wrong-state');
      value(await store.roles.disposeFinding(id, because('defer')));
      const taken = value(await store.roles.disposeFinding(id, { ...accepting, text: 'now', assignTo: 'release', revalidateBy: ['validator', 'planner'] }));
      expect(taken).toMatchObject({ status: 'accepted', assignTo: 'release', round: 1, accepted: { by: accepting.actor, provenance: accepting.provenance } });
      expect(taken.revalidation).toEqual([
        { role: 'planner', verdict: 'pending', at: null },
        { role: 'validator', verdict: 'pending', at: null },
      ]);
      expect(taken.history.map(({ by, verb, text }) => [by, verb, text])).toEqual([
        ['role:x/validator', 'report', ''],
        ['role:x/lead', 'ask', 'with which file?'],
        ['role:x/validator', 'answer', 'with an empty one'],
        ['role:x/lead', 'defer', 'for a reason'],
        ['role:x/lead', 'accept', 'now'],
      ]);
      const told = (await planEvents(store, plan)).map(({ type }) => type);
      expect(told).toEqual(['plan.created', 'finding.reported', 'finding.asked', 'finding.answered', 'finding.disposed', 'finding.disposed']);
    });

    test('to reject is final, and one without a reason changes nothing', async () => {
      const { store } = suite;
      const { id } = await reported(store, await newPlan(store));
      expect(refusalOf(await store.roles.disposeFinding(id, { ...because('reject'), text: '' }))).toBe('invalid-input');
      expect((await readFinding(store, id)).history).toHaveLength(1);
      value(await store.roles.disposeFinding(id, because('reject')));
      for (const again of [accepting, because('defer'), because('ask')]) expect(refusalOf(await store.roles.disposeFinding(id, again))).toBe('wrong-state');
      expect(refusalOf(await store.roles.disposeFinding('find_none', accepting))).toBe('not-found');
    });

    test('of several made at the same time is one', async () => {
      const { store } = suite;
      const daemons = await severalDaemons(suite);
      const { id } = await reported(store, await newPlan(store));
      const verbs = [accepting, because('reject'), accepting, because('reject'), accepting];
      const answers = await Promise.all(verbs.map((verb, index) => daemons.of(index).roles.disposeFinding(id, verb)));
      await daemons.close();
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await readFinding(store, id)).toMatchObject({ step: 2, history: { length: 2 } });
    });
  });

  describe('an accepted finding', () => {
    test('waits for a task, gets one, and no other in that round', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const { id } = await accepted(store, plan);
      const waiting = async () => (await store.roles.findingsWithoutTask(1_000)).filter((each) => each.plan === plan).map((each) => each.id);
      expect(await waiting()).toEqual([id]);
      const task = await made(store);
      expect(refusalOf(await store.roles.linkRemediation(id, 2, task))).toBe('wrong-state');
      expect(refusalOf(await store.roles.linkRemediation(id, 1, 'task_none'))).toBe('not-found');
      value(await store.roles.linkRemediation(id, 1, task));
      expect(value(await store.roles.linkRemediation(id, 1, task))).toMatchObject({ task, history: { length: 3 } });
      expect(refusalOf(await store.roles.linkRemediation(id, 1, await made(store)))).toBe('wrong-state');
      expect(await waiting()).toEqual([]);
    });

    test('is remediated when its task is done, archived since or not, and by nothing else', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const [open, done, put] = [await accepted(store, plan), await accepted(store, plan), await accepted(store, plan)];
      await withTask(store, open, false);
      await withTask(store, done);
      value(await store.board.archiveTask(await withTask(store, put), 'operator'));
      const moved = (await store.roles.remediateDone(1_000)).filter((each) => each.plan === plan);
      expect(moved.map(({ id, status }) => [id, status])).toEqual([done.id, put.id].toSorted().map((id) => [id, 'remediated']));
      expect((await readFinding(store, open.id)).status).toBe('accepted');
      expect((await store.roles.remediateDone(1_000)).filter((each) => each.plan === plan)).toEqual([]);
    });

    test('is for the Lead again when its task was archived undone', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const { id } = await accepted(store, plan);
      value(await store.board.archiveTask(await withTask(store, await readFinding(store, id), false), 'operator'));
      expect((await store.roles.remediateDone(1_000)).map((each) => [each.id, each.status, each.task])).toEqual([[id, 'reported', null]]);
      expect(await toldOf(plan)).toEqual([id]);
      expect(value(await store.roles.disposeFinding(id, accepting))).toMatchObject({ status: 'accepted', round: 2, task: null });
    });
  });

  describe('a remediated finding', () => {
    test('is closed when everybody who must look again has passed it', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const { id } = await remediated(store, plan, ['validator', 'release']);
      expect(refusalOf(await store.roles.revalidateFinding(id, verdict('planner', true)))).toBe('not-allowed');
      expect(value(await store.roles.revalidateFinding(id, verdict('release', true))).status).toBe('remediated');
      expect(refusalOf(await store.roles.revalidateFinding(id, verdict('release', true)))).toBe('wrong-state');
      const closed = value(await store.roles.revalidateFinding(id, verdict('validator', true)));
      expect(closed.status).toBe('closed');
      expect(closed.history.map(({ verb }) => verb)).toEqual(['report', 'accept', 'assign', 'remediate', 'pass', 'pass']);
      expect((await planEvents(store, plan)).slice(-2).map(({ type }) => type)).toEqual(['finding.revalidated', 'finding.closed']);
    });

    test('that fails is mended in a new round by a new task, and all look again', async () => {
      const { store } = suite;
      const { id } = await remediated(store, await newPlan(store), ['validator', 'release']);
      value(await store.roles.revalidateFinding(id, verdict('release', true)));
      const failed = value(await store.roles.revalidateFinding(id, verdict('validator', false)));
      expect(failed).toMatchObject({ status: 'accepted', round: 2, task: null });
      expect(failed.revalidation.map(({ role, verdict: said }) => [role, said])).toEqual([
        ['release', 'pending'],
        ['validator', 'pending'],
      ]);
      const kept = await suite.database.raw(`select round, role, verdict from finding_revalidations where finding = '${id}' and round = 1 order by role`);
      expect(kept.map(({ role, verdict: said }) => [role, said])).toEqual([
        ['release', 'passed'],
        ['validator', 'failed'],
      ]);
      await withTask(store, failed);
      await store.roles.remediateDone(1_000);
      value(await store.roles.revalidateFinding(id, verdict('validator', true)));
      expect(value(await store.roles.revalidateFinding(id, verdict('release', true))).status).toBe('closed');
    });

    test('of which two say at the same time that it is mended is closed once', async () => {
      const { store } = suite;
      const daemons = await severalDaemons(suite);
      const plan = await newPlan(store);
      const { id } = await remediated(store, plan, ['validator', 'release', 'planner']);
      const roles = ['validator', 'release', 'planner', 'validator'];
      const answers = await Promise.all(roles.map((role, index) => daemons.of(index).roles.revalidateFinding(id, verdict(role, true))));
      await daemons.close();
      expect(answers.filter(({ ok }) => ok)).toHaveLength(3);
      expect((await readFinding(store, id)).status).toBe('closed');
      expect((await planEvents(store, plan)).filter(({ type }) => type === 'finding.closed')).toHaveLength(1);
    });
  });

  async function toldOf(plan: string): Promise<readonly string[]> {
    return (await suite.store.roles.findingsToDeliver(1_000)).filter((each) => each.plan === plan).map(({ id }) => id);
  }

  describe('the Lead', () => {
    test('is told of what a run reported when the run is over, and of what was reported without one at once', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const run = await asked(store, plan, 'validator');
      const [first, second] = [await reported(store, plan, { run }), await reported(store, plan, { run })];
      const own = await reported(store, plan, { reportedBy: 'operator' });
      expect(await toldOf(plan)).toEqual([own.id]);
      await settled(store, run, 'succeeded');
      expect(await toldOf(plan)).toEqual([first.id, second.id, own.id]);
      await store.roles.markDelivered([first, own], 'turn_1');
      await store.roles.markDelivered([first, own], 'turn_1');
      expect(await toldOf(plan)).toEqual([second.id]);
      expect((await planEvents(store, plan)).filter(({ type }) => type === 'finding.delivered')).toHaveLength(2);
    });

    test('is told of its findings though another plan has more than are looked at in one go, or a Lead that is retired', async () => {
      const { store } = suite;
      const [loud, closed, quiet] = [await newPlan(store), await newPlan(store), await newPlan(store)];
      await store.roles.openRole(
        { plan: closed, role: 'lead', sessionKey: formatSessionKey({ kind: 'role', plan: closed, role: 'lead' }), agent: 'main' },
        'operator',
      );
      value(await store.roles.retireRole(closed, 'lead', { reason: 'done', brief: '', actor: 'operator', stopRunning: false }));
      for (let index = 0; index < 20; index += 1) await reported(store, loud);
      await reported(store, closed);
      const { id } = await reported(store, quiet);
      expect(await toldOf(closed)).toEqual([]);
      const plans = new Set((await store.roles.findingsToDeliver(1_000)).map(({ plan }) => plan));
      expect((await store.roles.findingsToDeliver(plans.size)).map((each) => each.id)).toContain(id);
      value(await store.roles.reopenRole(closed, 'lead', { reason: 'again', actor: 'operator' }));
      expect(await toldOf(closed)).toHaveLength(1);
    });

    test('is told anew when a question was answered, and when it is mended, but not of each who passed it', async () => {
      const { store } = suite;
      const plan = await newPlan(store);
      const { id } = await reported(store, plan);
      const tell = async () => store.roles.markDelivered([await readFinding(store, id)], 'turn_1');
      const before = await readFinding(store, id);
      value(await store.roles.disposeFinding(id, because('ask')));
      expect(await toldOf(plan)).toEqual([]);
      value(await store.roles.answerFinding(id, 'so', 'role:x/validator'));
      // The Lead was told late of what it had asked about since: that is not the answer.
      await store.roles.markDelivered([before], 'turn_0');
      expect(await toldOf(plan)).toEqual([id]);
      await tell();
      const mending = value(await store.roles.disposeFinding(id, { ...accepting, revalidateBy: ['validator', 'release'] }));
      await withTask(store, mending);
      expect(await toldOf(plan)).toEqual([]);
      await store.roles.remediateDone(1_000);
      expect(await toldOf(plan)).toEqual([id]);
      await tell();
      value(await store.roles.revalidateFinding(id, verdict('validator', true)));
      expect(await toldOf(plan)).toEqual([]);
    });
  });
});
