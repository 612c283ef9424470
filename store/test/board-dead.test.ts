/** Tasks nothing will ever move: each made by hand, past the store, and found with its reason. */
import { expect, test } from 'vitest';
import { taskStatuses } from '@guildhall/protocol';
import { made, taskIn } from './board-fixtures.ts';
import { expectSound, onBothDatabases, value } from './databases.ts';

const damages: readonly {
  readonly name: string;
  readonly status: (typeof taskStatuses)[number];
  readonly sql: (id: string) => string;
  readonly why: RegExp;
}[] = [
  {
    name: 'running without a lease',
    status: 'running',
    sql: (id) => `update leases set holder = null, expires_at = 0 where name = 'claim:${id}'`,
    why: /no claim on it lives/,
  },
  {
    name: 'running for a run that ended',
    status: 'running',
    sql: (id) => `update runs set ended_at = 1, outcome = 'crashed' where task = '${id}'`,
    why: /no claim on it lives/,
  },
  {
    name: 'running under another epoch',
    status: 'running',
    sql: (id) => `update leases set epoch = epoch + 1 where name = 'claim:${id}'`,
    why: /no claim on it lives/,
  },
  {
    name: 'todo without an open parent',
    status: 'todo',
    sql: (id) => `update tasks set was_done = 1 where id in (select parent from task_links where child = '${id}')`,
    why: /no task that is open/,
  },
  {
    name: 'todo behind an archived parent',
    status: 'todo',
    sql: (id) => `update tasks set status = 'archived', ended_at = 1, ready_at = null where id in (select parent from task_links where child = '${id}')`,
    why: /archived without being done/,
  },
  { name: 'scheduled for no time', status: 'scheduled', sql: (id) => `update tasks set wake_at = null where id = '${id}'`, why: /scheduled, but for no time/ },
  { name: 'blocked by nothing', status: 'blocked', sql: (id) => `update tasks set block_kind = null where id = '${id}'`, why: /nothing says by what/ },
  {
    name: 'blocked for a dependency it has not',
    status: 'blocked',
    sql: (id) => `update tasks set block_kind = 'dependency' where id = '${id}'`,
    why: /waits for none that is open/,
  },
  {
    name: 'blocked for a while without end',
    status: 'blocked',
    sql: (id) => `update tasks set block_kind = 'transient' where id = '${id}'`,
    why: /until when/,
  },
  { name: 'reviewed by nobody', status: 'review', sql: (id) => `update tasks set reviewer = '' where id = '${id}'`, why: /nobody is named/ },
];

onBothDatabases('dead tasks', (suite) => {
  test('are none as long as the store does everything', async () => {
    const { store } = suite;
    for (const status of taskStatuses) await taskIn(store, status);
    const parent = await made(store);
    const child = await made(store);
    value(await store.board.blockTask(child, { kind: 'dependency', reason: 'x', dependsOn: [parent], retryAfterMs: null }, 'operator'));
    value(await store.board.blockTask(await made(store), { kind: 'transient', reason: 'x', dependsOn: [], retryAfterMs: 1_000 }, 'operator'));
    await made(store, { assignee: 'nobody-of-that-name' });
    expect(await store.board.deadTasks(10)).toEqual([]);
  });

  for (const { name, status, sql, why } of damages)
    test(`are found when ${name}`, async () => {
      const { database, store } = suite;
      const task = await taskIn(store, status);
      const saved = await snapshot(task.id);
      await database.raw(sql(task.id));
      const dead = await store.board.deadTasks(10);
      expect(dead.map((each) => each.task.id)).toEqual([task.id]);
      expect(dead[0]?.why).toMatch(why);
      await saved.putBack();
      expect(await store.board.deadTasks(10)).toEqual([]);
      await expectSound(store);
    });

  test('are not those whose lease lapsed a moment ago; they are when nobody takes them back', async () => {
    const { database, store } = suite;
    const { id } = await taskIn(store, 'running');
    await database.advance(60_500);
    const soon = await store.board.deadTasks(10);
    await database.advance(20_000);
    const later = await store.board.deadTasks(100);
    expect([soon.some(({ task }) => task.id === id), later.some(({ task }) => task.id === id)]).toEqual([false, true]);
    await store.board.reclaimLapsed(100);
    expect(await store.board.deadTasks(10)).toEqual([]);
  });

  /** What a damage touches: the task, its parents, its lease and its runs. */
  async function snapshot(id: string) {
    const { database } = suite;
    const tables = [
      ['tasks', 'id', `id = '${id}' or id in (select parent from task_links where child = '${id}')`],
      ['leases', 'name', `name = 'claim:${id}'`],
      ['runs', 'id', `task = '${id}'`],
    ] as const;
    const saved: { table: string; key: string; rows: readonly Record<string, unknown>[] }[] = [];
    for (const [table, key, where] of tables) saved.push({ table, key, rows: await database.raw(`select * from ${table} where ${where}`) });
    return {
      async putBack() {
        for (const { table, key, rows } of saved)
          for (const row of rows) {
            const columns = Object.entries(row).map(([name, content]) => `${name} = ${literal(content)}`);
            await database.raw(`update ${table} set ${columns.join(', ')} where ${key} = ${literal(row[key])}`);
          }
      },
    };
  }
});

function literal(content: unknown): string {
  if (content === null) return 'null';
  return typeof content === 'number' || typeof content === 'bigint' ? String(content) : `'${String(content).replaceAll("'", "''")}'`;
}
