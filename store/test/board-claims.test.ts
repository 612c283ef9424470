/** What a claim is worth: who gets it, what it allows, and that nothing written under it counts a moment longer. */
import { claimLease, type ClaimProof } from '@guildhall/board';
import type { Settled } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { attempt, claim, completion, eventsOf, laneWithTask, leaseMs, newLane, newName, newTask, proofOf, reclaimed, typesOf } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, value } from './databases.ts';
import { provenance } from './session-fixtures.ts';

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

    test('by no program where the chain of the task forbids an action, also when the lane was an agent as it was made', async () => {
      const { store } = suite;
      const agent = { kind: 'spawnable', runner: { kind: 'agent', agent: 'coder' } } as const;
      const { lane, task } = await laneWithTask(store, { lane: agent, task: { provenance: { ...provenance, forbidden: ['db_write'] }, priority: 9 } });
      value(await store.board.unregisterLane(lane, 'operator'));
      value(await store.board.registerLane(newLane({ name: lane }), 'operator'));
      const other = value(await store.board.createTask(newTask({ assignee: lane, body: '"forbidden":[]' }))).task.id;
      expect(refusalOf(await store.board.claimTask(attempt(lane, { task })))).toBe('not-allowed');
      expect((await claim(store, lane)).task.id).toBe(other);
      value(await store.board.unregisterLane(lane, 'operator'));
      value(await store.board.registerLane(newLane({ name: lane, ...agent }), 'operator'));
      expect((await claim(store, lane, { task })).task.id).toBe(task);
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
});
