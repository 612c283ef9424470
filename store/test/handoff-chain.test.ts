/** Chains: what begins within the work of a handoff that is being called off, and where a chain ends. */
import { deriveProvenance, rootProvenance } from '@guildhall/authority';
import { refuse, type Provenance, type Settled } from '@guildhall/protocol';
import { describe, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { attempt, newLane, newTask } from './claim-fixtures.ts';
import { expectSound, ids, onBothDatabases, postgresDatabase, postgresUrl, refusalOf, severalDaemons, sqliteDatabase, value } from './databases.ts';
import { announced, newRequest, requested, startOf, underWay, withinTurn } from './handoff-chain-fixtures.ts';
import { beginTurn, call, newSession, request } from './session-fixtures.ts';

const rounds = 12;

onBothDatabases('a cancel that races with what begins within the work', (parts) => {
  test('comes before or behind each beginning, never between', { timeout: 120_000 }, async () => {
    const daemons = await severalDaemons(parts);
    const seen = { begun: 0, refused: 0 };
    for (let round = 0; round < rounds; round += 1) {
      const race = await newRace(daemons.of(0));
      const begin = beginnings(daemons.of(round), race);
      const delay = round % 4;
      const cancel = async () => {
        for (let step = 0; step < delay; step += 1) await daemons.of(1).handoffs.readHandoff(race.top);
        return daemons.of(1).handoffs.cancelHandoff(race.top, 'operator', 'enough');
      };
      const [cancelled, ...outcomes] = await Promise.all([cancel(), ...begin.map((one) => one())]);
      expect(cancelled.ok).toBe(true);
      for (const settled of outcomes) seen[settled.ok ? 'begun' : 'refused'] += 1;
      await expectStopped(daemons.of(2), race, outcomes);
      for (const one of beginnings(daemons.of(2), race)) expect((await one()).ok).toBe(false);
    }
    await daemons.close();
    // Neither side wins always, else nothing was tried.
    expect(Math.min(seen.begun, seen.refused)).toBeGreaterThan(0);
  });

  test('is one cancel, however many ask for it, with one tree', async () => {
    const daemons = await severalDaemons(parts);
    const race = await newRace(parts.store);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => daemons.of(index).handoffs.cancelHandoff(race.top, `operator ${index}`, 'enough')),
    );
    const reasons = new Set(answers.map((answer) => value(answer).handoff.reason));
    expect(reasons.size).toBe(1);
    expect(new Set(answers.map((answer) => JSON.stringify(value(answer).parts))).size).toBe(1);
    await daemons.close();
  });

  test('of two levels at once ends both trees', async () => {
    const daemons = await severalDaemons(parts);
    for (let round = 0; round < 6; round += 1) {
      const race = await newRace(parts.store);
      const [top, nested] = await Promise.all([race.top, race.nested].map((id, index) => daemons.of(index).handoffs.cancelHandoff(id, 'operator', 'enough')));
      expect([top?.ok, nested?.ok]).toEqual([true, true]);
      for (const id of [race.top, race.nested]) expect(await parts.store.handoffs.readHandoff(id)).toMatchObject({ status: 'cancelled' });
    }
    await daemons.close();
  });
});

onBothDatabases('a turn that was asked to stop', (parts) => {
  test('begins no call any more, whether or not it works for a handoff', async () => {
    const { fence, turn } = await beginTurn(parts.store.sessions);
    value(await parts.store.sessions.startToolCall(fence, turn.id, call('before')));
    value(await parts.store.sessions.requestCancel(turn.id, 'operator'));
    expect(refusalOf(await parts.store.sessions.startToolCall(fence, turn.id, call('after')))).toBe('not-allowed');
    expect(refusalOf(await parts.store.sessions.beginStep(fence, turn.id))).toBe('not-allowed');
    const { held, handoff } = await underWay(parts.store);
    value(await parts.store.sessions.requestCancel(held.turn.id, 'operator'));
    expect(refusalOf(await parts.store.sessions.beginStep(held.fence, held.turn.id))).toBe('not-allowed');
    expect(await parts.store.handoffs.readHandoff(handoff.id)).toMatchObject({ status: 'running', calledOffAt: null });
  });
});

onBothDatabases('the end of a chain', (parts) => {
  test('is where the configuration says: no turn, no task and no work of a role goes beyond', async () => {
    const last = chain({ depth: 3, handoffs: 3 }, 3);
    value(await parts.store.sessions.acceptMessage(request(newSession(), { provenance: last })));
    value(await parts.store.board.createTask(newTask({ provenance: last })));
    const beyond = chain({ depth: 3, handoffs: 3 }, 4);
    const turn = await parts.store.sessions.acceptMessage(request(newSession(), { provenance: beyond }));
    expect(turn).toMatchObject({
      ok: false,
      refusal: { code: 'limit-reached', message: expect.stringContaining('limits.chain_depth'), details: { depth: 4, limit: 3 } },
    });
    expect(refusalOf(await parts.store.board.createTask(newTask({ provenance: beyond })))).toBe('limit-reached');
  });

  test('is asked only of what is new: a message that was accepted is found again', async () => {
    const { limits: _limits, ...unlimited } = chain({ depth: 64, handoffs: 16 }, 3);
    const asked = request(newSession(), { provenance: unlimited });
    const first = value(await parts.store.sessions.acceptMessage(asked));
    const again = await parts.store.sessions.acceptMessage({ ...asked, provenance: chain({ depth: 1, handoffs: 1 }, 5) });
    expect(value(again)).toMatchObject({ turnId: first.turnId, duplicate: true });
  });

  test('holds for chains that say no limit, too', async () => {
    const { limits: _limits, ...unlimited } = chain({ depth: 64, handoffs: 16 }, 65);
    expect(refusalOf(await parts.store.sessions.acceptMessage(request(newSession(), { provenance: unlimited })))).toBe('limit-reached');
  });
});

describe.each([
  ['SQLite', async () => sqliteDatabase()],
  ['PostgreSQL', postgresDatabase],
] as const)('a chain and a cancel on %s', (kind, make) => {
  test.skipIf(kind === 'PostgreSQL' && postgresUrl() === undefined)('are the same after the store was opened anew', async () => {
    const database = await make();
    const before = await database.open();
    const turnId = value(await before.sessions.acceptMessage(request(newSession(), { provenance: chain({ depth: 2, handoffs: 2 }, 2) }))).turnId;
    const { handoff, held } = await underWay(before);
    value(await before.handoffs.cancelHandoff(handoff.id, 'operator', 'enough'));
    await before.close();
    const store = await database.open();
    const kept = await store.sessions.readTurn(turnId);
    expect(kept?.provenance.limits).toEqual({ depth: 2, handoffs: 2 });
    expect(refusalOf(await store.sessions.acceptMessage(request(newSession(), { provenance: link(kept?.provenance ?? held.turn.provenance) })))).toBe(
      'limit-reached',
    );
    expect(refusalOf(await store.sessions.acceptMessage(request(newSession(), { provenance: link(held.turn.provenance) })))).toBe('wrong-state');
    await expectSound(store);
    await database.dispose();
  });
});

interface Race {
  readonly top: string;
  readonly nested: string;
  readonly queued: string;
  readonly provenance: Provenance;
  readonly held: Awaited<ReturnType<typeof underWay>>['held'];
  readonly lane: string;
  readonly session: string;
}

/** A handoff that works, one below it that works, one below that which is queued, and a task that waits for a lane. */
async function newRace(store: Store): Promise<Race> {
  const top = await underWay(store);
  const nested = await underWay(store, { within: withinTurn(top.held.turn) });
  const queued = await requested(store, { within: withinTurn(nested.held.turn) });
  await announced(store, queued);
  const lane = value(await store.board.registerLane(newLane(), 'operator'));
  const provenance = link(nested.held.turn.provenance);
  value(await store.board.createTask(newTask({ assignee: lane.name, provenance })));
  return { top: top.handoff.id, nested: nested.handoff.id, queued: queued.id, provenance, held: nested.held, lane: lane.name, session: newSession() };
}

type Beginning = () => Promise<Settled<unknown>>;

/** Everything that can begin within the work. */
function beginnings(store: Store, { provenance, held, lane, queued, session }: Race): readonly Beginning[] {
  const { fence, turn } = held;
  const nested = newRequest({ within: withinTurn(turn) });
  return [
    () => store.sessions.acceptMessage(request(newSession(), { provenance })),
    () => store.sessions.acceptMessage(request(session, { provenance })),
    () => store.board.createTask(newTask({ provenance })),
    async () => {
      const claimed = await store.board.claimTask(attempt(lane));
      return claimed.ok && claimed.value === null ? refuse('wrong-state', 'there was nothing to claim') : claimed;
    },
    () => store.handoffs.requestHandoff(nested.handoff, nested.question),
    async () => {
      const waiting = await store.handoffs.readHandoff(queued);
      return waiting === undefined ? refuse('not-found', queued) : startOf(store, waiting);
    },
    () => store.sessions.beginStep(fence, turn.id),
    () => store.sessions.startToolCall(fence, turn.id, call(ids.next('call'))),
  ];
}

/** What began is stopped with the rest of the tree, or was asked to stop. */
async function expectStopped(store: Store, race: Race, outcomes: readonly Settled<unknown>[]): Promise<void> {
  for (const settled of outcomes) if (!settled.ok) expect(['wrong-state', 'not-allowed']).toContain(settled.refusal.code);
  const { parts } = value(await store.handoffs.cancelHandoff(race.top, 'operator', 'enough'));
  for (const { kind, id, answer } of parts) {
    if (kind === 'turn' && answer === null) expect(await store.sessions.readTurn(id)).toMatchObject({ status: 'running', cancelRequested: true });
    if (kind === 'task' && answer === null) expect(await store.board.readTask(id)).toMatchObject({ status: 'running' });
    if (kind === 'handoff') expect(await store.handoffs.readHandoff(id)).toMatchObject({ status: 'cancelled' });
  }
  await expectSound(store);
}

function link(provenance: Provenance): Provenance {
  return deriveProvenance(provenance, { hop: { via: 'delegate', actor: 'agent:coder', ref: ids.next('ref') }, agent: 'coder' });
}

/** The provenance of a link so deep, in a chain that began under these limits. */
function chain(limits: { readonly depth: number; readonly handoffs: number }, depth: number): Provenance {
  const root = rootProvenance({ id: ids.next('root'), origin: 'operator', trust: 'operator', agent: 'coder', via: 'message', ref: 'm1', limits });
  return Array.from({ length: depth }).reduce<Provenance>(link, root);
}
