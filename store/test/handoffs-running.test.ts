/** Handoffs from their notice to their end: one place each, one end each, and everything given back. */
import { expect, test } from 'vitest';
import { ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { announced, runTurn, underWay } from './handoff-chain-fixtures.ts';
import {
  breaker,
  ended,
  eventsOf,
  failed,
  made,
  newEdge,
  newNotice,
  questionAbout,
  request,
  sayNotice,
  start,
  startUnsaid,
  succeeded,
  typesOf,
  worked,
} from './handoff-fixtures.ts';
import { call, result, usage } from './session-fixtures.ts';

const many = 50;

onBothDatabases('running handoffs', (suite) => {
  test('of 50 that start at once one runs where one may, and each gets the place in its turn', async () => {
    const { store } = suite;
    const edge = { ...newEdge(), targetRules: { maxConcurrent: 1 } };
    const daemons = await severalDaemons(suite);
    const queued = await Promise.all([0, 1, 2].map(() => made(store, edge)));
    for (const one of queued) await announced(store, one);
    const ran = new Set<string>();
    for (let left = queued.length; left > 0; left -= 1) {
      const starts = await Promise.all(
        Array.from({ length: many }, (_, index) => index).flatMap((index) =>
          queued.slice(index % 3, (index % 3) + 1).map((one) => start(daemons.of(index), one, edge)),
        ),
      );
      const running = starts.flatMap((answer) => (answer.ok ? [answer.value] : []));
      expect(running).toHaveLength(1);
      const codes = new Set(starts.flatMap((answer) => (answer.ok ? [] : [answer.refusal.code])));
      expect(codes).toEqual(new Set(left === 1 ? ['wrong-state'] : ['limit-reached', 'wrong-state']));
      expect(await store.handoffs.listHandoffs({ target: edge.target, status: 'running', limit: 10 })).toHaveLength(1);
      for (const one of running) {
        ran.add(one.id);
        await worked(store, one);
        value(await store.handoffs.settleHandoff(one.id, succeeded, breaker));
      }
    }
    expect(ran).toEqual(new Set(queued.map(({ id }) => id)));
    expect(await store.handoffs.listHandoffs({ target: edge.target, open: true, limit: 10 })).toEqual([]);
    await daemons.close();
  });

  test('the work is one turn in the session of the target, behind the notice', async () => {
    const { store } = suite;
    const running = value(await start(store, await made(store, newEdge())));
    const turn = await store.sessions.readTurn(running.turnId ?? '');
    expect(turn).toMatchObject({
      sessionKey: running.target.sessionKey,
      agent: running.target.agent,
      from: running.source.name,
      provenance: running.provenance,
    });
    expect(turn?.message).toMatchObject({ platform: 'handoff', thread: 'work', messageId: `${running.id}.work`, text: running.task });
    expect(refusalOf(await start(store, running))).toBe('wrong-state');
    expect(refusalOf(await store.handoffs.settleHandoff(running.id, succeeded, breaker))).toBe('wrong-state');
    await store.handoffs.noteProgress(running.id, 'half of it');
    expect(await store.handoffs.readHandoff(running.id)).toMatchObject({ progress: 'half of it', startedAt: expect.any(Number) });
    expect((await eventsOf(store, running)).at(-1)).toMatchObject({ type: 'handoff.progressed', data: { text: 'half of it' } });
    await worked(store, running);
    expect(value(await store.handoffs.settleHandoff(running.id, succeeded, breaker))).toMatchObject({
      status: 'finished',
      outcome: 'succeeded',
      result: 'it is done',
    });
    await store.handoffs.noteProgress(running.id, 'more');
    expect(await typesOf(store, running)).toEqual(['handoff.requested', 'handoff.queued', 'handoff.started', 'handoff.progressed', 'handoff.finished']);
  });

  test('a full session of the target leaves it queued', async () => {
    const { store } = suite;
    const queued = await made(store, newEdge());
    await announced(store, queued);
    const { task: text, provenance } = queued;
    const work = { turnId: 'turn_full', text, provenance, maxQueued: 0, approval: { id: 'appr_full', expiresInMs: 1_000 } };
    expect(refusalOf(await store.handoffs.startHandoff(queued.id, work, questionAbout(queued, 'starting')))).toBe('limit-reached');
    expect(await store.handoffs.readHandoff(queued.id)).toEqual(queued);
    expect(value(await start(store, queued)).status).toBe('running');
  });

  test('nothing begins before its notice stands in the session of the target and, where a chat is bound, was sent', async () => {
    const { store } = suite;
    const queued = await made(store, newEdge());
    const expectUnseen = async (notice: string) => {
      const started = await startUnsaid(store, queued);
      expect(started.ok ? started.value.status : started.refusal).toMatchObject({ code: 'wrong-state', details: { notice } });
      expect(await store.handoffs.readHandoff(queued.id)).toEqual(queued);
    };
    await expectUnseen('waiting');
    const outbound = await sayNotice(store, queued);
    await expectUnseen('sending');
    value(await store.sessions.beginSend(outbound));
    await expectUnseen('sending');
    value(await store.sessions.settleSend(outbound, { as: 'sent' }));
    expect(value(await startUnsaid(store, queued)).status).toBe('running');
  });

  test('nothing begins behind a notice that failed or could not be delivered, and does behind one that perhaps arrived', async () => {
    const { store } = suite;
    for (const [ends, answer] of [
      ['failed', 'failed'],
      ['unknown', 'running'],
    ] as const) {
      const queued = await made(store, newEdge());
      const outbound = await sayNotice(store, queued);
      value(await store.sessions.beginSend(outbound));
      value(await store.sessions.settleSend(outbound, { as: ends, error: 'no such chat' }));
      const started = await startUnsaid(store, queued);
      expect(started.ok ? started.value.status : started.refusal.details?.['notice']).toBe(answer);
    }
    const unsaid = await made(store, newEdge());
    const held = await runTurn(store, unsaid.target.sessionKey, unsaid.noticeTurn ?? '');
    value(await store.sessions.failTurn(held.fence, held.turn.id, { code: 'failed', message: 'it broke' }, null));
    expect(refusalOf(await startUnsaid(store, unsaid))).toBe('wrong-state');
  });

  test('one that no guardrail allows any more is refused when it would start, and its notice is not said', async () => {
    const { store } = suite;
    const queued = await made(store, newEdge());
    const refused = value(await startUnsaid(store, queued, { sourceRules: { allowedTargets: [] } }));
    expect(refused).toMatchObject({ status: 'refused', turnId: null, decision: { moment: 'starting', decidedBy: 'target-allowed' } });
    expect(await store.sessions.readTurn(queued.noticeTurn ?? '')).toMatchObject({ status: 'cancelled' });
    expect(await typesOf(store, queued)).toEqual(['handoff.requested', 'handoff.queued', 'handoff.refused']);
  });

  test('however many settle it at once, it ends once, and its budget is settled once by what it cost', async () => {
    const { store } = suite;
    const daemons = await severalDaemons(suite);
    const edge = newEdge();
    const scope = `edge:${edge.source} ${edge.target}`;
    const reservation = { limits: [{ scope, window: '2026-11-21', microUsd: 50_000, tokens: 5_000 }], amount: { microUsd: 10_000, tokens: 1_000 } };
    const running = value(await start(store, await made(store, { ...edge, reservation }), { reservation }));
    const held = await runTurn(store, running.target.sessionKey, running.turnId ?? '');
    value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'done', usage }, null));
    expect(await store.handoffs.costOf(running.id)).toEqual({ costMicroUsd: 300, tokens: 120 });
    const ends = await Promise.all(
      Array.from({ length: 8 }, (_, index) => daemons.of(index).handoffs.settleHandoff(running.id, index % 2 === 0 ? succeeded : failed, breaker)),
    );
    expect(ends.filter(({ ok }) => ok)).toHaveLength(1);
    expect(ends.flatMap((end) => (end.ok ? [] : [end.refusal.code]))).toEqual(Array.from({ length: 7 }, () => 'wrong-state'));
    const budget = (await store.budgets.readBudgets()).find((state) => state.scope === scope);
    expect(budget).toMatchObject({ settled: { microUsd: 300, tokens: 120 }, reserved: { microUsd: 0, tokens: 0 } });
    expect((await typesOf(store, running)).filter((type) => type === 'handoff.finished')).toHaveLength(1);
    await daemons.close();
  });

  test('the place of a target is given back whichever way a handoff ends', async () => {
    const { store } = suite;
    const edge = { ...newEdge(), targetRules: { maxConcurrent: 1, maxWaiting: 0 } };
    const next = async () => value(await start(store, await made(store, edge), edge));
    for (const end of [succeeded, failed, { as: 'uncertain', reason: 'nobody knows', result: null } as const]) {
      const running = await next();
      expect(await made(store, edge)).toMatchObject({ status: 'refused', decision: { decidedBy: 'target-concurrency' } });
      await worked(store, running);
      value(await store.handoffs.settleHandoff(running.id, end, breaker));
    }
    value(await store.handoffs.cancelHandoff((await next()).id, 'operator', 'enough'));
    const unwanted = await made(store, edge);
    value(await start(store, unwanted, { ...edge, sourceRules: { allowedTargets: [] } }));
    expect((await next()).status).toBe('running');
  });

  test('the breaker of an edge opens after so many failures in a row, and lets exactly one try again when it has rested', async () => {
    const { store, database } = suite;
    const daemons = await severalDaemons(suite);
    const edge = newEdge();
    const state = async () => (await store.handoffs.listEdges(breaker)).find(({ source }) => source === edge.source);
    await ended(store, edge, failed);
    await ended(store, edge);
    for (let index = 0; index < 4; index += 1) expect(await typesOf(store, await ended(store, edge, failed))).not.toContain('edge.opened');
    expect((await typesOf(store, await ended(store, edge, failed))).at(-1)).toBe('edge.opened');
    expect(await state()).toMatchObject({ handoffs: 7, failures: 5, breaker: 'open' });
    expect(await made(store, edge)).toMatchObject({ status: 'refused', decision: { decidedBy: 'breaker' } });
    expect(await made(store, { ...newEdge(), target: edge.target })).toMatchObject({ status: 'queued' });
    await database.advance(600_001);
    expect(await state()).toMatchObject({ breaker: 'half-open' });
    const crowd = (await Promise.all(Array.from({ length: 20 }, (_, index) => request(daemons.of(index), edge)))).map((answer) => value(answer).handoff);
    const probes = crowd.filter(({ status }) => status === 'queued');
    expect(probes).toHaveLength(1);
    const [probe] = probes;
    if (probe === undefined) throw new Error('nothing tries');
    const running = value(await start(store, probe, edge));
    await worked(store, running);
    value(await store.handoffs.settleHandoff(running.id, failed, breaker));
    expect(await made(store, edge)).toMatchObject({ status: 'refused', decision: { decidedBy: 'breaker' } });
    await database.advance(600_001);
    const cancelled = await made(store, edge);
    expect(await made(store, edge)).toMatchObject({ status: 'refused' });
    value(await store.handoffs.cancelHandoff(cancelled.id, 'operator', 'let another try'));
    const well = await ended(store, edge);
    expect((await typesOf(store, well)).at(-1)).toBe('edge.closed');
    expect(await state()).toMatchObject({ failures: 0, breaker: 'closed' });
    await daemons.close();
  });

  test('one that was queued when the breaker opened does not run while it is open', async () => {
    const { store } = suite;
    const edge = newEdge();
    const queued = await made(store, edge);
    for (let index = 0; index < 5; index += 1) await ended(store, edge, failed);
    expect(value(await start(store, queued, edge))).toMatchObject({ status: 'refused', decision: { decidedBy: 'breaker' } });
  });

  test('how far a notice has come is seen, and a handoff pauses and resumes with it', async () => {
    const { store } = suite;
    const handoff = await made(store, newEdge());
    const state = async () => (await store.handoffs.queuedHandoffs(1_000)).find((queued) => queued.handoff.id === handoff.id);
    expect(await state()).toMatchObject({ notice: 'waiting', handoff });
    const sent = await sayNotice(store, handoff);
    expect(await state()).toMatchObject({ notice: 'sending' });
    value(await store.sessions.beginSend(sent));
    value(await store.sessions.settleSend(sent, { as: 'failed', error: 'the bot was kicked' }));
    expect(await state()).toMatchObject({ notice: 'failed', detail: 'the bot was kicked' });
    expect(value(await store.handoffs.pauseHandoff(handoff.id, 'the bot was kicked'))).toMatchObject({ status: 'paused', reason: 'the bot was kicked' });
    expect(refusalOf(await store.handoffs.pauseHandoff(handoff.id, 'again'))).toBe('wrong-state');
    expect(refusalOf(await start(store, handoff))).toBe('wrong-state');
    expect(await state()).toMatchObject({ notice: 'failed', handoff: { status: 'paused' } });
    const resumed = value(await store.handoffs.resumeHandoff(handoff.id, newNotice(), 'operator'));
    expect(resumed).toMatchObject({ status: 'queued', reason: '' });
    expect(await state()).toMatchObject({ notice: 'waiting' });
    expect((await store.sessions.readTurn(resumed.noticeTurn ?? ''))?.message.messageId).toBe(`${handoff.id}.notice.2`);
    const again = await sayNotice(store, resumed);
    value(await store.handoffs.pauseHandoff(handoff.id, 'not delivered within a minute'));
    value(await store.sessions.beginSend(again));
    value(await store.sessions.settleSend(again, { as: 'sent' }));
    expect(await state()).toMatchObject({ notice: 'delivered', handoff: { status: 'paused' } });
    expect(value(await store.handoffs.resumeHandoff(handoff.id, null, 'daemon'))).toMatchObject({ status: 'queued', noticeTurn: resumed.noticeTurn });
    expect(refusalOf(await store.handoffs.resumeHandoff(handoff.id, null, 'daemon'))).toBe('wrong-state');
    expect(await typesOf(store, handoff)).toEqual([
      'handoff.requested',
      'handoff.queued',
      'handoff.paused',
      'handoff.resumed',
      'handoff.paused',
      'handoff.resumed',
    ]);
  });

  test('the end of its turn is seen with its answer, its code, and whether a call is not known to have taken effect', async () => {
    const { store } = suite;
    const find = async (id: string) => (await store.handoffs.endedHandoffs(1_000)).find(({ handoff }) => handoff.id === id)?.turn;
    const answered = value(await start(store, await made(store, newEdge())));
    expect(await find(answered.id)).toBeUndefined();
    await worked(store, answered);
    expect(await find(answered.id)).toEqual({ status: 'completed', answer: 'it is done', reason: '', code: '', unknownCall: false });
    const broken = value(await start(store, await made(store, newEdge())));
    const held = await runTurn(store, broken.target.sessionKey, broken.turnId ?? '');
    value(await store.sessions.startToolCall(held.fence, held.turn.id, { ...call('c1'), idempotent: false }));
    value(await store.sessions.failTurn(held.fence, held.turn.id, { code: 'budget-exhausted', message: 'no money left' }, null));
    expect(await find(broken.id)).toEqual({ status: 'failed', answer: '', reason: 'no money left', code: 'budget-exhausted', unknownCall: true });
    const known = value(await start(store, await made(store, newEdge())));
    const other = await runTurn(store, known.target.sessionKey, known.turnId ?? '');
    value(await store.sessions.startToolCall(other.fence, other.turn.id, { ...call('c1'), idempotent: false }));
    value(await store.sessions.finishToolCall(other.fence, other.turn.id, result('c1')));
    value(await store.sessions.failTurn(other.fence, other.turn.id, { code: 'failed', message: 'it broke' }, null));
    expect(await find(known.id)).toMatchObject({ unknownCall: false });
    value(await store.handoffs.settleHandoff(broken.id, { as: 'uncertain', reason: 'a call may have taken effect', result: null }, breaker));
    expect(await find(broken.id)).toBeUndefined();
    expect((await typesOf(store, broken)).at(-1)).toBe('handoff.uncertain');
  });

  test('one whose turn handed work on without waiting ends with the turn that sums it up', async () => {
    const { store } = suite;
    const find = async (id: string) => (await store.handoffs.endedHandoffs(1_000)).find(({ handoff }) => handoff.id === id)?.turn;
    const { handoff, held } = await underWay(store, newEdge());
    const within = { turnId: held.turn.id, provenance: held.turn.provenance };
    const below = value(await request(store, { source: handoff.target.name, target: newEdge().target, within, awaited: false })).handoff;
    value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'handed on', usage: null }, null));
    expect(await find(handoff.id)).toBeUndefined();
    value(await store.handoffs.cancelHandoff(below.id, 'operator', 'not needed'));
    expect(await find(handoff.id)).toBeUndefined();
    const summary = { turnId: ids.next('turn'), text: 'nothing came of it', provenance: held.turn.provenance, maxQueued: 100 };
    value(await store.handoffs.openSummary(held.turn.id, summary));
    expect(await find(handoff.id)).toBeUndefined();
    const summing = await runTurn(store, handoff.target.sessionKey, summary.turnId);
    value(await store.sessions.finishTurn(summing.fence, summary.turnId, { text: 'nobody did it', usage: null }, null));
    expect(await find(handoff.id)).toMatchObject({ status: 'completed', answer: 'nobody did it' });
  });
});
