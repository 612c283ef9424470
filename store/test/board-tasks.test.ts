/** Tasks: what each verb does in each status, where a task lands, and what stays as it was. */
import { taskTransitions, type Task, type TaskVerb } from '@guildhall/board';
import { taskStatuses, type Settled, type TaskStatus } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { dayMs, eventsOf, made, statusOf, taskIn } from './board-fixtures.ts';
import { attempt, claim, completion, newLane, newName, newTask, proofOf } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';

const block = { kind: 'capability', reason: 'no ladder', dependsOn: [], retryAfterMs: null } as const;

/** The verbs somebody asks for who does not hold the task. */
const asked: Partial<Record<TaskVerb, (store: Store, task: Task) => Promise<Settled<unknown>>>> = {
  specify: ({ board }, { id }) => board.specifyTask(id, 'operator'),
  block: ({ board }, { id }) => board.blockTask(id, block, 'operator'),
  unblock: ({ board }, { id }) => board.unblockTask(id, 'answered', 'operator'),
  accept: ({ board }, { id }) => board.reviewTask(id, 'accept', 'good', 'operator'),
  return: ({ board }, { id }) => board.reviewTask(id, 'return', 'count again', 'operator'),
  reclaim: ({ board }, { id }) => board.reclaimTask(id, 'needed elsewhere', 'operator'),
  archive: ({ board }, { id }) => board.archiveTask(id, 'operator'),
  claim: async ({ board }, { id, assignee, status }) => {
    const lane = assignee ?? value(await board.registerLane(newLane({ capacity: 9 }), 'operator')).name;
    const isOpen = status !== 'running' && status !== 'done' && status !== 'archived';
    if (isOpen) value(await board.changeTask(id, { assignee: lane }, 'operator'));
    const settled = await board.claimTask(attempt(lane, { task: id }));
    return settled.ok || settled.refusal.code !== 'limit-reached' ? settled : { ...settled, refusal: { ...settled.refusal, code: 'wrong-state' } };
  },
};

/** Where a task of these tests ends up: what reaches `todo` lands at once. */
function landed(status: TaskStatus): TaskStatus {
  return status === 'todo' ? 'ready' : status;
}

onBothDatabases('a task', (suite) => {
  for (const [verb, ask] of Object.entries(asked))
    test(`is moved by ${verb} as the transition table says, and by nothing else`, async () => {
      const { store } = suite;
      for (const status of taskStatuses) {
        const task = await taskIn(store, status);
        const ways: Partial<Record<string, TaskStatus>> = taskTransitions[status];
        // A running task is blocked by whoever holds it.
        const to = verb === 'block' && status === 'running' ? undefined : ways[verb];
        const settled = await ask(store, task);
        if (to === undefined) {
          expect(`${status} ${settled.ok ? 'went through' : settled.refusal.code}`).toMatch(/wrong-state|not-allowed/);
          const after = await store.board.readTask(task.id);
          expect({ ...after, assignee: null, updatedAt: 0 }).toEqual({ ...task, assignee: null, updatedAt: 0 });
          continue;
        }
        expect(settled).toMatchObject({ ok: true });
        expect(await statusOf(store, task.id)).toBe(landed(to));
      }
    });

  test('that does not exist is not found, whatever is asked', async () => {
    const { board } = suite.store;
    const gone = { ...(await taskIn(suite.store, 'ready')), id: 'task_none' };
    for (const ask of [asked.specify, asked.block, asked.unblock, asked.accept, asked.reclaim, asked.archive])
      expect(refusalOf((await ask?.(suite.store, gone)) ?? { ok: true })).toBe('not-found');
    expect(refusalOf(await board.changeTask('task_none', { title: 'x' }, 'operator'))).toBe('not-found');
    expect(refusalOf(await board.linkTasks('task_none', await made(suite.store), 'operator'))).toBe('not-found');
    expect(refusalOf(await board.commentTask('task_none', { id: ids.next('c'), author: 'operator', text: 'x' }))).toBe('not-found');
    expect(await board.readTask('task_none')).toBeUndefined();
    expect(await board.readTaskDetail('task_none')).toBeUndefined();
  });

  test('keeps everything it was made with', async () => {
    const asWritten = newTask({
      title: 'Äpfel zählen \u{1F34E}',
      body: 'all of\0them',
      labels: ['fruit', 'garden'],
      acceptance: ['a number'],
      review: 'required',
      reviewer: 'gardener',
      evidenceRequired: true,
      maxAttempts: 7,
      maxRuntimeMs: 90_000,
      metadata: { tree: { row: 3 } },
      workspace: { kind: 'worktree', repository: '/srv/garden', base: 'main' },
      priority: -4,
      assignee: 'nobody-yet',
    });
    const { task } = value(await suite.store.board.createTask(asWritten));
    const { parents: _parents, triage: _triage, idempotencyKey: _key, ...kept } = asWritten;
    expect(task).toMatchObject({ ...kept, body: 'all of\uFFFDthem', status: 'ready', attempts: 0, openParents: 0, block: null, runId: null });
    expect(await suite.store.board.readTask(task.id)).toEqual(task);
    expect(await eventsOf(suite.store, task.id)).toEqual(['task.created todo', 'task.promoted ready']);
  });

  test('sent fifty times with one key at once is made once; the same key on another board is another task', async () => {
    const { board } = suite.store;
    const idempotencyKey = ids.next('key');
    const answers = await Promise.all(Array.from({ length: 50 }, () => board.createTask(newTask({ idempotencyKey }))));
    const tasks = answers.map((answer) => value(answer));
    expect(new Set(tasks.map(({ task }) => task.id)).size).toBe(1);
    expect(tasks.filter(({ existing }) => !existing).length).toBe(1);
    const other = value(await board.createBoard({ name: newName('garden'), title: 'Garden', archiveDoneAfterDays: null }, 'operator'));
    expect(value(await board.createTask(newTask({ board: other.name, idempotencyKey }))).existing).toBe(false);
  });

  test('needs a board and parents that exist and can be done', async () => {
    const { board } = suite.store;
    expect(refusalOf(await board.createTask(newTask({ board: 'none' })))).toBe('not-found');
    expect(refusalOf(await board.createTask(newTask({ parents: ['task_none'] })))).toBe('not-found');
    const dropped = await made(suite.store);
    value(await board.archiveTask(dropped, 'operator'));
    expect(refusalOf(await board.createTask(newTask({ parents: [dropped] })))).toBe('wrong-state');
    const finished = await taskIn(suite.store, 'archived');
    expect(value(await board.createTask(newTask({ parents: [finished.id, finished.id] }))).task).toMatchObject({ status: 'ready', openParents: 0 });
  });

  test('with a start ahead waits for it, and then for its parents', async () => {
    const { database, store } = suite;
    const { board } = store;
    const startAt = database.clock.now() + 60_000;
    const alone = await made(store, { startAt });
    const parent = await made(store);
    const child = await made(store, { startAt, parents: [parent] });
    expect([await statusOf(store, alone), await statusOf(store, child)]).toEqual(['scheduled', 'scheduled']);
    expect(await board.wakeDueTasks(10)).toBe(0);
    await database.advance(60_001);
    expect(await board.wakeDueTasks(10)).toBe(2);
    expect([await statusOf(store, alone), await statusOf(store, child)]).toEqual(['ready', 'todo']);
    expect(await eventsOf(store, alone)).toEqual(['task.created todo', 'task.scheduled scheduled', 'task.changed todo', 'task.promoted ready']);
    expect(await board.wakeDueTasks(10)).toBe(0);
  });

  test('whose start is moved lands anew', async () => {
    const { database, store } = suite;
    const { board } = store;
    const id = await made(store);
    const ahead = database.clock.now() + 365 * dayMs;
    expect(value(await board.changeTask(id, { startAt: ahead }, 'operator'))).toMatchObject({ status: 'scheduled', startAt: ahead, readyAt: null });
    expect(value(await board.changeTask(id, { startAt: ahead + 1 }, 'operator'))).toMatchObject({ status: 'scheduled', startAt: ahead + 1 });
    expect(value(await board.changeTask(id, { startAt: null }, 'operator'))).toMatchObject({ status: 'ready', startAt: null });
    const child = await made(store, { parents: [id] });
    expect(value(await board.changeTask(child, { startAt: ahead }, 'operator')).status).toBe('scheduled');
    expect(value(await board.changeTask(child, { startAt: 1 }, 'operator')).status).toBe('todo');
  });

  test('that runs keeps what its holder relies on; the rest may change', async () => {
    const { store } = suite;
    const running = await taskIn(store, 'running');
    for (const changes of [{ title: 'x' }, { body: 'x' }, { assignee: null }, { startAt: null }])
      expect(refusalOf(await store.board.changeTask(running.id, changes, 'operator'))).toBe('wrong-state');
    const changes = {
      priority: 9,
      labels: ['new'],
      metadata: { a: 1 },
      maxAttempts: 9,
      maxRuntimeMs: 5_000,
      acceptance: ['shown'],
      review: 'required' as const,
    };
    expect(value(await store.board.changeTask(running.id, changes, 'operator'))).toMatchObject({ ...changes, status: 'running', runId: running.runId });
    expect(refusalOf(await store.board.changeTask((await taskIn(store, 'done')).id, { priority: 1 }, 'operator'))).toBe('wrong-state');
  });

  test('blocked for a while comes back by itself, and asks for a person after five times', async () => {
    const { database, store } = suite;
    const id = await made(store);
    for (let time = 1; time <= 5; time += 1) {
      value(await store.board.blockTask(id, { kind: 'transient', reason: 'rain', dependsOn: [], retryAfterMs: 1_000 }, 'operator'));
      expect(await statusOf(store, id)).toBe('blocked');
      await database.advance(1_001);
      await store.board.wakeDueTasks(10);
      expect(await statusOf(store, id)).toBe('ready');
    }
    const blocked = value(await store.board.blockTask(id, { kind: 'transient', reason: 'rain', dependsOn: [], retryAfterMs: 1_000 }, 'operator'));
    expect(blocked.block).toMatchObject({ kind: 'needs_input', liftsAt: null });
    expect(value(await store.board.unblockTask(id, 'the sun is out', 'operator'))).toMatchObject({ status: 'ready', attempts: 0, blockedCount: 0 });
    const once = value(await store.board.blockTask(id, { kind: 'transient', reason: 'rain', dependsOn: [], retryAfterMs: null }, 'operator'));
    expect((once.block?.liftsAt ?? 0) - once.updatedAt).toBe(30_000);
    value(await store.board.archiveTask(id, 'operator'));
  });

  test('taken back by a person is ready again; what its holder says then is stale', async () => {
    const { store } = suite;
    const lane = value(await store.board.registerLane(newLane(), 'operator'));
    const id = await made(store, { assignee: lane.name });
    const held = await claim(store, lane.name);
    expect(value(await store.board.reclaimTask(id, 'needed elsewhere', 'operator'))).toMatchObject({ status: 'ready', lane: null, runId: null, attempts: 0 });
    expect(refusalOf(await store.board.completeClaim(proofOf(held), completion))).toBe('stale-claim');
    const again = await claim(store, lane.name);
    expect(again.run.epoch).toBeGreaterThan(held.run.epoch);
    const detail = await store.board.readTaskDetail(id);
    expect(detail?.runs.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['reclaimed', 'needed elsewhere'],
      [null, ''],
    ]);
    expect(detail?.claim).toMatchObject({ lane: lane.name, runId: again.run.id, epoch: again.run.epoch });
    value(await store.board.completeClaim(proofOf(again), completion));
  });

  test('returned from its review says what is missing, and accepted it is done', async () => {
    const { store } = suite;
    const review = await taskIn(store, 'review');
    const child = await made(store, { parents: [review.id] });
    value(await store.board.reviewTask(review.id, 'return', 'the pears too', 'operator'));
    expect((await store.board.readTaskDetail(review.id))?.comments.map(({ author, text }) => `${author}: ${text}`)).toEqual(['operator: the pears too']);
    const again = await claim(store, review.assignee ?? '');
    value(await store.board.completeClaim(proofOf(again), { ...completion, review: true }));
    expect(await statusOf(store, child)).toBe('todo');
    expect(value(await store.board.reviewTask(review.id, 'accept', '', 'operator')).status).toBe('done');
    expect(await statusOf(store, child)).toBe('ready');
  });

  test('takes no more comments when it is full of them, and is reviewed all the same', async () => {
    const { store, database } = suite;
    const { id } = await taskIn(store, 'review');
    await database.raw(
      `insert into task_comments (id, task, author, text, at) with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) select '${id}_' || i, '${id}', 'lane:x', 'x', 0 from n`,
    );
    expect(refusalOf(await store.board.commentTask(id, { id: ids.next('comment'), author: 'operator', text: 'one more' }))).toBe('limit-reached');
    value(await store.board.reviewTask(id, 'return', 'count again', 'operator'));
    const held = await claim(store, (await store.board.readTask(id))?.assignee ?? '', { task: id });
    expect(refusalOf(await store.board.commentClaim(proofOf(held), { id: ids.next('comment'), author: 'lane:x', text: 'one more' }))).toBe('limit-reached');
  });

  test('collects comments, files kept once, and metadata that merges', async () => {
    const { store, database } = suite;
    const { board } = store;
    const id = await made(store, { metadata: { a: 1, deep: { x: 1, y: 2 } } });
    for (const text of ['first', 'second']) value(await board.commentTask(id, { id: ids.next('comment'), author: 'lane:x', text }));
    const file = { name: 'a.txt', mediaType: 'text/plain', content: 'aGVsbG8=', bytes: 5, sha256: ids.next('sum'), author: 'operator' };
    const attached = value(await board.attachToTask(id, { ...file, id: ids.next('att') }));
    value(await board.attachToTask(id, { ...file, id: ids.next('att'), name: 'b.txt' }));
    const [{ n } = { n: 0 }] = await database.raw(`select count(*) as n from attachment_contents where sha256 = '${file.sha256}'`);
    expect(Number(n)).toBe(1);
    expect(value(await board.annotateTask(id, { a: null, b: 2, deep: { x: null } }, 'operator')).metadata).toEqual({ b: 2, deep: { y: 2 } });
    expect(refusalOf(await board.annotateTask(id, { big: 'x'.repeat(300_000) }, 'operator'))).toBe('too-large');
    const detail = await board.readTaskDetail(id);
    expect(detail?.comments.map(({ text }) => text)).toEqual(['first', 'second']);
    expect(detail?.attachments.map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
    expect(await board.readAttachment(id, attached.id)).toEqual({ name: 'a.txt', mediaType: 'text/plain', content: 'aGVsbG8=' });
    expect(await board.readAttachment('task_none', attached.id)).toBeUndefined();
  });

  test('annotated by many at once keeps what each of them said', async () => {
    const { store } = suite;
    const daemons = await severalDaemons(suite);
    const id = await made(store);
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    await Promise.all(keys.map(async (key, index) => value(await daemons.of(index).board.annotateTask(id, { [key]: index }, 'operator'))));
    expect(Object.keys((await store.board.readTask(id))?.metadata ?? {}).toSorted()).toEqual(keys.toSorted());
    await daemons.close();
  });

  test('done long ago is archived where its board says so, and only there', async () => {
    const { database, store } = suite;
    const tidy = value(await store.board.createBoard({ name: newName('tidy'), title: 'Tidy', archiveDoneAfterDays: 2 }, 'operator'));
    expect(refusalOf(await store.board.createBoard({ name: tidy.name, title: 'Again', archiveDoneAfterDays: null }, 'operator'))).toBe('already-exists');
    const lane = value(await store.board.registerLane(newLane(), 'operator'));
    const done: string[] = [];
    for (const board of [tidy.name, 'default']) {
      const id = await made(store, { board, assignee: lane.name });
      value(await store.board.completeClaim(proofOf(await claim(store, lane.name)), completion));
      done.push(id);
    }
    expect(await store.board.archiveOldTasks(10)).toBe(0);
    await database.advance(2 * dayMs + 1);
    expect(await store.board.archiveOldTasks(10)).toBe(1);
    expect(await Promise.all(done.map((id) => statusOf(store, id)))).toEqual(['archived', 'done']);
    const waiting = await made(store, { parents: [done[0] ?? ''] });
    expect(await statusOf(store, waiting)).toBe('ready');
  });
});
