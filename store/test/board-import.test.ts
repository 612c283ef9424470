/** Taking over a foreign board: everything once, nothing stuck, nothing in a circle. */
import type { ImportedBoard, ImportedTask } from '@guildhall/board';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { dayMs, eventsOf, finish, statusOf } from './board-fixtures.ts';
import { newName } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, value } from './databases.ts';
import { provenance } from './session-fixtures.ts';

function foreign(key: string, changes: Partial<ImportedTask> = {}): ImportedTask {
  return {
    key,
    id: ids.next('task'),
    title: `Foreign ${key}`,
    body: '',
    status: 'todo',
    assignee: 'gardener',
    priority: 0,
    labels: [],
    startAt: null,
    block: null,
    metadata: {},
    createdBy: 'import',
    createdAt: 1_700_000_000_000,
    endedAt: null,
    provenance,
    comments: [],
    runs: [],
    attachments: [],
    events: [],
    ...changes,
  };
}

/** Imports into a board of its own, as often as asked. */
async function target({ board }: Store) {
  const name = value(await board.createBoard({ name: newName('import'), title: 'Imported', archiveDoneAfterDays: null }, 'operator')).name;
  return {
    name,
    take: async (tasks: readonly ImportedTask[], links: ImportedBoard['links'] = []) =>
      value(await board.importTasks(name, { format: 'hermes', tasks, links }, 'operator')).imported,
  };
}

onBothDatabases('an import', (suite) => {
  test('brings tasks with all that belongs to them, and brings nothing twice', async () => {
    const { database, store } = suite;
    const { name, take } = await target(store);
    const file = { id: ids.next('att'), name: 'a.txt', mediaType: 'text/plain', content: 'aGk=', bytes: 2, sha256: ids.next('sum'), author: 'import' };
    const run = { lane: 'old', startedAt: 10, endedAt: 20, summary: 'picked', reason: '', metadata: { n: 1 }, artifacts: [], evidence: [] } as const;
    const whole = foreign('a', {
      status: 'done',
      endedAt: 1_700_000_100_000,
      labels: ['fruit'],
      metadata: { tree: 4 },
      comments: [
        { id: ids.next('comment'), author: 'ann', text: 'first', at: 11 },
        { id: ids.next('comment'), author: 'bob', text: 'second', at: 12 },
      ],
      runs: [
        { ...run, id: ids.next('run'), outcome: 'crashed' },
        { ...run, id: ids.next('run'), outcome: 'completed' },
      ],
      attachments: [file],
      events: [
        { type: 'created', at: 1, data: { by: 'ann' } },
        { type: 'completed', at: 2, data: {} },
      ],
    });
    const tasks = [whole, foreign('b')];
    const links = [{ parent: 'a', child: 'b' }];
    expect(await take(tasks, links)).toEqual({ tasks: 2, links: 1, comments: 2, runs: 2, attachments: 1, events: 2 });
    const before = await database.raw('select position from journal_head');
    const again = tasks.map((task) => ({ ...task, id: ids.next('task') }));
    expect(await take(again, links)).toEqual({ tasks: 0, links: 0, comments: 0, runs: 0, attachments: 0, events: 0 });
    expect(await database.raw('select position from journal_head')).toEqual(before);
    const detail = await store.board.readTaskDetail(whole.id);
    expect(detail?.task).toMatchObject({
      title: whole.title,
      status: 'done',
      createdAt: whole.createdAt,
      endedAt: whole.endedAt,
      metadata: { tree: 4 },
      childCount: 1,
    });
    expect(detail?.comments.map(({ text, at }) => [text, at])).toEqual([
      ['first', 11],
      ['second', 12],
    ]);
    expect(detail?.runs.map(({ outcome, attempt, summary }) => [attempt, outcome, summary])).toEqual([
      [1, 'crashed', 'picked'],
      [2, 'completed', 'picked'],
    ]);
    expect(await store.board.readAttachment(whole.id, file.id)).toMatchObject({ name: 'a.txt', content: 'aGk=' });
    expect(await eventsOf(store, whole.id, name)).toEqual(Array.from({ length: 3 }, () => 'task.imported done'));
    const events = value(await store.journal.readEvents({ after: '', stream: `board:${name}`, limit: 100 })).events;
    expect(events.flatMap(({ data }) => (data?.['task'] === whole.id ? [data['was'] ?? 'itself'] : []))).toEqual(['itself', 'created', 'completed']);
    expect([...(await store.board.findImported(name, 'hermes', ['a', 'b', 'c']))].toSorted()).toEqual(['a', 'b']);
    expect((await store.board.findImported('default', 'hermes', ['a'])).size).toBe(0);
    expect(value(await store.board.listTasks({ board: name, label: 'fruit', status: 'done', limit: 5 })).tasks.map(({ id }) => id)).toEqual([whole.id]);
  });

  test('keeps every status our rules allow, and lands what would be stuck', async () => {
    const { database, store } = suite;
    const { take } = await target(store);
    const soon = database.clock.now() + dayMs;
    const tasks = [
      foreign('triage', { status: 'triage' }),
      foreign('free', { status: 'todo' }),
      foreign('ready', { status: 'ready' }),
      foreign('waits', { status: 'ready' }),
      foreign('after', { status: 'todo' }),
      foreign('later', { status: 'scheduled', startAt: soon }),
      foreign('never', { status: 'scheduled' }),
      foreign('asks', { status: 'blocked', block: { kind: 'needs_input', reason: 'which?' } }),
      foreign('plain', { status: 'blocked' }),
      foreign('held', { status: 'blocked', block: { kind: 'dependency', reason: 'first b' } }),
      foreign('free-again', { status: 'blocked', block: { kind: 'dependency', reason: 'done' } }),
      foreign('pause', { status: 'blocked', block: { kind: 'transient', reason: 'rain' } }),
      foreign('review', { status: 'review' }),
      foreign('done', { status: 'done' }),
      foreign('gone', { status: 'archived' }),
    ];
    const links = [
      { parent: 'ready', child: 'waits' },
      { parent: 'done', child: 'after' },
      { parent: 'gone', child: 'after' },
      { parent: 'free', child: 'held' },
      { parent: 'done', child: 'free-again' },
    ];
    await take(tasks, links);
    const landed = await Promise.all(tasks.map(async ({ key, id }) => [key, await statusOf(store, id)]));
    expect(Object.fromEntries(landed)).toEqual({
      triage: 'triage',
      free: 'ready',
      ready: 'ready',
      waits: 'todo',
      after: 'ready',
      later: 'scheduled',
      never: 'ready',
      asks: 'blocked',
      plain: 'blocked',
      held: 'blocked',
      'free-again': 'ready',
      pause: 'blocked',
      review: 'review',
      done: 'done',
      gone: 'archived',
    });
    expect(await store.board.deadTasks(10)).toEqual([]);
    const of = (key: string) => tasks.find((task) => task.key === key)?.id ?? '';
    await finish(store, of('ready'));
    await finish(store, of('free'));
    expect([await statusOf(store, of('waits')), await statusOf(store, of('held'))]).toEqual(['ready', 'ready']);
  });

  test('leaves out the links that would close a cycle, and no others', async () => {
    const { store } = suite;
    const { take } = await target(store);
    const tasks = ['a', 'b', 'c', 'd', 'e'].map((key) => foreign(key));
    const links = [
      { parent: 'a', child: 'b' },
      { parent: 'b', child: 'c' },
      { parent: 'c', child: 'a' },
      { parent: 'c', child: 'd' },
      { parent: 'd', child: 'e' },
      { parent: 'd', child: 'd' },
      { parent: 'd', child: 'e' },
      { parent: 'unknown', child: 'e' },
    ];
    expect(await take(tasks, links)).toMatchObject({ tasks: 5, links: 4 });
    expect((await Promise.all(tasks.map(({ id }) => statusOf(store, id)))).join(' ')).toBe('ready todo todo todo todo');
  });

  test('of a board that grew adds what is new, and links it to what was there', async () => {
    const { store } = suite;
    const { take } = await target(store);
    const old = [foreign('a', { status: 'done' }), foreign('b'), foreign('c')];
    await take(old);
    const grown = [...old, foreign('d'), foreign('e')];
    const links = [
      { parent: 'd', child: 'b' },
      { parent: 'c', child: 'e' },
      { parent: 'd', child: 'a' },
      { parent: 'b', child: 'd' },
    ];
    const [, b, c, d, e] = grown.map(({ id }) => id);
    // What ended is linked to nothing any more, and the last link would close a cycle with the first, whichever of them comes in.
    expect(await take(grown, links)).toMatchObject({ tasks: 2, links: 2 });
    expect(await store.board.readTask(d ?? '')).toMatchObject({ status: 'todo', openParents: 1 });
    expect(await store.board.readTask(e ?? '')).toMatchObject({ status: 'todo', openParents: 1 });
    expect(await store.board.readTask(b ?? '')).toMatchObject({ status: 'ready', childCount: 1 });
    await finish(store, c ?? '');
    expect(await statusOf(store, e ?? '')).toBe('ready');
    expect(await take(grown, links)).toMatchObject({ tasks: 0, links: 0 });
  });

  test('of two thousand tasks in a chain and a crowd goes in as one', async () => {
    const { store } = suite;
    const { name, take } = await target(store);
    const tasks = Array.from({ length: 2_000 }, (_, index) =>
      foreign(`${index}`, { comments: [{ id: ids.next('comment'), author: 'x', text: 'y', at: index }] }),
    );
    const chain = Array.from({ length: 200 }, (_, index) => ({ parent: `${index}`, child: `${index + 1}` }));
    const crowd = Array.from({ length: 1_700 }, (_, index) => ({ parent: '0', child: `${index + 300}` }));
    expect(await take(tasks, [...chain, ...crowd])).toMatchObject({ tasks: 2_000, links: 1_900, comments: 2_000 });
    const { columns } = value(await store.board.readColumns(name, 1, 5_000));
    expect(columns.find(({ status }) => status === 'todo')?.count).toBe(1_900);
    await finish(store, tasks[0]?.id ?? '');
    expect(value(await store.board.readColumns(name, 1, 5_000)).columns.find(({ status }) => status === 'todo')?.count).toBe(199);
  });

  test('needs a board', async () => {
    expect(refusalOf(await suite.store.board.importTasks('none', { format: 'hermes', tasks: [], links: [] }, 'operator'))).toBe('not-found');
  });
});
