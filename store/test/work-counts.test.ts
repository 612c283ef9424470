/** How much work there is, counted where it lies. */
import { expect, test } from 'vitest';
import { onBothDatabases } from './databases.ts';

onBothDatabases('the counts of work', (suite) => {
  test('are of what is there, and say nothing of what there is none of', async () => {
    const { store, database } = suite;
    expect(await store.counts.countWork()).toEqual({ plans: {}, roles: {}, runs: {}, findings: {}, skills: {}, schedules: {}, handoffs: {}, breakers: {} });
    for (const [name, status] of [
      ['nightly', 'active'],
      ['weekly', 'paused'],
      ['yearly', 'paused'],
    ])
      await database.raw(
        `insert into schedules (name, spec, target, prompt, catch_up, jitter_ms, status, reason, failures, created_by, created_at)
         values ('${name}', '{"kind":"every","ms":60000}', '{"kind":"agent","agent":"main"}', 'look', 'one', 0, '${status}', '', 0, 'operator', 1)`,
      );
    expect(await store.counts.countWork()).toMatchObject({ schedules: { active: 1, paused: 2 }, skills: {} });
    await database.raw('delete from schedules');
    await database.raw(`insert into handoff_locks (name, failures, opened_lease) values ('edge:a b', 5, 1), ('edge:a c', 4, null), ('source:a', 0, null)`);
    expect(await store.counts.countWork()).toMatchObject({ breakers: { opened: 1 }, handoffs: {} });
    await database.raw('delete from handoff_locks');
  });
});
