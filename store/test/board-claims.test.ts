/** What a claim is worth: who gets it, what it allows, when it ends, and that nothing written under it counts a moment longer. */
import { claimLease, laneBreaker, type ClaimProof, type Task } from '@guildhall/board';
import type { JournalEvent, Settled } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { attempt, claim, completion, laneWithTask, leaseMs, newName, newTask, proofOf } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, value, type Suite } from './databases.ts';

type Write = (board: Store['board'], proof: ClaimProof) => Promise<Settled<unknown>>;

/** Everything that can be written under a claim. */
const writes: Readonly<Record<string, Write>> = {
  heartbeat: (board, proof) => board.renewClaim(proof, { note: 'half' }),
  complete: (board, proof) => board.completeClaim(proof, completion),
  block: (board, proof) => board.blockClaim(proof, { kind: 'needs_input', reason: 'which apples?', dependsOn: [], retryAfterMs: null }),
  release: (board, proof) => board.releaseClaim(proof, 'not mine'),
  comment: (board, proof) => board.commentClaim(proof, { id: ids.next('comment'), text: 'twelve so far', author: 'lane:x' }),
  attach: (board, proof) =>
    board.attachClaim(proof, { id: ids.next('file'), name: 'a.txt', mediaType: 'text/plain', content: 'YQ==', bytes: 1, sha256: 'abc', author: 'lane:x' }),
  annotate: (board, proof) => board.annotateClaim(proof, { counted: 12 }),
  fail: (board, proof) => board.failClaim(proof, 'crashed', 'exit code 1'),
  'rate limit': (board, proof) => board.failClaim(proof, 'rate-limited', 'quota'),
  'record worker': (board, proof) => board.recordWorker(proof, { pid: 1, mark: 'm', startedAt: 1 }),
};

/** The events of a task, oldest first. */
async function eventsOf(store: Store, task: string): Promise<readonly JournalEvent[]> {
  const found: JournalEvent[] = [];
  for (let after = ''; ;) {
    const page = value(await store.journal.readEvents({ after, stream: 'board:default', limit: 500 }));
    if (page.events.length === 0) return found;
    found.push(...page.events.filter(({ data }) => data?.['task'] === task));
    after = page.cursor;
  }
}

async function typesOf(store: Store, task: string): Promise<readonly string[]> {
  return (await eventsOf(store, task)).map(({ type }) => type);
}

/** What was taken back of this task alone; other tests leave lapsed claims behind. */
async function reclaimed(store: Store, task: string): Promise<readonly Task[]> {
  return (await store.board.reclaimLapsed(1_000)).filter(({ id }) => id === task);
}

async function lastRun(store: Store, task: string) {
  const run = (await store.board.readTaskDetail(task))?.runs.at(-1);
  if (run === undefined) throw new Error(`${task} has no run`);
  return run;
}

onBothDatabases('a claim', (suite) => {
  describe('is won', () => {
    test('by one lane for its most urgent, longest waiting task, with a token and an event that does not show it', async () => {
      const { store } = suite;
      const { lane, task: first } = await laneWithTask(store, { lane: { capacity: 3 } });
      const urgent = value(await store.board.createTask(newTask({ assignee: lane, priority: 5 }))).task.id;
      const last = value(await store.board.createTask(newTask({ assignee: lane }))).task.id;
      const order = [await claim(store, lane), await claim(store, lane), await claim(store, lane)];
      expect(order.map(({ task }) => task.id)).toEqual([urgent, first, last]);
      expect(order[0]).toMatchObject({
        expiresInMs: leaseMs,
        repeated: false,
        task: { status: 'running', lane },
        run: { epoch: 1, attempt: 1, lane, endedAt: null },
      });
      const events = await eventsOf(store, urgent);
      expect(events.at(-1)).toMatchObject({
        type: 'task.claimed',
        actor: `lane:${lane}`,
        data: { lane, run: order[0]?.run.id, epoch: 1, attempt: 1, status: 'running' },
      });
      expect(JSON.stringify(events)).not.toContain(order[0]?.run.tokenHash);
    });

    test('from the board or for the task that was asked for, and refused for what is not the lane’s or not ready', async () => {
      const { store } = suite;
      const board = newName('board');
      value(await store.board.createBoard({ name: board, title: 'Other', archiveDoneAfterDays: null }, 'operator'));
      const { lane, task: here } = await laneWithTask(store, { lane: { capacity: 3 } });
      const there = value(await store.board.createTask(newTask({ assignee: lane, board }))).task.id;
      const other = await laneWithTask(store);
      const ask = async (changes: { task?: string; board?: string }) => refusalOf(await store.board.claimTask(attempt(lane, changes)));
      expect((await claim(store, lane, { board })).task.id).toBe(there);
      expect(value(await store.board.claimTask(attempt(lane, { board })))).toBeNull();
      expect(await ask({ task: other.task })).toBe('not-allowed');
      expect(await ask({ task: 'task_none' })).toBe('not-found');
      expect(await ask({ task: there })).toBe('wrong-state');
      expect((await claim(store, lane, { task: here })).task.id).toBe(here);
      expect(refusalOf(await store.board.claimTask(attempt('nobody')))).toBe('not-found');
    });

    test('once for each request: a lost answer is given again while the claim lives, and not afterwards', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store, { lane: { capacity: 2 } });
      value(await store.board.createTask(newTask({ assignee: lane })));
      const first = await claim(store, lane, { requestId: 'lost' });
      const again = await claim(store, lane, { requestId: 'lost' });
      expect(again).toMatchObject({ repeated: true, task: { id: task }, run: { id: first.run.id, tokenHash: first.run.tokenHash, epoch: first.run.epoch } });
      expect(again.expiresInMs).toBeLessThanOrEqual(leaseMs);
      expect(await typesOf(store, task)).toEqual(['task.created', 'task.promoted', 'task.claimed']);
      await database.advance(leaseMs + 1);
      expect(refusalOf(await store.board.claimTask(attempt(lane, { requestId: 'lost' })))).toBe('stale-claim');
    });

    test('by exactly one of many who ask at the same time', async () => {
      const { store } = suite;
      const { lane } = await laneWithTask(store, { lane: { capacity: 50 } });
      const asked = await Promise.all(Array.from({ length: 20 }, () => store.board.claimTask(attempt(lane))));
      expect(asked.filter((each) => value(each) !== null)).toHaveLength(1);
    });
  });

  describe('is not given', () => {
    test('beyond the capacity of the lane, which claims that died do not use up', async () => {
      const { store, database } = suite;
      const { lane } = await laneWithTask(store, { lane: { capacity: 1 } });
      const second = value(await store.board.createTask(newTask({ assignee: lane }))).task.id;
      await claim(store, lane);
      expect(refusalOf(await store.board.claimTask(attempt(lane)))).toBe('limit-reached');
      await database.advance(leaseMs + 1);
      // Nobody has taken back the first one yet.
      expect((await claim(store, lane)).task.id).toBe(second);
    });

    test('beyond the capacity, however many ask at the same time', async () => {
      const { store } = suite;
      const { lane } = await laneWithTask(store, { lane: { capacity: 3 } });
      for (let count = 0; count < 9; count += 1) value(await store.board.createTask(newTask({ assignee: lane })));
      const asked = await Promise.all(Array.from({ length: 12 }, () => store.board.claimTask(attempt(lane))));
      expect(asked.filter(({ ok }) => ok)).toHaveLength(3);
      expect(new Set(asked.filter(({ ok }) => !ok).map((each) => (each.ok ? '' : refusalOf(each))))).toEqual(new Set(['limit-reached']));
    });

    test('to a lane that is drained, parked or unregistered', async () => {
      const { store } = suite;
      const { lane } = await laneWithTask(store);
      value(await store.board.drainLane(lane, 'operator'));
      expect(refusalOf(await store.board.claimTask(attempt(lane)))).toBe('wrong-state');
      value(await store.board.resumeLane(lane, 'operator'));
      value(await store.board.parkLane(lane, 'quota', null, 'operator'));
      expect(refusalOf(await store.board.claimTask(attempt(lane)))).toBe('wrong-state');
      value(await store.board.unregisterLane(lane, 'operator'));
      expect(refusalOf(await store.board.claimTask(attempt(lane)))).toBe('wrong-state');
    });
  });

  describe.each(Object.entries(writes))('lets its holder %s while it lives', (_name, write) => {
    test('and not after it lapsed, though nobody has taken the task', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const claimed = await claim(store, lane);
      const before = await typesOf(store, task);
      await database.advance(leaseMs + 1);
      expect(refusalOf(await write(store.board, proofOf(claimed)))).toBe('stale-claim');
      expect(await typesOf(store, task)).toEqual(before);
      expect((await store.board.readTask(task))?.status).toBe('running');
    });

    test('and not after it passed on, which the new holder does not notice', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const old = await claim(store, lane);
      await database.advance(leaseMs + 1);
      expect(await reclaimed(store, task)).toHaveLength(1);
      const now = await claim(store, lane);
      expect(now.run.epoch).toBe(old.run.epoch + 1);
      const before = await store.board.readTaskDetail(task);
      expect(refusalOf(await write(store.board, proofOf(old)))).toBe('stale-claim');
      expect(await store.board.readTaskDetail(task)).toEqual({ ...before, claim: { ...before?.claim, expiresInMs: expect.any(Number) } });
      value(await write(store.board, proofOf(now)));
    });

    test('and not while another holds the lease, though its run was never ended', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const claimed = await claim(store, lane);
      await database.advance(leaseMs + 1);
      const taken = value(await store.leases.acquireLease(claimLease(task), 'lane:another', leaseMs));
      expect(refusalOf(await write(store.board, proofOf(claimed)))).toBe('stale-claim');
      expect((await store.board.readTask(task))?.status).toBe('running');
      value(await store.leases.releaseLease(taken));
    });

    test('and not with the token of another claim', async () => {
      const { store } = suite;
      const [mine, other] = [await laneWithTask(store), await laneWithTask(store)];
      const [claimed, theirs] = [await claim(store, mine.lane), await claim(store, other.lane)];
      expect(refusalOf(await write(store.board, { task: mine.task, tokenHash: theirs.run.tokenHash }))).toBe('stale-claim');
      expect(refusalOf(await write(store.board, { task: mine.task, tokenHash: '' }))).toBe('stale-claim');
      value(await write(store.board, proofOf(claimed)));
    });

    test('and not once it has ended', async () => {
      const { store } = suite;
      const { lane } = await laneWithTask(store);
      const claimed = await claim(store, lane);
      value(await store.board.releaseClaim(proofOf(claimed), ''));
      expect(refusalOf(await write(store.board, proofOf(claimed)))).toBe('stale-claim');
    });
  });

  describe('lives', () => {
    test('as long as its holder says so in time, however long that is', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const claimed = await claim(store, lane);
      for (let count = 0; count < 5; count += 1) {
        await database.advance(leaseMs * 0.8);
        expect(value(await store.board.renewClaim(proofOf(claimed), {}))).toEqual({ expiresInMs: leaseMs });
        expect(await reclaimed(store, task)).toEqual([]);
      }
      expect((await store.board.readTask(task))?.status).toBe('running');
    });

    test('in the eyes of whoever asks, and no longer', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const { run } = await claim(store, lane);
      expect((await store.board.findClaim(run.tokenHash))?.id).toBe(run.id);
      expect((await store.board.liveClaims()).map((each) => each.run.id)).toContain(run.id);
      expect(await store.board.liveClaims([lane])).toMatchObject([{ task: { id: task }, run: { id: run.id } }]);
      await database.advance(leaseMs + 1);
      expect(await store.board.findClaim(run.tokenHash)).toBeUndefined();
      expect(await store.board.liveClaims([lane])).toEqual([]);
    });

    test('with heartbeats told when they say something, else once a minute', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const proof = proofOf(await claim(store, lane));
      const told = async () =>
        (await eventsOf(store, task)).filter(({ type }) => type === 'task.heartbeat').map(({ data }) => [data?.['note'], data?.['progress']]);
      value(await store.board.renewClaim(proof, {}));
      expect(await told()).toEqual([]);
      value(await store.board.renewClaim(proof, { note: 'half', progress: 0.5 }));
      expect(await told()).toEqual([['half', 0.5]]);
      for (let beats = 0; beats < 3; beats += 1) {
        await database.advance(40_000);
        value(await store.board.renewClaim(proof, {}));
      }
      expect(await told()).toEqual([
        ['half', 0.5],
        ['half', 0.5],
      ]);
      expect(await lastRun(store, task)).toMatchObject({ note: 'half', progress: 0.5 });
    });
  });

  describe('ends', () => {
    test('completed: the task is done, the run says what it did, its children go on and the failures of the lane are forgotten', async () => {
      const { store } = suite;
      const { lane, task } = await laneWithTask(store);
      const child = value(await store.board.createTask(newTask({ parents: [task] }))).task.id;
      value(await store.board.failClaim(proofOf(await claim(store, lane)), 'crashed', ''));
      const proof = proofOf(await claim(store, lane));
      const finished = { ...completion, evidence: [{ kind: 'check' as const, text: '12' }], artifacts: [{ name: 'list' }], metadata: { apples: 12 } };
      expect(value(await store.board.completeClaim(proof, finished))).toMatchObject({ status: 'done', runId: null, lane: null });
      expect(await lastRun(store, task)).toMatchObject({
        outcome: 'completed',
        evidence: finished.evidence,
        artifacts: finished.artifacts,
        metadata: finished.metadata,
        attempt: 2,
      });
      expect((await store.board.readTask(child))?.status).toBe('ready');
      expect((await store.board.readLane(lane))?.lane.failureStreak).toBe(0);
      expect((await typesOf(store, task)).at(-1)).toBe('task.completed');
    });

    test('completed only with the evidence the task asks for, and into review where somebody has the last word', async () => {
      const { store } = suite;
      const { lane, task } = await laneWithTask(store, { task: { acceptance: ['all counted'], review: 'required' } });
      const proof = proofOf(await claim(store, lane));
      expect(refusalOf(await store.board.completeClaim(proof, completion))).toBe('evidence-missing');
      expect((await store.board.readTask(task))?.status).toBe('running');
      value(await store.board.completeClaim(proof, { ...completion, evidence: [{ kind: 'note', text: 'all twelve', criterion: 1 }] }));
      expect((await store.board.readTask(task))?.status).toBe('review');
    });

    test('blocked, with what lifts it: a person, a while that grows until a person is asked, or other tasks', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store, { lane: { leaseMs: 24 * 60 * 60_000 } });
      const block = async (kind: 'needs_input' | 'transient' | 'dependency', dependsOn: readonly string[] = []) =>
        store.board.blockClaim(proofOf(await claim(store, lane)), { kind, reason: 'why', dependsOn, retryAfterMs: null });
      expect(value(await block('needs_input'))).toMatchObject({ status: 'blocked', attempts: 0, block: { kind: 'needs_input', reason: 'why' } });
      value(await store.board.unblockTask(task, '', 'operator'));
      for (let times = 1; times <= 5; times += 1) {
        expect(value(await block('transient')).block).toMatchObject({ kind: 'transient' });
        await database.advance(60 * 60_000);
        await store.board.wakeDueTasks(10);
      }
      expect(value(await block('transient')).block).toMatchObject({ kind: 'needs_input' });
      value(await store.board.unblockTask(task, '', 'operator'));
      const { task: parent } = await laneWithTask(store);
      expect(value(await block('dependency', [parent]))).toMatchObject({ status: 'blocked', openParents: 1, block: { kind: 'dependency' } });
    });

    test('blocked by a task that is done is refused, and the claim lives on', async () => {
      const { store } = suite;
      const parent = await laneWithTask(store);
      value(await store.board.completeClaim(proofOf(await claim(store, parent.lane)), completion));
      const { lane } = await laneWithTask(store);
      const proof = proofOf(await claim(store, lane));
      const block = { kind: 'dependency', reason: 'why', dependsOn: [parent.task], retryAfterMs: null } as const;
      expect(refusalOf(await store.board.blockClaim(proof, block))).toBe('invalid-input');
      value(await store.board.renewClaim(proof, {}));
    });

    test('released or out of quota: ready again, and no attempt counts', async () => {
      const { store } = suite;
      const { lane, task } = await laneWithTask(store, { task: { maxAttempts: 1 } });
      expect(value(await store.board.releaseClaim(proofOf(await claim(store, lane)), 'later'))).toMatchObject({ status: 'ready', attempts: 0 });
      expect(value(await store.board.failClaim(proofOf(await claim(store, lane)), 'rate-limited', 'quota'))).toMatchObject({ status: 'ready', attempts: 0 });
      expect(await lastRun(store, task)).toMatchObject({ outcome: 'rate-limited', reason: 'quota' });
      expect((await store.board.readLane(lane))?.lane.failureStreak).toBe(0);
    });

    test('by its lapse: the run timed out, an attempt counts, and the next run begins with nothing of it', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store);
      const first = await claim(store, lane);
      value(await store.board.renewClaim(proofOf(first), { note: 'half', progress: 0.5 }));
      value(await store.board.recordWorker(proofOf(first), { pid: 7, mark: 'm', startedAt: 1 }));
      await database.advance(leaseMs + 1);
      expect(await reclaimed(store, task)).toMatchObject([{ id: task, status: 'ready', attempts: 1, runId: null }]);
      expect(await reclaimed(store, task)).toEqual([]);
      expect(await lastRun(store, task)).toMatchObject({ outcome: 'timed-out', note: 'half' });
      const fresh = {
        attempt: 2,
        epoch: first.run.epoch + 1,
        note: '',
        progress: null,
        lastHeartbeatAt: null,
        worker: null,
        summary: '',
        reason: '',
        outcome: null,
      };
      expect((await claim(store, lane)).run).toMatchObject(fresh);
      value(await store.board.reclaimTask(task, 'enough', 'operator'));
    });

    test('when it takes longer than the task allows, however often its holder says that it lives', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store, { task: { maxRuntimeMs: 2 * leaseMs } });
      const claimed = await claim(store, lane);
      for (let count = 0; count < 3; count += 1) {
        expect(await reclaimed(store, task)).toEqual([]);
        await database.advance(leaseMs * 0.7);
        value(await store.board.renewClaim(proofOf(claimed), {}));
      }
      expect(await reclaimed(store, task)).toMatchObject([{ id: task, status: 'ready' }]);
      expect(refusalOf(await store.board.renewClaim(proofOf(claimed), {}))).toBe('stale-claim');
    });
  });

  describe('fails', () => {
    test('as often as the task allows, each cause counted once; then it is blocked with the reason', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store, { task: { maxAttempts: 3 } });
      expect(value(await store.board.failClaim(proofOf(await claim(store, lane)), 'crashed', 'exit code 1'))).toMatchObject({ status: 'ready', attempts: 1 });
      await claim(store, lane);
      await database.advance(leaseMs + 1);
      expect(await reclaimed(store, task)).toMatchObject([{ status: 'ready', attempts: 2 }]);
      const ended = value(await store.board.failClaim(proofOf(await claim(store, lane)), 'protocol-violation', 'said nothing'));
      expect(ended).toMatchObject({ status: 'blocked', attempts: 3, block: { kind: 'needs_input', reason: expect.stringContaining('said nothing') } });
      expect(value(await store.board.claimTask(attempt(lane)))).toBeNull();
      expect((await typesOf(store, task)).filter((type) => /crashed|timed-out|blocked/.test(type))).toEqual([
        'task.crashed',
        'task.timed-out',
        'task.crashed',
        'task.blocked',
      ]);
      expect(value(await store.board.unblockTask(task, 'again', 'operator'))).toMatchObject({ status: 'ready', attempts: 0 });
    });

    test('too often in a row: the lane rests, and takes work again afterwards', async () => {
      const { store, database } = suite;
      const { lane, task } = await laneWithTask(store, { task: { maxAttempts: 50 } });
      for (let failures = 0; failures < laneBreaker.failures; failures += 1)
        value(await store.board.failClaim(proofOf(await claim(store, lane)), 'crashed', ''));
      expect(refusalOf(await store.board.claimTask(attempt(lane)))).toBe('wrong-state');
      expect((await store.board.readLane(lane))?.lane.parked?.reason).toContain('5 runs in a row');
      await database.advance(laneBreaker.parkMs + 1);
      expect((await claim(store, lane)).task.id).toBe(task);
    });
  });

  test('survives a restart, with its token, while its lease does', async () => {
    const { store } = suite;
    const { lane } = await laneWithTask(store);
    const claimed = await claim(store, lane);
    const again = await reopened(suite);
    value(await again.board.renewClaim(proofOf(claimed), {}));
    value(await again.board.completeClaim(proofOf(claimed), completion));
  });
});

/** Another daemon where several may be, else the next one. */
async function reopened(suite: Suite): Promise<Store> {
  if (suite.database.kind === 'sqlite') {
    await suite.store.close();
    suite.store = await suite.database.open();
    return suite.store;
  }
  return suite.database.open();
}
