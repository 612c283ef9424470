/** Links: what a child waits for, no cycles, and many children or parents at once. */
import { expect, test } from 'vitest';
import { claimed, eventsOf, finish, made, statusOf, taskIn } from './board-fixtures.ts';
import { completion, newTask, proofOf } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, severalDaemons, value, type TestDatabase } from './databases.ts';

async function count(database: TestDatabase, where: string): Promise<number> {
  const [row] = await database.raw(`select count(*) as n from tasks where ${where}`);
  return Number(row?.['n']);
}

onBothDatabases('links', (suite) => {
  test('make a ready child wait, and let it go on when the last parent is done', async () => {
    const { store } = suite;
    const { board } = store;
    const [first, second, child] = [await made(store), await made(store), await made(store)];
    expect(value(await board.linkTasks(first, child, 'operator'))).toMatchObject({ id: child, status: 'todo', openParents: 1, readyAt: null });
    expect(value(await board.linkTasks(first, child, 'operator')).openParents).toBe(1);
    expect(value(await board.linkTasks(second, child, 'operator')).openParents).toBe(2);
    await finish(store, first);
    expect(await statusOf(store, child)).toBe('todo');
    await finish(store, second);
    expect(await statusOf(store, child)).toBe('ready');
    expect(await eventsOf(store, child)).toEqual([
      'task.created todo',
      'task.promoted ready',
      'task.linked ready',
      'task.demoted todo',
      'task.linked todo',
      'task.promoted ready',
    ]);
    const detail = await board.readTaskDetail(child);
    expect(detail?.parents.map(({ id, status }) => [id, status]).toSorted()).toEqual([first, second].toSorted().map((id) => [id, 'done']));
    expect((await board.readTaskDetail(first))?.children.map(({ id }) => id)).toEqual([child]);
  });

  test('taken away let the child go on', async () => {
    const { store } = suite;
    const { board } = store;
    const [parent, other] = [await made(store), await made(store)];
    const child = await made(store, { parents: [parent] });
    expect(value(await board.unlinkTasks(other, child, 'operator')).status).toBe('todo');
    expect(value(await board.unlinkTasks(parent, child, 'operator'))).toMatchObject({ status: 'ready', openParents: 0 });
    expect(await board.readTask(parent)).toMatchObject({ childCount: 0 });
    value(await board.blockTask(child, { kind: 'dependency', reason: 'first this', dependsOn: [parent], retryAfterMs: null }, 'operator'));
    expect(value(await board.unlinkTasks(parent, child, 'operator'))).toMatchObject({ status: 'ready', block: null });
  });

  test('of a block lift it when they are done; without an open parent there is no such block', async () => {
    const { store } = suite;
    const { board } = store;
    const [first, second, child] = [await made(store), await made(store), await made(store)];
    const block = { kind: 'dependency', reason: 'ladder first', dependsOn: [first, second], retryAfterMs: null } as const;
    expect(value(await board.blockTask(child, block, 'operator'))).toMatchObject({ status: 'blocked', openParents: 2, block: { kind: 'dependency' } });
    await finish(store, first);
    expect(await statusOf(store, child)).toBe('blocked');
    await finish(store, second);
    expect(await board.readTask(child)).toMatchObject({ status: 'ready', block: null });
    expect((await eventsOf(store, child)).slice(-2)).toEqual(['task.unblocked todo', 'task.promoted ready']);
    expect(refusalOf(await board.blockTask(child, { ...block, dependsOn: [] }, 'operator'))).toBe('invalid-input');
    expect(refusalOf(await board.blockTask(child, { ...block, dependsOn: [first] }, 'operator'))).toBe('invalid-input');
    expect(refusalOf(await board.blockTask(child, { ...block, dependsOn: [child] }, 'operator'))).toBe('invalid-input');
    expect(await board.readTask(child)).toMatchObject({ status: 'ready', openParents: 0 });
    expect(await board.readTask(first)).toMatchObject({ childCount: 1 });
  });

  test('never close a cycle, of two or of two hundred', async () => {
    const { store } = suite;
    const { board } = store;
    const chain = [await made(store)];
    for (let length = 1; length < 200; length += 1) chain.push(await made(store, { parents: [chain.at(-1) ?? ''] }));
    const [head = '', next = ''] = chain;
    const tail = chain.at(-1) ?? '';
    expect(refusalOf(await board.linkTasks(head, head, 'operator'))).toBe('invalid-input');
    expect(refusalOf(await board.linkTasks(next, head, 'operator'))).toBe('invalid-input');
    expect(refusalOf(await board.linkTasks(tail, head, 'operator'))).toBe('invalid-input');
    expect(refusalOf(await board.blockTask(head, { kind: 'dependency', reason: 'x', dependsOn: [tail], retryAfterMs: null }, 'operator'))).toBe(
      'invalid-input',
    );
    expect(await board.readTask(head)).toMatchObject({ status: 'ready', openParents: 0, childCount: 1 });
    value(await board.linkTasks(head, tail, 'operator'));
    expect(await board.readTask(tail)).toMatchObject({ openParents: 2 });
  });

  test('made at the same time in a ring are never all made', async () => {
    const { store } = suite;
    const daemons = await severalDaemons(suite);
    for (let round = 0; round < 10; round += 1) {
      const ring: string[] = [];
      for (let length = 0; length < 6; length += 1) ring.push(await made(store));
      // Three chains of two, and three links that would join them to a ring; no two of those share a task.
      for (const at of [0, 2, 4]) value(await store.board.linkTasks(ring[at] ?? '', ring[at + 1] ?? '', 'operator'));
      const joins = await Promise.all([0, 2, 4].map((at, index) => daemons.of(index).board.linkTasks(ring[(at + 5) % 6] ?? '', ring[at] ?? '', 'operator')));
      expect(joins.filter(({ ok }) => ok).length).toBe(2);
    }
    await daemons.close();
  });

  test('of a diamond let the last task go on once', async () => {
    const { store } = suite;
    const top = await made(store);
    const sides = [await made(store, { parents: [top] }), await made(store, { parents: [top] })];
    const bottom = await made(store, { parents: [...sides, top] });
    await finish(store, top);
    expect(await Promise.all([...sides, bottom].map((id) => statusOf(store, id)))).toEqual(['ready', 'ready', 'todo']);
    await Promise.all(sides.map((id) => finish(store, id)));
    expect(await statusOf(store, bottom)).toBe('ready');
    expect((await eventsOf(store, bottom)).filter((told) => told.startsWith('task.promoted'))).toHaveLength(1);
  });

  test('from one task to five hundred, and from five hundred to one', async () => {
    const { database, store } = suite;
    const top = await made(store);
    const label = ids.next('fan');
    const middle = await Promise.all(Array.from({ length: 500 }, () => made(store, { parents: [top], assignee: 'fan', labels: [label] })));
    const bottom = await made(store, { parents: middle });
    expect(await store.board.readTask(bottom)).toMatchObject({ status: 'todo', openParents: 500 });
    await finish(store, top);
    expect(await count(database, "assignee = 'fan' and status = 'ready'")).toBe(500);
    for (const id of middle.slice(1)) value(await store.board.unlinkTasks(id, bottom, 'operator'));
    expect(await store.board.readTask(bottom)).toMatchObject({ status: 'todo', openParents: 1 });
    await finish(store, middle[0] ?? '');
    expect(await store.board.readTask(bottom)).toMatchObject({ status: 'ready', openParents: 0 });
  });

  test('to parents that are done side by side are all counted', async () => {
    const { store } = suite;
    const parents = await Promise.all(Array.from({ length: 20 }, () => made(store)));
    const children = await Promise.all(Array.from({ length: 10 }, () => made(store, { parents })));
    await Promise.all(parents.map((id) => finish(store, id)));
    for (const id of children) expect(await store.board.readTask(id)).toMatchObject({ status: 'ready', openParents: 0 });
  });

  test('are counted exactly while children are made and their parent is done', async () => {
    const { store } = suite;
    const daemons = await severalDaemons(suite);
    for (let round = 0; round < 10; round += 1) {
      const held = await claimed(store);
      const parents = [held.task.id];
      const making = Array.from({ length: 8 }, async (_, index) => value(await daemons.of(index).board.createTask(newTask({ parents }))).task.id);
      const [, ...children] = await Promise.all([store.board.completeClaim(proofOf(held), completion), ...making]);
      for (const id of children) expect(await store.board.readTask(id)).toMatchObject({ status: 'ready', openParents: 0 });
    }
    await daemons.close();
  });

  test('hold a task that is not done on the board while others wait for it', async () => {
    const { store } = suite;
    const { board } = store;
    const parent = await made(store);
    const child = await made(store, { parents: [parent] });
    const refused = await board.archiveTask(parent, 'operator');
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'wrong-state', details: { children: [child] } } });
    value(await board.archiveTask(child, 'operator'));
    expect(value(await board.archiveTask(parent, 'operator')).status).toBe('archived');
    expect(refusalOf(await board.linkTasks(parent, await made(store), 'operator'))).toBe('wrong-state');
  });

  test('are not made to a child that runs or has ended', async () => {
    const { store } = suite;
    const parent = await made(store);
    for (const status of ['running', 'review', 'done', 'archived'] as const)
      expect(refusalOf(await store.board.linkTasks(parent, (await taskIn(store, status)).id, 'operator'))).toBe('wrong-state');
    expect(await store.board.readTask(parent)).toMatchObject({ childCount: 0 });
  });

  test('of a done task to ten thousand children move them all in one transaction', async () => {
    const { database, store } = suite;
    const top = await made(store);
    const template = await store.board.createTask(newTask({ parents: [top], assignee: 'crowd' }));
    const id = value(template).task.id;
    const columns = (await database.raw('select * from tasks limit 1')).flatMap((row) => Object.keys(row)).filter((name) => name !== 'id');
    const numbers = 'with recursive n (i) as (select 1 union all select i + 1 from n where i < 9999)';
    await database.raw(`insert into tasks (id, ${columns.join(', ')}) ${numbers} select '${id}-' || i, ${columns.join(', ')} from n, tasks where id = '${id}'`);
    await database.raw(`insert into task_links (parent, child) ${numbers} select '${top}', '${id}-' || i from n`);
    await database.raw(`update tasks set child_count = 10000 where id = '${top}'`);
    await finish(store, top);
    expect(await count(database, "assignee = 'crowd' and status = 'ready' and open_parents = 0")).toBe(10_000);
    // What was made past the store has no event of its own.
    await database.raw(`delete from task_links where child like '${id}-%'`);
    await database.raw(`delete from tasks where id like '${id}-%'`);
    await database.raw(`update tasks set child_count = 1 where id = '${top}'`);
  });
});
