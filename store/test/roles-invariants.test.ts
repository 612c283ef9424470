/** What breaks a rule of plans and roles is found by the check of the database, by name. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { foundAfter } from './broken-rows.ts';
import { ids, sqliteDatabase, value } from './databases.ts';
import { answerNext, by, newRun, openedRole, retiring, succeeded } from './role-fixtures.ts';

const database = sqliteDatabase();
let store: Store;

beforeAll(async () => {
  store = await database.open();
  const role = await openedRole(store);
  const runs = [newRun(role), newRun(role), newRun(role)];
  for (const run of runs.slice(0, 2)) {
    value(await store.roles.invokeRole(run));
    await answerNext(store, role.sessionKey);
  }
  const artifacts = [{ id: ids.next('art'), path: 'a', sha256: 'x', bytes: 1, mediaType: 'text/plain', content: 'YQ==' }];
  value(await store.roles.settleRun(runs[0]?.id ?? '', { ...succeeded, artifacts }));
  value(await store.roles.rotateRole(role.plan, role.role, { ...by, brief: 'so far' }));
  value(await store.roles.invokeRole(newRun(role)));
  const other = await openedRole(store);
  value(await store.roles.retireRole(other.plan, other.role, retiring));
});

afterAll(() => database.dispose());

const breaks = [
  ['packets', 'update plans set packet_rev = 2'],
  ['completed by', "update plans set completed_by = 'operator'"],
  ['incarnations', 'update role_sessions set incarnation = incarnation + 1'],
  ['incarnations', "update role_sessions set status = 'open'"],
  ['incarnations', 'update role_incarnations set retired_at = null, retired_by = null, retired_reason = null'],
  ['incarnations', 'update role_incarnations set number = number + 1 where number = 2'],
  ['bounds of incarnations', 'update role_incarnations set after_seq = 1000'],
  ['bounds of incarnations', 'update role_incarnations set after_turn = 5 where number = 1'],
  ['sessions of roles', "update role_sessions set session_key = session_key || 'x'"],
  ['retired roles', "update role_sessions set status = 'retired'"],
  ['role runs', "update role_runs set status = 'running' where status = 'queued'"],
  ['role runs', "update role_runs set status = 'queued' where status = 'running'"],
  ['role runs', "update role_runs set status = 'finished', outcome = 'succeeded', ended_at = 1 where status = 'queued'"],
  ['role runs', "update role_runs set outcome = 'failed' where status <> 'finished'"],
  ['turns of role runs', "update role_runs set session_key = 'agent:coder:main'"],
  ['turns of role runs', 'update role_runs set incarnation = 9'],
  ['artifacts', "update artifacts set compliance = 'verified'"],
  ['artifacts', "update artifacts set sha256 = 'not there'"],
  ['events of roles', 'delete from artifacts'],
  ['events of roles', "delete from events where type = 'role.rotated'"],
] as const;

test('nothing is wrong with what was not touched', async () => {
  expect((await store.verify()).filter(({ ok }) => !ok)).toEqual([]);
});

test.each(breaks)('"%s" finds: %s', async (name, statement) => {
  const tables = ['plans', 'role_sessions', 'role_incarnations', 'role_runs', 'artifacts', 'events'];
  expect(await foundAfter(database, store, tables, statement)).toContain(name);
});
