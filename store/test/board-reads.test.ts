/** Reading a board: pages, columns, counts, lanes with their work. */
import { taskStatuses } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { claimed, made, taskIn } from './board-fixtures.ts';
import { claim, newLane, newName, newTask } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, value } from './databases.ts';

type Query = Parameters<Store['board']['listTasks']>[0];

async function newBoard({ board }: Store): Promise<string> {
  return value(await board.createBoard({ name: newName('board'), title: 'Board', archiveDoneAfterDays: null }, 'operator')).name;
}

/** All pages of a list, one after the other. */
async function allPages(store: Store, query: Query): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ;) {
    const page = value(await store.board.listTasks({ ...query, ...(after === undefined ? {} : { after }) }));
    expect(page.tasks.length).toBeLessThanOrEqual(query.limit);
    found.push(...page.tasks.map(({ id }) => id));
    if (page.next === null) return found;
    after = page.next;
  }
}

onBothDatabases('a board', (suite) => {
  test('lists its tasks in pages, newest first, each once', async () => {
    const { store } = suite;
    const board = await newBoard(store);
    const all: string[] = [];
    for (let index = 0; index < 25; index += 1) all.push(await made(store, { board, triage: index % 3 === 0, assignee: index % 2 === 0 ? 'even' : 'odd' }));
    const newest = all.toReversed();
    for (const limit of [1, 7, 25, 100]) expect(await allPages(store, { board, limit })).toEqual(newest);
    const ready = newest.filter((_, index) => (24 - index) % 3 !== 0);
    expect(await allPages(store, { board, status: 'ready', limit: 4 })).toEqual(ready);
    expect(await allPages(store, { board, assignee: 'even', limit: 4 })).toEqual(newest.filter((_, index) => index % 2 === 0));
    expect(await allPages(store, { board, status: 'ready', assignee: 'odd', limit: 4 })).toEqual(ready.filter((id) => all.indexOf(id) % 2 === 1));
    expect(await allPages(store, { board, status: 'blocked', limit: 4 })).toEqual([]);
    expect(refusalOf(await store.board.listTasks({ board: 'none', limit: 1 }))).toBe('not-found');
  });

  test('finds tasks by label and by the words of the title, also after they changed', async () => {
    const { store } = suite;
    const board = await newBoard(store);
    const apples = await made(store, { board, title: 'Count the Äpfel', labels: ['fruit', 'garden'] });
    const pears = await made(store, { board, title: 'Count the pears', labels: ['fruit'] });
    const find = (query: Partial<Query>) => allPages(store, { board, limit: 1, ...query });
    expect(await find({ label: 'fruit' })).toEqual([pears, apples]);
    expect(await find({ label: 'garden' })).toEqual([apples]);
    expect(await find({ q: 'count' })).toEqual([pears, apples]);
    expect(await find({ q: 'apfel COUNT' })).toEqual([apples]);
    expect(await find({ q: 'count', label: 'garden', status: 'ready' })).toEqual([apples]);
    expect(await find({ q: 'count', status: 'done' })).toEqual([]);
    expect(await find({ q: 'coun' })).toEqual([]);
    expect(await find({ q: '!!' })).toEqual([]);
    value(await store.board.changeTask(apples, { title: 'Weigh them', labels: ['kitchen'] }, 'operator'));
    expect([await find({ label: 'garden' }), await find({ q: 'count' }), await find({ label: 'kitchen', q: 'weigh' })]).toEqual([[], [pears], [apples]]);
  });

  test('lists what is archived only when that is asked for', async () => {
    const { store } = suite;
    const board = await newBoard(store);
    const id = await made(store, { board, labels: ['old'] });
    value(await store.board.archiveTask(id, 'operator'));
    expect(await allPages(store, { board, limit: 5 })).toEqual([]);
    expect(await allPages(store, { board, label: 'old', limit: 5 })).toEqual([]);
    expect(await allPages(store, { board, status: 'archived', limit: 5 })).toEqual([id]);
    expect(await allPages(store, { board, label: 'old', status: 'archived', limit: 5 })).toEqual([id]);
  });

  test('shows its columns with the first cards, and counts no further than it is told', async () => {
    const { store } = suite;
    const board = await newBoard(store);
    const made12: string[] = [];
    for (let index = 0; index < 12; index += 1) made12.push(await made(store, { board, priority: index % 4 }));
    const triage = [await made(store, { board, triage: true }), await made(store, { board, triage: true })];
    const { columns, board: shown } = value(await store.board.readColumns(board, 3, 10));
    expect(shown.name).toBe(board);
    expect(columns.map(({ status }) => status)).toEqual(taskStatuses);
    const column = (status: string) => columns.find((each) => each.status === status);
    expect(column('ready')).toMatchObject({ count: 10, more: true });
    expect(column('ready')?.tasks.map(({ id }) => id)).toEqual([made12[3], made12[7], made12[11]]);
    expect(column('triage')).toMatchObject({ count: 2, more: false });
    expect(column('triage')?.tasks.map(({ id }) => id)).toEqual(triage.toReversed());
    expect(column('done')).toMatchObject({ count: 0, more: false, tasks: [] });
    expect(refusalOf(await store.board.readColumns('none', 3, 10))).toBe('not-found');
    expect((await store.board.listBoards()).map(({ name }) => name)).toEqual(expect.arrayContaining(['default', board]));
  });

  test('counts its tasks in every status, up to a bound', async () => {
    const { store } = suite;
    const before = await store.board.countTasks(1_000);
    for (const status of taskStatuses) await taskIn(store, status);
    const after = await store.board.countTasks(1_000);
    for (const status of taskStatuses) expect(after[status]).toBeGreaterThan(before[status]);
    expect(Object.values(await store.board.countTasks(1))).toEqual(taskStatuses.map(() => 1));
  });

  test('tells of lanes what they hold by live leases, and what is ready for them', async () => {
    const { database, store } = suite;
    const lane = value(await store.board.registerLane(newLane({ capacity: 5, leaseMs: 30_000 }), 'operator')).name;
    const idle = value(await store.board.registerLane(newLane(), 'operator')).name;
    for (let index = 0; index < 4; index += 1) await made(store, { assignee: lane });
    await claim(store, lane);
    expect(await store.board.readLane(lane)).toMatchObject({ lane: { name: lane }, held: 1, ready: 3 });
    expect([...(await store.board.lanesWithWork([lane, idle, 'none'], 2))]).toEqual([[lane, 2]]);
    expect([...(await store.board.findLanes([lane, 'none', 'operator'])).keys()].toSorted()).toEqual([lane, 'operator'].toSorted());
    expect(await store.board.lanesWithWork([], 2)).toEqual(new Map());
    await database.advance(30_001);
    expect(await store.board.readLane(lane)).toMatchObject({ held: 0, ready: 3 });
    expect((await store.board.listLanes()).map((each) => each.lane.name)).toEqual(expect.arrayContaining([lane, idle, 'operator']));
    value(await store.board.unregisterLane(idle, 'operator'));
    expect((await store.board.findLanes([idle])).size).toBe(0);
    await store.board.reclaimLapsed(10);
  });

  test('ends the park of a lane whose time is over', async () => {
    const { database, store } = suite;
    const lane = value(await store.board.registerLane(newLane(), 'operator')).name;
    value(await store.board.parkLane(lane, 'quota', database.clock.now() + 5_000, 'operator'));
    await store.board.wakeDueTasks(10);
    expect((await store.board.readLane(lane))?.lane.parked).toMatchObject({ reason: 'quota' });
    await database.advance(5_001);
    await store.board.wakeDueTasks(10);
    expect((await store.board.readLane(lane))?.lane.parked).toBeNull();
  });

  test('knows for each assignee what waits longest, and which claims lapsed', async () => {
    const { database, store } = suite;
    const [first, second] = [newName('first'), newName('second')];
    const oldest = await made(store, { assignee: first });
    await database.advance(10);
    await made(store, { assignee: first, priority: 5 });
    const alone = await made(store, { assignee: second });
    const held = await claimed(store);
    const before = await store.board.longestWaits(100);
    expect(before.filter(({ assignee }) => assignee === first || assignee === second).map(({ task, waiting }) => [task.id, waiting])).toEqual([
      [oldest, 2],
      [alone, 1],
    ]);
    expect(before.filter(({ task }) => task.status === 'running')).toEqual([]);
    expect(before.filter(({ assignee }) => assignee === null).length).toBe(1);
    await database.advance(120_000);
    const lapsed = (await store.board.longestWaits(100)).filter(({ task }) => task.status === 'running');
    expect(lapsed.map(({ task, waiting }) => [task.id, waiting])).toContainEqual([held.task.id, 1]);
    await store.board.reclaimLapsed(100);
  });

  test('shows everything about a task, the newest of what is long', async () => {
    const { store } = suite;
    const id = value(await store.board.createTask(newTask())).task.id;
    for (let index = 0; index < 3; index += 1) value(await store.board.commentTask(id, { id: ids.next('comment'), author: 'operator', text: `${index}` }));
    const detail = await store.board.readTaskDetail(id);
    expect(detail).toMatchObject({ task: { id }, runs: [], parents: [], children: [], attachments: [], claim: null });
    expect(detail?.comments.map(({ text }) => text)).toEqual(['0', '1', '2']);
  });
});
