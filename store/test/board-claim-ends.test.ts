/** How a claim lives and ends, and what becomes of its task. */
import { laneBreaker } from '@guildhall/board';
import { describe, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { attempt, claim, completion, eventsOf, lastRun, laneWithTask, leaseMs, newTask, proofOf, reclaimed, typesOf } from './claim-fixtures.ts';
import { onBothDatabases, refusalOf, value, type Suite } from './databases.ts';

onBothDatabases('a claim', (suite) => {
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
