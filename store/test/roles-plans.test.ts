/** Plans: exactly one for exactly one id, with every packet they ever had. */
import { sha256 } from '@guildhall/kernel';
import { expect, test } from 'vitest';
import { onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { answerNext, eventsOf, keyOf, newPlan, newRun, openedRole, roleOf } from './role-fixtures.ts';

onBothDatabases('plans', (suite) => {
  test('are made once, however often and by whomever they are asked for', async () => {
    const daemons = await severalDaemons(suite);
    const plan = newPlan();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => daemons.of(index).roles.createPlan({ ...plan, title: `Title ${index}` })));
    const made = answers.map(value);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
    const winner = made.find(({ created }) => created);
    for (const answer of made) expect(answer.plan).toEqual(winner?.plan);
    expect((await eventsOf(suite.store, plan.id)).map(({ type }) => type)).toEqual(['plan.created']);
    await daemons.close();
  });

  test('are told apart by every character of their id', async () => {
    const { store } = suite;
    const ids = ['A/B', 'a b', 'A b', 'A%2FB', 'A:B', 'a_b', 'Ａ/Ｂ', 'café', 'cafe\u0301'];
    for (const id of ids) value(await store.roles.createPlan(newPlan({ id, packet: `packet of ${id}` })));
    const opened = [];
    for (const id of ids) opened.push(value(await store.roles.openRole(roleOf(id), 'operator')));
    expect(opened.map(({ created }) => created)).toEqual(ids.map(() => true));
    expect(new Set(opened.map(({ session }) => session.sessionKey)).size).toBe(ids.length);
    for (const id of ids) {
      expect(await store.roles.readPlan(id)).toMatchObject({ id, packet: `packet of ${id}` });
      value(await store.roles.invokeRole(newRun({ plan: id, role: 'developer' }, { task: `work of ${id}` })));
      await answerNext(store, keyOf(id, 'developer'), `answer of ${id}`);
    }
    for (const id of ids) {
      const entries = await store.sessions.readEntries(keyOf(id, 'developer'), { limit: 10 });
      expect(entries.map(({ body }) => ('text' in body ? body.text : ''))).toEqual(['write the parser', `answer of ${id}`]);
      expect((await store.roles.listRuns({ plan: id, limit: 10 })).map(({ task }) => task)).toEqual([`work of ${id}`]);
    }
  });

  test('keep every packet as a revision with its hash, and make none when nothing changed', async () => {
    const { store } = suite;
    const plan = newPlan({ packet: 'one' });
    value(await store.roles.createPlan(plan));
    value(await store.roles.changePlan(plan.id, { packet: 'two' }, 'operator'));
    const same = value(await store.roles.changePlan(plan.id, { packet: 'two', title: plan.title }, 'operator'));
    expect(same).toMatchObject({ packet: 'two', packetRev: 2 });
    const phases = [{ name: 'build', roles: ['developer'] }];
    expect(value(await store.roles.changePlan(plan.id, { goal: 'a lexer', phases }, 'agent:lead'))).toMatchObject({ goal: 'a lexer', phases, packetRev: 2 });
    expect((await store.roles.readPackets(plan.id)).map(({ rev, text, sha256: hash, by: who }) => ({ rev, text, hash, who }))).toEqual([
      { rev: 1, text: 'one', hash: sha256('one'), who: 'operator' },
      { rev: 2, text: 'two', hash: sha256('two'), who: 'operator' },
    ]);
    expect((await eventsOf(store, plan.id)).map(({ type, data }) => [type, data?.['changed']])).toEqual([
      ['plan.created', undefined],
      ['plan.changed', ['packet']],
      ['plan.changed', ['goal', 'phases']],
    ]);
  });

  test('do not change once completed, and go on when opened again', async () => {
    const { store } = suite;
    const plan = newPlan();
    value(await store.roles.createPlan(plan));
    value(await store.roles.completePlan(plan.id, [], 'operator'));
    expect(refusalOf(await store.roles.changePlan(plan.id, { title: 'other' }, 'operator'))).toBe('wrong-state');
    expect(refusalOf(await store.roles.openRole(roleOf(plan.id), 'operator'))).toBe('wrong-state');
    const reopened = value(await store.roles.reopenPlan(plan.id, 'one more mistake', 'operator'));
    expect(reopened).toMatchObject({ status: 'open', completedAt: null, completedBy: null });
    expect(refusalOf(await store.roles.reopenPlan(plan.id, 'again', 'operator'))).toBe('wrong-state');
    expect(refusalOf(await store.roles.reopenPlan('no such plan', 'again', 'operator'))).toBe('not-found');
    expect(value(await store.roles.changePlan(plan.id, { title: 'other' }, 'operator')).title).toBe('other');
  });

  test('are listed newest first, in pages', async () => {
    const { store } = suite;
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.push(value(await store.roles.createPlan(newPlan())).plan.id);
    value(await store.roles.completePlan(made[1] ?? '', [], 'operator'));
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await store.roles.listPlans({ limit: 2, ...(after === undefined ? {} : { after }) });
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id;
      if (after === undefined) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => made.includes(id))).toHaveLength(5);
    const open = await store.roles.listPlans({ status: 'open', limit: 1_000 });
    expect(open.some(({ id }) => id === made[1])).toBe(false);
  });

  test('cost what the turns of their runs did', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    for (const ownSession of [false, true]) {
      const run = newRun(role, { ownSession });
      value(await store.roles.invokeRole(run));
      await answerNext(store, run.turn?.sessionKey ?? '');
    }
    expect((await store.roles.readPlan(role.plan))?.costMicroUsd).toBe(600);
    const sums = await store.sessions.sumCosts('plan');
    expect(sums.find(({ key }) => key === role.plan)).toEqual({
      key: role.plan,
      turns: 2,
      costMicroUsd: 600,
      inputTokens: 200,
      outputTokens: 40,
      unpricedSteps: 0,
    });
  });
});
