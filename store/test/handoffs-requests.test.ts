/** Asking for handoffs: once, under every limit however many ask at once, and stored whatever the answer. */
import type { EdgeRules } from '@guildhall/handoffs';
import { expect, test } from 'vitest';
import { expectSound, ids, onBothDatabases, refusalOf, severalDaemons, sqliteDatabase, value } from './databases.ts';
import {
  approved,
  edit,
  ended,
  eventsOf,
  made,
  newEdge,
  request,
  settleApproval,
  start,
  succeeded,
  typesOf,
  wantedRequest,
  worked,
} from './handoff-fixtures.ts';
import { openedRole, retiring } from './role-fixtures.ts';
import { provenance } from './session-fixtures.ts';

const many = 50;

onBothDatabases('requests of handoffs', (suite) => {
  test('one that every guardrail allows is queued, with its notice accepted in the session of its target', async () => {
    const { store } = suite;
    const handoff = await made(store, newEdge());
    expect(handoff).toMatchObject({ status: 'queued', depth: 1, riskLevel: 'low', asked: 0, approvalId: null });
    const notice = await store.sessions.readTurn(handoff.noticeTurn ?? '');
    expect(notice).toMatchObject({ sessionKey: handoff.target.sessionKey, agent: handoff.target.agent, status: 'queued' });
    expect(notice?.message).toMatchObject({ platform: 'handoff', chat: handoff.id, thread: 'notice', messageId: `${handoff.id}.notice.1` });
    expect(await typesOf(store, handoff)).toEqual(['handoff.requested', 'handoff.queued']);
    const decisions = await store.handoffs.decisionsOf(handoff.id);
    expect(decisions).toMatchObject([{ moment: 'requested', verdict: 'allow', at: handoff.requestedAt }]);
    expect(decisions[0]?.answers).toHaveLength(16);
    expect(handoff.decision).toEqual(decisions[0]);
  });

  test('a session that its notice opens is the conversation its key names', async () => {
    const { store } = suite;
    const { handoff, question } = wantedRequest(newEdge());
    const target = { ...handoff.target, sessionKey: `agent:${handoff.target.agent}:telegram:group:chat=-1007` };
    value(await store.handoffs.requestHandoff({ ...handoff, target }, { ...question, target }));
    const place = { platform: 'telegram', account: 'default', chat: '-1007', chatType: 'group', title: `Work from ${handoff.source.name}` };
    expect(await store.sessions.readSession(target.sessionKey)).toMatchObject(place);
  });

  test('one that a guardrail refuses is stored as refused, with what was looked at, and begins nothing', async () => {
    const { store } = suite;
    const handoff = await made(store, { ...newEdge(), sourceRules: { allowedTargets: [] } });
    expect(handoff).toMatchObject({ status: 'refused', noticeTurn: null, decision: { verdict: 'deny', decidedBy: 'target-allowed' } });
    expect(handoff.reason).toContain('may not hand off to');
    expect(handoff.endedAt).not.toBeNull();
    expect(await typesOf(store, handoff)).toEqual(['handoff.requested', 'handoff.refused']);
    expect(await store.sessions.readSession(handoff.target.sessionKey)).toBeUndefined();
  });

  test('what is forbidden stands in the chain of the work, also where only the rules forbid it', async () => {
    const handoff = await made(suite.store, { ...newEdge(), sourceRules: { forbidden: ['db_write'] }, rules: defining('db_write') });
    expect(handoff).toMatchObject({ status: 'queued', forbidden: ['db_write'], provenance: { forbidden: ['db_write'] } });
  });

  test('what is asked again is in the journal, with who asked', async () => {
    const { store } = suite;
    const edge = { ...newEdge(), dedupKey: 'once' };
    const there = await made(store, edge);
    const again = value(await request(store, edge));
    expect(again).toMatchObject({ duplicate: true, handoff: { id: there.id } });
    const told = (await eventsOf(store, there)).at(-1);
    expect(told).toMatchObject({ type: 'handoff.asked-again', actor: there.requestedBy, data: { verdict: 'deny', decidedBy: 'duplicate' } });
  });

  test('the same asked 50 times at once by several daemons is one handoff', async () => {
    const { store } = suite;
    const edge = newEdge();
    const daemons = await severalDaemons(suite);
    const answers = await Promise.all(
      Array.from({ length: many }, (_, index) =>
        request(daemons.of(index), { ...edge, task: index % 2 === 0 ? 'Restart  the Worker' : 'restart the worker\u200B' }),
      ),
    );
    const there = await store.handoffs.listHandoffs({ source: edge.source, limit: 100 });
    expect(there).toHaveLength(1);
    expect(answers.map((answer) => value(answer).handoff.id)).toEqual(answers.map(() => there[0]?.id));
    expect(answers.filter((answer) => !value(answer).duplicate)).toHaveLength(1);
    const decisions = await store.handoffs.decisionsOf(there[0]?.id ?? '');
    expect(decisions.filter(({ moment }) => moment === 'asked-again')).toHaveLength(many - 1);
    expect(there[0]?.decision.moment).toBe('requested');
    await daemons.close();
  });

  test('the same call is the same handoff whatever became of it, and the same key on the same edge', async () => {
    const { store } = suite;
    const edge = newEdge();
    const within = { turnId: ids.next('turn'), provenance: { ...provenance, visited: [edge.source] }, call: 'call_1' };
    const refused = await made(store, { ...edge, within, sourceRules: { allowedTargets: [] } });
    expect(value(await request(store, { ...edge, within, task: 'another' }))).toMatchObject({ duplicate: true, handoff: { id: refused.id } });
    const first = await ended(store, { ...edge, dedupKey: 'nightly' });
    const again = value(await request(store, { ...edge, dedupKey: 'nightly', task: 'other words' }));
    expect(again).toMatchObject({ duplicate: true, handoff: { id: first.id, status: 'finished' } });
    expect(value(await request(store, { ...newEdge(), dedupKey: 'nightly' })).duplicate).toBe(false);
  });

  test('the same words are the same handoff while it is open and within the window, and not after', async () => {
    const { store, database } = suite;
    const edge = { ...newEdge(), task: 'look at the disk' };
    const windowed = { ...edge, rules: { duplicateWindowMs: 60_000 } };
    const first = await made(store, windowed);
    await database.advance(120_000);
    expect(value(await request(store, windowed))).toMatchObject({ duplicate: true, handoff: { id: first.id } });
    const running = value(await start(store, first, windowed));
    await worked(store, running);
    value(await store.handoffs.settleHandoff(running.id, succeeded, { failures: 5, restMs: 600_000 }));
    const second = value(await request(store, windowed));
    expect(second.duplicate).toBe(false);
    await store.handoffs.cancelHandoff(second.handoff.id, 'operator', 'not now');
    expect(value(await request(store, windowed))).toMatchObject({ duplicate: true, handoff: { status: 'cancelled' } });
  });

  test('what policy refused does not stand in the way of asking again; what a person refused does', async () => {
    const { store } = suite;
    const edge = { ...newEdge(), task: 'drop the table', rules: { duplicateWindowMs: 60_000 } };
    const refused = await made(store, { ...edge, sourceRules: { allowedTargets: [] } });
    const asked = value(await request(store, { ...edge, mustAsk: true }));
    expect(asked).toMatchObject({ duplicate: false, handoff: { status: 'awaiting-approval' } });
    expect(asked.handoff.id).not.toBe(refused.id);
    value(await store.approvals.answerApproval(asked.handoff.approvalId ?? '', 'deny', 'operator', 'no'));
    value(await settleApproval(store, asked.handoff));
    expect(value(await request(store, edge))).toMatchObject({ duplicate: true, handoff: { id: asked.handoff.id, status: 'refused' } });
  });

  test('of 100 at once with a budget for one, one is queued, and its budget is there again when it has ended', async () => {
    const { store } = suite;
    const edge = newEdge();
    const reservation = {
      limits: [{ scope: `edge:${edge.source} ${edge.target}`, window: '2026-11-21', microUsd: 15_000 }],
      amount: { microUsd: 10_000, tokens: 0 },
    };
    const daemons = await severalDaemons(suite);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => request(daemons.of(index), { ...edge, reservation })));
    const handoffs = answers.map((answer) => value(answer).handoff);
    const queued = handoffs.filter(({ status }) => status === 'queued');
    expect(queued).toHaveLength(1);
    expect(handoffs.filter(({ decision }) => decision.decidedBy === 'budget')).toHaveLength(99);
    // Longer than a reservation of a call lasts.
    await suite.database.advance(7_200_000);
    expect(await made(store, { ...edge, reservation })).toMatchObject({ status: 'refused' });
    expect(await heldBack(reservation.limits[0]?.scope)).toBe(10_000);
    value(await store.handoffs.cancelHandoff(queued[0]?.id ?? '', 'operator', 'enough'));
    expect(await heldBack(reservation.limits[0]?.scope)).toBe(0);
    expect(await made(store, { ...edge, reservation })).toMatchObject({ status: 'queued' });
    await daemons.close();

    async function heldBack(scope = '') {
      return (await store.budgets.readBudgets()).find((budget) => budget.scope === scope)?.reserved.microUsd;
    }
  });

  test('of 50 at once no more wait than may wait, nor at more targets, nor within an hour', async () => {
    const { store, database } = suite;
    const edge = newEdge();
    const daemons = await severalDaemons(suite);
    const crowd = await Promise.all(
      Array.from({ length: many }, (_, index) => request(daemons.of(index), { ...edge, targetRules: { maxConcurrent: 1, maxWaiting: 3 } })),
    );
    expect(crowd.filter((answer) => value(answer).handoff.status === 'queued')).toHaveLength(4);
    const source = ids.next('source');
    const spread = await Promise.all(
      Array.from({ length: many }, (_, index) =>
        request(daemons.of(index), { source, target: `${source}_${index}`, sourceRules: { maxConcurrentTargets: 4 } }),
      ),
    );
    expect(spread.filter((answer) => value(answer).handoff.status === 'queued')).toHaveLength(4);
    const hasty = newEdge();
    const hurried = await Promise.all(Array.from({ length: many }, (_, index) => request(daemons.of(index), { ...hasty, sourceRules: { maxPerHour: 6 } })));
    expect(hurried.filter((answer) => value(answer).handoff.status === 'queued')).toHaveLength(6);
    await database.advance(3_600_001);
    expect(await made(store, { ...hasty, sourceRules: { maxPerHour: 6 } })).toMatchObject({ status: 'queued' });
    await daemons.close();
  });

  test('a role that was retired meanwhile is a closed target, and one that is retired while a person thinks takes nothing', async () => {
    const { store } = suite;
    const role = await openedRole(store, { agent: 'writer' });
    const roleTarget = { name: `role:${role.plan}/${role.role}`, agent: 'writer', sessionKey: role.sessionKey };
    const first = wantedRequest({ ...newEdge(), target: 'writer', mustAsk: true });
    const waiting = value(await store.handoffs.requestHandoff({ ...first.handoff, target: roleTarget }, { ...first.question, target: roleTarget })).handoff;
    expect(waiting.status).toBe('awaiting-approval');
    value(await store.roles.retireRole(role.plan, role.role, retiring));
    const second = wantedRequest({ ...newEdge(), target: 'writer' });
    const closed = value(await store.handoffs.requestHandoff({ ...second.handoff, target: roleTarget }, { ...second.question, target: roleTarget })).handoff;
    expect(closed).toMatchObject({ status: 'refused', decision: { decidedBy: 'target-open' } });
    expect(await approved(store, waiting)).toMatchObject({ status: 'refused', reason: expect.stringContaining('is retired') });
  });

  test('nothing is asked for within what was called off, and nothing of it is stored', async () => {
    const { store } = suite;
    const edge = newEdge();
    const above = await made(store, edge);
    value(await store.handoffs.cancelHandoff(above.id, 'operator', 'not this'));
    const within = { turnId: ids.next('turn'), provenance: above.provenance };
    expect(refusalOf(await request(store, { source: edge.target, target: ids.next('target'), within }))).toBe('wrong-state');
    expect(await store.handoffs.listHandoffs({ source: edge.target, limit: 10 })).toEqual([]);
    expect(refusalOf(await start(store, above))).toBe('wrong-state');
    expect(refusalOf(await edit(store, above, { task: 'other' }))).toBe('wrong-state');
    expect((await eventsOf(store, above)).at(-1)?.type).toBe('handoff.cancelled');
  });

  test('they are listed newest first, from where the page before ended, by status, source and target', async () => {
    const { store } = suite;
    const edge = newEdge();
    const all = [await made(store, edge), await made(store, edge), await made(store, { ...edge, sourceRules: { allowedTargets: [] } })];
    const newest = all.map(({ id }) => id).toReversed();
    const list = async (query: object) => (await store.handoffs.listHandoffs({ source: edge.source, limit: 10, ...query })).map(({ id }) => id);
    expect(await list({})).toEqual(newest);
    expect(await list({ limit: 1 })).toEqual(newest.slice(0, 1));
    expect(await list({ after: newest[0] })).toEqual(newest.slice(1));
    expect(await list({ status: 'refused' })).toEqual(newest.slice(0, 1));
    expect(await list({ open: true, target: edge.target })).toEqual(newest.slice(1));
    expect(await list({ target: 'nobody' })).toEqual([]);
    expect(await store.handoffs.readHandoff('nothing')).toBeUndefined();
  });
});

test('asking without end for what is refused, or for the same, fills no disk', async () => {
  const database = sqliteDatabase();
  const store = await database.open();
  const [refused, again] = [newEdge(), newEdge()];
  const asking = { ...refused, sourceRules: { allowedTargets: [] } };
  for (let n = 0; n < 250; n += 1) value(await request(store, { ...asking, task: `try ${n}` }));
  const { refusal } = await request(store, { ...asking, task: 'once more' }).then((answer) => (answer.ok ? { refusal: undefined } : answer));
  expect(refusal).toMatchObject({ code: 'limit-reached', message: expect.stringContaining('may not hand off to') });
  expect(await made(store, { ...refused, task: 'what is allowed' })).toMatchObject({ status: 'queued' });
  await database.advance(3_600_001);
  expect(await made(store, { ...asking, task: 'an hour later' })).toMatchObject({ status: 'refused' });
  const there = await made(store, { ...again, dedupKey: 'one' });
  for (let n = 0; n < 251; n += 1) expect(value(await request(store, { ...again, dedupKey: 'one' })).handoff.id).toBe(there.id);
  expect(await store.handoffs.decisionsOf(there.id)).toHaveLength(250);
  expect((await eventsOf(store, there)).filter(({ type }) => type === 'handoff.asked-again')).toHaveLength(249);
  await expectSound(store);
  await database.dispose();
}, 60_000);

function defining(name: string): Pick<EdgeRules, 'actions'> {
  return { actions: new Map([[name, { tools: [], argv: [], hosts: [], paths: [] }]]) };
}
