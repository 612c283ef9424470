/** Role sessions: one for each role of a plan; retired they take nothing, and reopened they go on with everything that was there. */
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { ids, onBothDatabases, refusalOf, severalDaemons, value, type Suite } from './databases.ts';
import { answerNext, by, eventsOf, keyOf, newPlan, newRun, openedRole, retiring, roleOf } from './role-fixtures.ts';
import { provenance, request, usage } from './session-fixtures.ts';

onBothDatabases('role sessions', (suite) => {
  test('are one for each plan and role, however many ask at once, on one daemon or several', async () => {
    const daemons = await severalDaemons(suite);
    const { plan } = value(await suite.store.roles.createPlan(newPlan()));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => daemons.of(index).roles.openRole(roleOf(plan.id), `operator`)));
    const opened = answers.map(value);
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(opened.map(({ session }) => JSON.stringify(session))).size).toBe(1);
    expect((await eventsOf(suite.store, plan.id)).filter(({ type }) => type === 'role.opened')).toHaveLength(1);
    expect(await suite.store.roles.listRoles({ plan: plan.id, limit: 10 })).toHaveLength(1);
    expect(await suite.store.roles.incarnationsOf(plan.id, 'developer')).toMatchObject([{ number: 1, begunBy: 'opened', retiredAt: null }]);
    await daemons.close();
  });

  test('need a plan, and the key that is theirs', async () => {
    const { store } = suite;
    expect(refusalOf(await store.roles.openRole(roleOf('no such plan'), 'operator'))).toBe('not-found');
    const { plan } = value(await store.roles.createPlan(newPlan()));
    expect(refusalOf(await store.roles.openRole({ ...roleOf(plan.id), sessionKey: keyOf('another', 'developer') }, 'operator'))).toBe('invalid-input');
    expect(refusalOf(await store.sessions.acceptMessage(request(keyOf(plan.id, 'developer'), { agent: 'coder' })))).toBe('not-found');
    expect(refusalOf(await store.sessions.acceptMessage(request('role:only-two', { agent: 'coder' })))).toBe('invalid-input');
  });

  test('take no message by any path once retired, and say how to open them again', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    value(await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder', messageId: 'first', text: 'before' })));
    const retired = value(await store.roles.retireRole(role.plan, role.role, retiring));
    expect(retired).toMatchObject({ status: 'retired', retiredReason: by.reason, queuedTurns: 0 });
    for (const busy of ['queue', 'steer', 'interrupt'] as const) {
      const refused = await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder', busy }));
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'wrong-state' } });
      const sentence = refused.ok ? '' : refused.refusal.message;
      for (const part of [role.role, role.plan, by.reason, 'guildhall roles reopen']) expect(sentence).toContain(part);
    }
    for (const ownSession of [false, true]) expect(refusalOf(await store.roles.invokeRole(newRun(role, { ownSession })))).toBe('wrong-state');
    expect(refusalOf(await store.sessions.beginTurn(role.sessionKey, 'node:test', 60_000))).toBe('not-found');
    expect((await store.sessions.listTurns({ sessionKey: role.sessionKey, limit: 10 })).map(({ status }) => status)).toEqual(['cancelled']);
    // What was accepted before is answered as before.
    const chat = role.sessionKey;
    const again = request(role.sessionKey, { agent: 'coder', messageId: 'first' });
    expect(value(await store.sessions.acceptMessage({ ...again, message: { ...again.message, chat } })).duplicate).toBe(true);
  });

  test('take no message in a completed plan, and do again when it is opened', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    value(await store.roles.completePlan(role.plan, [], 'operator'));
    const refused = await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder' }));
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'wrong-state', message: expect.stringContaining('guildhall plans reopen') } });
    expect(refusalOf(await store.roles.invokeRole(newRun(role)))).toBe('wrong-state');
    value(await store.roles.reopenPlan(role.plan, 'one more', 'operator'));
    value(await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder' })));
  });

  test('begin no turn that came to wait in them after they were retired', async () => {
    const { store, database } = suite;
    const role = await openedRole(store);
    const run = newRun(role, { ownSession: true });
    value(await store.roles.invokeRole(run));
    value(await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder' })));
    const status = async (to: string) => database.raw(`update role_sessions set status = '${to}' where plan = '${role.plan}' returning plan`);
    await status('retired');
    for (const key of [role.sessionKey, run.turn?.sessionKey ?? ''])
      expect(refusalOf(await store.sessions.beginTurn(key, 'node:test', 60_000))).toBe('wrong-state');
    expect((await store.roles.readRun(run.id))?.status).toBe('queued');
    await status('open');
    for (const key of [role.sessionKey, run.turn?.sessionKey ?? '']) await answerNext(store, key);
  });

  test('let what runs end by itself, or ask it to stop', async () => {
    const { store } = suite;
    for (const stopRunning of [false, true]) {
      const role = await openedRole(store);
      value(await store.roles.invokeRole(newRun(role)));
      const { fence, turn } = value(await store.sessions.beginTurn(role.sessionKey, 'node:test', 60_000));
      value(await store.roles.invokeRole(newRun(role)));
      const retired = value(await store.roles.retireRole(role.plan, role.role, { ...retiring, stopRunning }));
      expect(retired).toMatchObject({ queuedTurns: 0, runningTurn: turn.id });
      expect(value(await store.sessions.renewTurn(fence, turn.id, 60_000)).cancelRequested).toBe(stopRunning);
      value(await store.sessions.finishTurn(fence, turn.id, { text: 'done all the same', usage }, null));
      expect((await store.roles.unsettledRuns(100)).filter(({ plan }) => plan === role.plan)).toHaveLength(2);
    }
  });

  test('keep every entry byte for byte, and why each incarnation began and ended, through retiring, closing and reopening', async () => {
    await keepsEverything(suite);
  });

  test('are retired before a message or after it, never during', async () => {
    const daemons = await severalDaemons(suite);
    for (let round = 0; round < 4; round += 1) await raceRetirement(suite.store, (index) => daemons.of(index));
    await daemons.close();
  });

  test('are retired and opened again only where that is possible', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    expect(refusalOf(await store.roles.reopenRole(role.plan, role.role, by))).toBe('wrong-state');
    expect(refusalOf(await store.roles.retireRole(role.plan, 'validator', retiring))).toBe('not-found');
    expect(refusalOf(await store.roles.retireRole('no plan', 'validator', retiring))).toBe('not-found');
    const racing = await Promise.all(Array.from({ length: 6 }, () => store.roles.retireRole(role.plan, role.role, retiring)));
    expect(racing.filter(({ ok }) => ok)).toHaveLength(1);
    expect(refusalOf(await store.roles.rotateRole(role.plan, role.role, { ...by, brief: 'x' }))).toBe('wrong-state');
    const reopening = await Promise.all(Array.from({ length: 6 }, () => store.roles.reopenRole(role.plan, role.role, by)));
    expect(reopening.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await store.roles.readRole(role.plan, role.role))?.incarnation).toBe(2);
  });

  test('end what waits for a person when they are retired', async () => {
    const { store } = suite;
    const role = await openedRole(store, { role: 'release', agent: null });
    const run = newRun(role, { turn: null });
    expect(value(await store.roles.invokeRole(run)).run).toMatchObject({ status: 'waiting-for-person', turnId: null });
    expect(await store.roles.readRole(role.plan, role.role)).toMatchObject({ waitingForPerson: 1, agent: null });
    value(await store.roles.retireRole(role.plan, role.role, retiring));
    expect(await store.roles.readRun(run.id)).toMatchObject({ status: 'finished', outcome: 'cancelled' });
    expect((await eventsOf(store, role.plan)).map(({ type }) => type)).toEqual([
      'plan.created',
      'role.opened',
      'role.invoked',
      'role.retired',
      'role.finished',
    ]);
  });

  test('are given to another agent from the next turn on', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    expect(value(await store.roles.assignRole(role.plan, role.role, 'other')).agent).toBe('other');
    expect(value(await store.roles.assignRole(role.plan, role.role, 'other')).agent).toBe('other');
    expect((await eventsOf(store, role.plan)).filter(({ type }) => type === 'role.assigned')).toHaveLength(1);
  });
});

/** Each of 20 messages is accepted before the retirement, which cancels its turn, or refused after it. */
async function raceRetirement(store: Store, daemon: (index: number) => Store): Promise<void> {
  const role = await openedRole(store);
  const accepts = Array.from({ length: 20 }, (_, index) => daemon(index).sessions.acceptMessage(request(role.sessionKey, { agent: 'coder', maxQueued: 100 })));
  const retired = daemon(1).roles.retireRole(role.plan, role.role, retiring);
  const begun = daemon(2).sessions.beginTurn(role.sessionKey, 'node:test', 60_000);
  value(await retired);
  const answers = await Promise.all(accepts);
  const held = await begun;
  const accepted = answers.filter(({ ok }) => ok).length;
  const refused = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal.code]));
  expect(refused).toEqual(refused.map(() => 'wrong-state'));
  const turns = await store.sessions.listTurns({ sessionKey: role.sessionKey, limit: 100 });
  expect(turns).toHaveLength(accepted);
  expect(turns.filter(({ status }) => status === 'cancelled')).toHaveLength(held.ok ? accepted - 1 : accepted);
  if (held.ok) value(await store.sessions.finishTurn(held.value.fence, held.value.turn.id, { text: 'late', usage }, null));
}

async function keepsEverything(suite: Suite): Promise<void> {
  const { database, store } = suite;
  const role = await openedRole(store);
  await fillRecord(store, role.sessionKey, 2_000);
  const rows = () => database.raw(`select * from entries where session_key = '${role.sessionKey}' order by seq`);
  const before = await rows();
  expect(before).toHaveLength(2_000);
  value(await store.roles.retireRole(role.plan, role.role, { ...retiring, reason: 'the parser is done' }));
  await store.close();
  const later = await database.open();
  suite.store = later;
  const reopened = value(await later.roles.reopenRole(role.plan, role.role, { reason: 'a finding came back', actor: 'operator' }));
  expect(await rows()).toEqual(before);
  expect(reopened).toMatchObject({ sessionKey: role.sessionKey, status: 'open', incarnation: 2, entryCount: 2_000, retiredReason: null });
  value(await later.roles.invokeRole(newRun(role)));
  await answerNext(later, role.sessionKey);
  expect((await rows()).slice(0, 2_000)).toEqual(before);
  expect(await later.roles.incarnationsOf(role.plan, role.role)).toMatchObject([
    { number: 1, begunBy: 'opened', retiredReason: 'the parser is done', retiredBy: 'operator', brief: retiring.brief, firstSeq: 1, lastSeq: 2_000, turns: 1 },
    { number: 2, begunBy: 'reopened', openedReason: 'a finding came back', retiredReason: null, firstSeq: 2_001, lastSeq: 2_002, turns: 1, costMicroUsd: 300 },
  ]);
  const told = (await eventsOf(later, role.plan)).flatMap(({ type, data }) => (type.startsWith('role.re') ? [[type, data?.['reason']]] : []));
  expect(told).toEqual([
    ['role.retired', 'the parser is done'],
    ['role.reopened', 'a finding came back'],
  ]);
}

/** A turn with so many entries, from the message to the answer. */
async function fillRecord(store: Store, sessionKey: string, entries: number): Promise<void> {
  const text = 'grüße \u0000 \uD83D\uDE00 "quoted" \\ end\u2028';
  value(await store.sessions.acceptMessage(request(sessionKey, { agent: 'coder', text, messageId: ids.next('m'), provenance })));
  const { fence, turn } = value(await store.sessions.beginTurn(sessionKey, 'node:test', 600_000));
  const note = async (index: number) => value(await store.sessions.recordNote(fence, turn.id, { code: 'partial', text: `${text} ${index}` }));
  for (let first = 0; first < entries - 2; first += 100)
    await Promise.all(Array.from({ length: Math.min(100, entries - 2 - first) }, (_, index) => note(first + index)));
  value(await store.sessions.finishTurn(fence, turn.id, { text, usage }, null));
}
