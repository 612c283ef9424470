/** Lanes come, rest and go; with them goes what they may do, and what they hold goes back to the board. */
import { operatorLane } from '@guildhall/board';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { attempt, claim, laneWithTask, newLane, newName, newTask, proofOf } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, value } from './databases.ts';

async function laneEvents(store: Store, lane: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (let after = ''; ;) {
    const page = value(await store.journal.readEvents({ after, stream: 'installation', limit: 500 }));
    if (page.events.length === 0) return found;
    found.push(...page.events.filter(({ data }) => data?.['lane'] === lane || data?.['label'] === lane).map(({ type }) => type));
    after = page.cursor;
  }
}

onBothDatabases('a lane', (suite) => {
  test('is registered once with its credential, and its name is free again when it is gone', async () => {
    const { store } = suite;
    const lane = newLane({ labels: ['fast'], description: 'Counts', capacity: 3 });
    expect(value(await store.board.registerLane(lane, 'operator'))).toMatchObject({
      name: lane.name,
      state: 'active',
      capacity: 3,
      credentialId: lane.credential?.id,
    });
    expect(await store.credentials.findCredential(lane.credential?.secretHash ?? '')).toMatchObject({ scopes: [`lane:${lane.name}`] });
    expect(await store.board.registerLane({ ...newLane(), name: lane.name }, 'operator')).toMatchObject({
      ok: false,
      refusal: { code: 'already-exists', message: expect.stringContaining(`guildhall kanban lanes rotate-token ${lane.name}`) },
    });
    value(await store.board.unregisterLane(lane.name, 'operator'));
    expect(await store.credentials.findCredential(lane.credential?.secretHash ?? '')).toBeUndefined();
    expect(refusalOf(await store.board.drainLane(lane.name, 'operator'))).toBe('wrong-state');
    const again = value(await store.board.registerLane(newLane({ name: lane.name, credential: null }), 'operator'));
    expect(again).toMatchObject({ state: 'active', capacity: 1, labels: [], credentialId: null });
    expect(await laneEvents(store, lane.name)).toEqual(['credential.created', 'lane.registered', 'credential.revoked', 'lane.unregistered', 'lane.registered']);
  });

  test('a registration that is refused leaves no credential', async () => {
    const { store } = suite;
    const lane = newLane();
    value(await store.board.registerLane(lane, 'operator'));
    const second = newLane({ name: lane.name });
    expect(refusalOf(await store.board.registerLane(second, 'operator'))).toBe('already-exists');
    expect(await store.credentials.findCredential(second.credential?.secretHash ?? '')).toBeUndefined();
  });

  test('that is unregistered gives back what it holds, and its claims are worth nothing', async () => {
    const { store } = suite;
    const { lane, task } = await laneWithTask(store, { lane: { capacity: 2 } });
    const second = value(await store.board.createTask(newTask({ assignee: lane }))).task.id;
    const claims = [await claim(store, lane), await claim(store, lane)];
    value(await store.board.unregisterLane(lane, 'operator'));
    for (const id of [task, second]) expect(await store.board.readTask(id)).toMatchObject({ status: 'ready', attempts: 0 });
    for (const claimed of claims) expect(refusalOf(await store.board.renewClaim(proofOf(claimed), {}))).toBe('stale-claim');
    expect((await store.board.readTaskDetail(task))?.runs).toMatchObject([{ outcome: 'reclaimed' }]);
  });

  test('keeps what it holds while it is drained or parked, and resumes', async () => {
    const { store } = suite;
    const { lane } = await laneWithTask(store, { lane: { capacity: 2 } });
    const proof = proofOf(await claim(store, lane));
    value(await store.board.createTask(newTask({ assignee: lane })));
    expect(value(await store.board.drainLane(lane, 'operator')).state).toBe('drained');
    value(await store.board.drainLane(lane, 'operator'));
    expect(value(await store.board.parkLane(lane, 'quota', null, 'operator')).parked).toEqual({ reason: 'quota', until: null });
    value(await store.board.renewClaim(proof, {}));
    expect(refusalOf(await store.board.claimTask(attempt(lane)))).toBe('wrong-state');
    expect(value(await store.board.resumeLane(lane, 'operator'))).toMatchObject({ state: 'active', parked: null });
    await claim(store, lane);
    expect((await laneEvents(store, lane)).filter((type) => type.startsWith('lane.'))).toEqual([
      'lane.registered',
      'lane.drained',
      'lane.parked',
      'lane.resumed',
    ]);
  });

  test('changes its token: the old one ends with the answer', async () => {
    const { store } = suite;
    const lane = newLane();
    value(await store.board.registerLane(lane, 'operator'));
    const fresh = { id: ids.next('cred'), secretHash: ids.next('hash'), scopes: [`lane:${lane.name}`] as const, label: lane.name };
    expect(value(await store.board.rotateLane(lane.name, fresh, 'operator')).credentialId).toBe(fresh.id);
    expect(await store.credentials.findCredential(lane.credential?.secretHash ?? '')).toBeUndefined();
    expect((await store.credentials.findCredential(fresh.secretHash))?.id).toBe(fresh.id);
    expect(refusalOf(await store.board.rotateLane('nobody', fresh, 'operator'))).toBe('not-found');
  });

  test('is seen when it claims, and when it only waits', async () => {
    const { store, database } = suite;
    const { lane } = await laneWithTask(store);
    const seen = async () => (await store.board.readLane(lane))?.lane;
    expect((await seen())?.lastSeenAt).toBeNull();
    await claim(store, lane, { version: '1.2' });
    const first = (await seen())?.lastSeenAt ?? 0;
    expect(await seen()).toMatchObject({ version: '1.2', lastSeenAt: expect.any(Number) });
    await database.advance(5_000);
    await store.board.touchLanes([lane]);
    expect((await seen())?.lastSeenAt).toBeGreaterThanOrEqual(first + 5_000);
  });

  test('of an agent comes and goes with the configuration, and leaves a lane of another kind alone', async () => {
    const { store } = suite;
    const [coder, writer, taken] = [newName('coder'), newName('writer'), newName('taken')];
    value(await store.board.registerLane(newLane({ name: taken }), 'operator'));
    const agents = (...names: readonly string[]) => names.map((agent) => ({ agent, capacity: 2 }));
    expect(await store.board.setAgentLanes(agents(coder, writer, taken), 'daemon')).toEqual([taken]);
    expect((await store.board.readLane(coder))?.lane).toMatchObject({
      kind: 'spawnable',
      capacity: 2,
      runner: { kind: 'agent', agent: coder },
      credentialId: null,
    });
    expect(refusalOf(await store.board.rotateLane(coder, { id: 'x', secretHash: 'x', scopes: [], label: '' }, 'operator'))).toBe('wrong-state');
    expect(await store.board.setAgentLanes([{ agent: coder, capacity: 5 }], 'daemon')).toEqual([]);
    expect((await store.board.readLane(coder))?.lane.capacity).toBe(5);
    expect((await store.board.readLane(writer))?.lane.state).toBe('unregistered');
    expect((await store.board.readLane(taken))?.lane).toMatchObject({ state: 'active', runner: null });
    expect(await laneEvents(store, coder)).toEqual(['lane.registered', 'lane.changed']);
    expect(await store.board.setAgentLanes([{ agent: coder, capacity: 5 }], 'daemon')).toEqual([]);
    expect(await laneEvents(store, coder)).toHaveLength(2);
  });

  test('of the operator is always there', async () => {
    const { store } = suite;
    expect(refusalOf(await store.board.unregisterLane(operatorLane, 'operator'))).toBe('not-allowed');
    const { task } = value(await store.board.createTask(newTask({ assignee: operatorLane })));
    expect((await claim(store, operatorLane, { task: task.id })).task.lane).toBe(operatorLane);
  });
});
