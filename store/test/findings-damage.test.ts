/** Somebody changes findings and plans behind the store's back: the verification says what is not true any more. */
import { expect, test } from 'vitest';
import { onBothDatabases, value } from './databases.ts';
import { accepting, newPlan, remediated, reported } from './finding-fixtures.ts';

onBothDatabases('a database in which by hand', (suite) => {
  async function brokenBy(harm: string, mend: string): Promise<readonly string[]> {
    await suite.database.raw(harm);
    const broken = (await suite.store.verify()).filter(({ ok }) => !ok).map(({ subject }) => subject);
    await suite.database.raw(mend);
    return broken;
  }

  async function closed(): Promise<string> {
    const { id } = await remediated(suite.store, await newPlan(suite.store));
    value(await suite.store.roles.revalidateFinding(id, { role: 'validator', passed: true, text: 'fine', actor: 'role:x/validator' }));
    return id;
  }

  test('a verdict was taken from a closed finding', async () => {
    const of = `where finding = '${await closed()}'`;
    const broken = await brokenBy(`update finding_revalidations set verdict = 'pending' ${of}`, `update finding_revalidations set verdict = 'passed' ${of}`);
    expect(broken).toEqual(['closed findings']);
  });

  test('whoever mended a finding is the only one who looked again', async () => {
    const of = `where id = '${await closed()}'`;
    expect(await brokenBy(`update findings set assign_to = 'validator' ${of}`, `update findings set assign_to = 'developer' ${of}`)).toEqual([
      'closed findings',
    ]);
  });

  test('a step was taken out of a history', async () => {
    const of = `where finding = '${await closed()}'`;
    const broken = await brokenBy(`update finding_steps set ordinal = 9 ${of} and ordinal = 2`, `update finding_steps set ordinal = 2 ${of} and ordinal = 9`);
    expect(broken).toEqual(['steps of findings']);
  });

  test('a finding skipped a round', async () => {
    const of = `where finding = '${await closed()}' and ordinal = 2`;
    expect(await brokenBy(`update finding_steps set verb = 'ask' ${of}`, `update finding_steps set verb = 'accept' ${of}`)).toEqual(['rounds of findings']);
  });

  test('a second task was made in a round, or the task was not done', async () => {
    const id = await closed();
    const of = `where finding = '${id}' and ordinal = 5`;
    expect(await brokenBy(`update finding_steps set verb = 'assign' ${of}`, `update finding_steps set verb = 'pass' ${of}`)).toEqual(['tasks of findings']);
    const task = (await suite.store.roles.readFinding(id))?.task ?? '';
    expect(await brokenBy(`update findings set task = null where id = '${id}'`, `update findings set task = '${task}' where id = '${id}'`)).toEqual([
      'tasks of findings',
    ]);
  });

  test('a plan was completed with findings nobody decided about, and one that was put off and not waived', async () => {
    const { store } = suite;
    const plan = await newPlan(store);
    const { id } = await reported(store, plan);
    const [complete, open] = [
      `update plans set status = 'completed', completed_at = 5, completed_by = 'x' where id = '${plan}'`,
      `update plans set status = 'open', completed_at = null, completed_by = null where id = '${plan}'`,
    ];
    expect(await brokenBy(complete, open)).toContain('completed plans');
    value(await store.roles.disposeFinding(id, { ...accepting, verb: 'defer', text: 'later' }));
    expect(await brokenBy(complete, open)).toContain('completed plans');
    await suite.database.raw(`insert into plan_waivers values ('${plan}', 'finding-deferred:${id}', 'so', 'operator', 5)`);
    expect(await brokenBy(complete, open)).not.toContain('completed plans');
  });
});
