/** Whoever asked for handoffs without waiting is told once what came of them. */
import { deriveProvenance } from '@guildhall/authority';
import type { HeldTurn } from '@guildhall/sessions';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { newRequest, underWay, withinTurn } from './handoff-chain-fixtures.ts';
import { beginTurn, request } from './session-fixtures.ts';

type Working = Awaited<ReturnType<typeof underWay>>;

async function finish(store: Store, { handoff, held }: Working): Promise<void> {
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'done', usage: null }, null));
  const end = { as: 'finished', outcome: 'succeeded', result: 'done', reason: '' } as const;
  value(await store.handoffs.settleHandoff(handoff.id, end, { failures: 50, restMs: 1_000 }));
}

function answered(store: Store, { fence, turn }: HeldTurn) {
  return store.sessions.finishTurn(fence, turn.id, { text: 'I have asked', usage: null }, null);
}

function summary(store: Store, { turn }: HeldTurn, turnId = ids.next('turn'), maxQueued = 20) {
  const hop = { via: 'reply', actor: `agent:${turn.agent}`, ref: turn.id } as const;
  const provenance = deriveProvenance(turn.provenance, { hop, agent: turn.agent, trust: 'peer' });
  return store.handoffs.openSummary(turn.id, { turnId, text: 'this came of it', provenance, maxQueued });
}

async function isDue(store: Store, { turn }: HeldTurn): Promise<boolean> {
  return (await store.handoffs.dueSummaries(1_000)).some(({ sourceTurn }) => sourceTurn === turn.id);
}

function askedBy(store: Store, { turn }: HeldTurn, more: { readonly awaited?: boolean; readonly needed?: number | null } = {}): Promise<Working> {
  return underWay(store, { within: withinTurn(turn), awaited: false, ...more });
}

onBothDatabases('a summary', (parts) => {
  test('is due when the turn that asked and all it asked for have ended, and then once', async () => {
    const { store } = parts;
    const source = await beginTurn(store.sessions);
    const working = [await askedBy(store, source), await askedBy(store, source)] as const;
    await finish(store, working[0]);
    value(await answered(store, source));
    expect(await isDue(store, source)).toBe(false);
    await finish(store, working[1]);
    const due = (await store.handoffs.dueSummaries(1_000)).find(({ sourceTurn }) => sourceTurn === source.turn.id);
    expect(due?.handoffs.map(({ id }) => id)).toEqual(working.map(({ handoff }) => handoff.id));
    const turnId = ids.next('turn');
    expect(value(await summary(store, source, turnId))).toEqual({ sessionKey: source.turn.sessionKey, turnId });
    expect(await isDue(store, source)).toBe(false);
    expect(value(await summary(store, source))).toMatchObject({ turnId });
    expect(await store.sessions.readTurn(turnId)).toMatchObject({ status: 'queued', sessionKey: source.turn.sessionKey, provenance: { trust: 'peer' } });
  });

  test('is not due while the turn that asked goes on', async () => {
    const { store } = parts;
    const source = await beginTurn(store.sessions);
    await finish(store, await askedBy(store, source));
    expect(await isDue(store, source)).toBe(false);
    value(await answered(store, source));
    expect(await isDue(store, source)).toBe(true);
  });

  test('needs no more of them than were asked for', async () => {
    const { store } = parts;
    const source = await beginTurn(store.sessions);
    const working = [
      await askedBy(store, source, { needed: 2 }),
      await askedBy(store, source, { needed: 2 }),
      await askedBy(store, source, { needed: 2 }),
    ] as const;
    value(await answered(store, source));
    await finish(store, working[0]);
    expect(await isDue(store, source)).toBe(false);
    await finish(store, working[2]);
    expect(await isDue(store, source)).toBe(true);
    value(await summary(store, source));
    await finish(store, working[1]);
    expect(await isDue(store, source)).toBe(false);
  });

  test('is not owed for what was waited for, until nobody waits any more', async () => {
    const { store } = parts;
    const source = await beginTurn(store.sessions);
    const [waited, released] = [await askedBy(store, source, { awaited: true }), await askedBy(store, source, { awaited: true })];
    await finish(store, waited);
    await store.handoffs.releaseAwaited(waited.handoff.id);
    value(await answered(store, source));
    expect(await isDue(store, source)).toBe(false);
    await store.handoffs.releaseAwaited(released.handoff.id);
    await finish(store, released);
    const due = (await store.handoffs.dueSummaries(1_000)).find(({ sourceTurn }) => sourceTurn === source.turn.id);
    expect(due?.handoffs.map(({ id }) => id)).toEqual([released.handoff.id]);
  });

  test('is not owed for what policy refused at once', async () => {
    const { store } = parts;
    const source = await beginTurn(store.sessions);
    const { handoff, question } = newRequest({ within: withinTurn(source.turn), awaited: false });
    const off = { ...question, rules: { ...question.rules, enabled: false } };
    expect(value(await store.handoffs.requestHandoff(handoff, off)).handoff.status).toBe('refused');
    value(await answered(store, source));
    expect(await isDue(store, source)).toBe(false);
  });

  test('is opened once, however many open it at once', async () => {
    const daemons = await severalDaemons(parts);
    const source = await beginTurn(parts.store.sessions);
    await finish(parts.store, await askedBy(parts.store, source));
    value(await answered(parts.store, source));
    const opened = await Promise.all(Array.from({ length: 9 }, (_, index) => summary(daemons.of(index), source)));
    expect(new Set(opened.map((one) => value(one).turnId)).size).toBe(1);
    expect((await parts.store.sessions.listTurns({ sessionKey: source.turn.sessionKey, limit: 50 })).length).toBe(2);
    await daemons.close();
  });

  test('waits for a full session, and is forgotten where it can never be opened', async () => {
    const { store } = parts;
    const source = await beginTurn(store.sessions);
    const asked = await askedBy(store, source);
    value(await store.sessions.acceptMessage(request(source.turn.sessionKey)));
    await finish(store, asked);
    value(await answered(store, source));
    expect(refusalOf(await summary(store, source, ids.next('turn'), 1))).toBe('limit-reached');
    expect(await isDue(store, source)).toBe(true);
    const { turn } = source;
    const tooLong = { ...turn.provenance, depth: 17, limits: { depth: 16, handoffs: 16 } };
    const lost = await store.handoffs.openSummary(turn.id, { turnId: ids.next('turn'), text: 'this came of it', provenance: tooLong, maxQueued: 9 });
    expect(refusalOf(lost)).toBe('limit-reached');
    expect(await isDue(store, source)).toBe(false);
    expect(refusalOf(await summary(store, source))).toBe('wrong-state');
    const told = value(await store.journal.readEvents({ after: '', stream: `handoff:${asked.handoff.id}`, limit: 50 })).events.at(-1);
    expect(told).toMatchObject({ type: 'handoff.summed-up', data: { sourceTurn: turn.id, reason: expect.stringContaining('step 17') } });
  });

  test('does not begin within work that was called off', async () => {
    const { store } = parts;
    const { handoff, held } = await underWay(store);
    const asked = await askedBy(store, held);
    await finish(store, asked);
    value(await store.handoffs.cancelHandoff(handoff.id, 'operator', 'enough'));
    value(await store.sessions.cancelTurn(held.fence, held.turn.id, 'stopped on request'));
    expect(refusalOf(await summary(store, held))).toBe('wrong-state');
    expect(await isDue(store, held)).toBe(false);
  });
});
