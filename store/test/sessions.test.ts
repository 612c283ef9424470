import { describe, expect, test } from 'vitest';
import { eventData } from '@guildhall/protocol';
import type { Session } from '@guildhall/sessions';
import { ids, onBothDatabases, refusalOf, severalDaemons, value, type Suite } from './databases.ts';
import { allowed, beginTurn, call, denied, newSession, provenance, reply, request, result, usage } from './session-fixtures.ts';

async function eventTypes(suite: Suite, sessionKey: string): Promise<readonly string[]> {
  const page = value(await suite.store.journal.readEvents({ after: '', stream: `session:${sessionKey}`, limit: 100 }));
  return page.events.map(({ type }) => type);
}

onBothDatabases('the inbox', (suite) => {
  test('accepts a platform message once, whoever brings it again and however often', async () => {
    const { sessions } = suite.store;
    const key = newSession();
    const asked = request(key, { messageId: 'same' });
    const first = value(await sessions.acceptMessage(asked));
    expect(first).toEqual({ sessionKey: key, agent: 'coder', turnId: asked.turnId, duplicate: false });
    const again = await Promise.all(
      Array.from({ length: 10 }, () => sessions.acceptMessage({ ...asked, turnId: ids.next('turn'), sessionKey: newSession('other'), agent: 'other' })),
    );
    for (const answer of again) expect(value(answer)).toEqual({ ...first, duplicate: true });
    expect(await eventTypes(suite, key)).toEqual(['session.opened', 'message.accepted']);
  });

  test('of the same message brought many times at once one is accepted', async () => {
    const daemons = await severalDaemons(suite);
    const key = newSession();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        daemons
          .of(index)
          .sessions.acceptMessage(request(index % 3 === 0 ? key : newSession(), { message: { ...request(key).message, chat: 'one', messageId: key } })),
      ),
    );
    const accepted = answers.map(value);
    expect(accepted.filter(({ duplicate }) => !duplicate).length).toBe(1);
    expect(new Set(accepted.map(({ turnId }) => turnId)).size).toBe(1);
    await daemons.close();
  });

  test('keeps the accept order, counts what waits, and refuses what is too much without a trace', async () => {
    const { sessions } = suite.store;
    const key = newSession();
    for (const text of ['one', 'two', 'three']) value(await sessions.acceptMessage(request(key, { text, maxQueued: 3 })));
    const refused = await sessions.acceptMessage(request(key, { text: 'four', maxQueued: 3, messageId: 'four' }));
    expect(refusalOf(refused)).toBe('limit-reached');
    expect(await sessions.readSession(key)).toMatchObject({ queuedTurns: 3, title: 'one', entryCount: 0 });
    const order: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const held = value(await sessions.beginTurn(key, 'node:a', 60_000));
      order.push(held.turn.message.text);
      value(await sessions.finishTurn(held.fence, held.turn.id, { text: 'ok', usage: null }, null));
    }
    expect(order).toEqual(['one', 'two', 'three']);
    expect(value(await sessions.acceptMessage(request(key, { messageId: 'four' }))).duplicate).toBe(false);
  });

  test('lists sessions that could go on, longest waiting first, and not those somebody drives', async () => {
    const { database, store } = suite;
    const { sessions } = store;
    const [first, second, third] = [newSession(), newSession(), newSession()];
    for (const key of [first, second, third]) {
      value(await sessions.acceptMessage(request(key)));
      await database.advance(10);
    }
    const mine = async () => (await sessions.runnableSessions(100)).filter((key) => [first, second, third].includes(key));
    expect(await mine()).toEqual([first, second, third]);
    const held = value(await sessions.beginTurn(second, 'node:a', 1_000));
    expect(await mine()).toEqual([first, third]);
    await database.advance(2_000);
    expect(await mine()).toEqual([first, second, third]);
    expect(refusalOf(await sessions.finishTurn(held.fence, held.turn.id, { text: 'late', usage: null }, null))).toBe('stale-claim');
  });

  test('interrupt asks the running turn to stop; cancelling ends what waits at once', async () => {
    const { sessions } = suite.store;
    const held = await beginTurn(sessions);
    const { sessionKey: key, id } = held.turn;
    const next = value(await sessions.acceptMessage(request(key, { busy: 'interrupt', text: 'stop, do this' })));
    expect(next.interrupted).toBe(id);
    expect(value(await sessions.renewTurn(held.fence, id, 60_000))).toEqual({ cancelRequested: true });
    const cancelled = value(await sessions.requestCancel(next.turnId, 'operator'));
    expect(cancelled).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('operator') });
    expect(refusalOf(await sessions.requestCancel(next.turnId, 'operator'))).toBe('wrong-state');
    expect(refusalOf(await sessions.requestCancel('turn_none', 'operator'))).toBe('not-found');
    value(await sessions.acceptMessage(request(key)));
    expect(value(await sessions.requestSessionCancel(key, 'operator')).length).toBe(2);
    expect(refusalOf(await sessions.requestSessionCancel('agent:x:main', 'operator'))).toBe('not-found');
    expect(value(await sessions.cancelTurn(held.fence, id, 'stopped on request')).status).toBe('cancelled');
    expect((await sessions.readSession(key))?.queuedTurns).toBe(0);
  });
});

onBothDatabases('a turn', (suite) => {
  test('is begun by one, resumed by the next after a lapse, and its whole way is in transcript and journal', async () => {
    const { database, store } = suite;
    const { sessions } = store;
    const key = newSession();
    expect(refusalOf(await sessions.beginTurn(key, 'node:a', 60_000))).toBe('not-found');
    expect(await store.leases.readLease(`session:${key}`)).toBeUndefined();
    const first = await beginTurn(sessions, key, 'read a for me');
    const { id } = first.turn;
    expect(first).toMatchObject({ resumed: false, turn: { status: 'running', attempts: 1 } });
    expect(refusalOf(await sessions.beginTurn(key, 'node:b', 60_000))).toBe('lease-held');
    value(await sessions.recordStep(first.fence, id, { text: '', toolCalls: [{ callId: 'c1', tool: 'read_file', args: {} }], usage }));
    value(await sessions.startToolCall(first.fence, id, call('c1')));
    await database.advance(120_000);
    const second = value(await sessions.beginTurn(key, 'node:b', 60_000));
    expect(second).toMatchObject({ resumed: true, turn: { id, attempts: 2 } });
    value(await sessions.finishToolCall(second.fence, id, result('c1')));
    const done = value(await sessions.finishTurn(second.fence, id, { text: 'here it is', usage: { ...usage, costMicroUsd: null } }, reply()));
    expect(done).toMatchObject({
      status: 'completed',
      answer: 'here it is',
      steps: 2,
      usage: { inputTokens: 200, outputTokens: 40, costMicroUsd: 300, unpricedSteps: 1 },
    });
    expect((await sessions.readTurnEntries(id)).map(({ seq, body }) => [seq, body.kind])).toEqual([
      [1, 'message'],
      [2, 'model-step'],
      [3, 'tool-started'],
      [4, 'tool-result'],
      [5, 'answer'],
    ]);
    expect(await eventTypes(suite, key)).toEqual([
      'session.opened',
      'message.accepted',
      'turn.started',
      'turn.step-recorded',
      'tool.called',
      'turn.resumed',
      'tool.finished',
      'turn.completed',
    ]);
    expect(await store.decisions.listDecisions({ turnId: id, limit: 5 })).toMatchObject([{ callId: 'c1', sessionKey: key, ...allowed }]);
    const session = await sessions.readSession(key);
    expect(session).toMatchObject({ entryCount: 5, queuedTurns: 0, costMicroUsd: 300 });
    expect(session).not.toHaveProperty('runningTurn');
    expect(await store.leases.readLease(`session:${key}`)).toBeUndefined();
  });

  test('changes nothing for a holder whose lease lapsed, passed on, or was for another session', async () => {
    const { database, store } = suite;
    const { sessions } = store;
    const stale = await beginTurn(sessions);
    const { id, sessionKey: key } = stale.turn;
    const other = await beginTurn(sessions);
    await database.advance(120_000);
    const attempt = async (fence: typeof stale.fence) => [
      await sessions.renewTurn(fence, id, 1_000),
      await sessions.recordStep(fence, id, { text: 'x', toolCalls: [], usage }),
      await sessions.startToolCall(fence, id, call('c')),
      await sessions.finishToolCall(fence, id, result('c')),
      await sessions.recordNote(fence, id, { code: 'partial', text: 'x' }),
      await sessions.absorbSteers(fence, id),
      await sessions.compactSession(fence, id, 'x', 1, null),
      await sessions.finishTurn(fence, id, { text: 'x', usage }, reply()),
      await sessions.failTurn(fence, id, { code: 'failed', message: 'x' }, reply()),
      await sessions.cancelTurn(fence, id, 'x'),
      await sessions.yieldTurn(fence),
    ];
    const before = JSON.stringify([
      await sessions.readTurn(id),
      await sessions.readEntries(key, { limit: 100 }),
      await sessions.readSession(key),
      await eventTypes(suite, key),
    ]);
    for (const answer of await attempt(stale.fence)) expect(refusalOf(answer)).toBe('stale-claim');
    const next = value(await sessions.beginTurn(key, 'node:b', 60_000));
    for (const answer of await attempt(stale.fence)) expect(refusalOf(answer)).toBe('stale-claim');
    value(await sessions.beginTurn(other.turn.sessionKey, 'node:b', 60_000));
    const foreign = { lease: `session:${other.turn.sessionKey}`, epoch: 2 };
    for (const answer of (await attempt(foreign)).slice(0, -1)) expect(refusalOf(answer)).toBe('stale-claim');
    const resumed = { ...next.turn, attempts: 1 };
    expect(
      JSON.stringify([resumed, await sessions.readEntries(key, { limit: 100 }), await sessions.readSession(key), (await eventTypes(suite, key)).slice(0, -1)]),
    ).toBe(before);
  });

  test('starts a call once, ends it once, and keeps the decision of one that was refused', async () => {
    const { sessions, decisions } = suite.store;
    const { fence, turn } = await beginTurn(sessions);
    value(await sessions.startToolCall(fence, turn.id, { ...call('c1'), approvalId: 'appr_1' }));
    expect(refusalOf(await sessions.startToolCall(fence, turn.id, call('c1')))).toBe('wrong-state');
    value(await sessions.finishToolCall(fence, turn.id, result('c1')));
    expect(refusalOf(await sessions.finishToolCall(fence, turn.id, result('c1')))).toBe('wrong-state');
    expect(refusalOf(await sessions.startToolCall(fence, turn.id, call('c1')))).toBe('wrong-state');
    value(await sessions.finishToolCall(fence, turn.id, { ...result('c2'), outcome: 'refused', decision: denied }));
    value(await sessions.startToolCall(fence, turn.id, call('c3')));
    value(await sessions.finishToolCall(fence, turn.id, { ...result('c3'), outcome: 'unknown' }));
    expect((await eventTypes(suite, turn.sessionKey)).slice(-5)).toEqual(['tool.called', 'tool.finished', 'tool.refused', 'tool.called', 'tool.unknown']);
    const stored = await decisions.listDecisions({ sessionKey: turn.sessionKey, limit: 10 });
    expect(Object.fromEntries(stored.map(({ callId, verdict, approvalId }) => [callId, [verdict, approvalId]]))).toEqual({
      c1: ['allow', 'appr_1'],
      c2: ['deny', undefined],
      c3: ['allow', undefined],
    });
    expect(refusalOf(await sessions.startToolCall(fence, 'turn_none', call('c4')))).toBe('not-found');
    expect(value(await sessions.failTurn(fence, turn.id, { code: 'upstream-failed', message: 'the model is gone' }, null))).toMatchObject({
      status: 'failed',
      reason: 'the model is gone',
    });
    expect(refusalOf(await sessions.recordNote(fence, turn.id, { code: 'hook', text: 'x' }))).toBe('stale-claim');
  });

  test('takes in what was said to steer it, and leaves the rest for later', async () => {
    const { sessions } = suite.store;
    const { fence, turn } = await beginTurn(sessions);
    const key = turn.sessionKey;
    expect(value(await sessions.absorbSteers(fence, turn.id))).toEqual([]);
    const queued = value(await sessions.acceptMessage(request(key, { text: 'later' })));
    const steers = [];
    for (const text of ['left', 'no, right']) steers.push(value(await sessions.acceptMessage(request(key, { text, busy: 'steer' }))));
    const entries = value(await sessions.absorbSteers(fence, turn.id));
    expect(entries.map(({ seq, turnId, body }) => [seq, turnId, body.kind === 'message' && [body.text, body.steered]])).toEqual([
      [2, turn.id, ['left', true]],
      [3, turn.id, ['no, right', true]],
    ]);
    for (const { turnId } of steers) expect(await sessions.readTurn(turnId)).toMatchObject({ status: 'absorbed', absorbedInto: turn.id });
    expect(await sessions.readTurn(queued.turnId)).toMatchObject({ status: 'queued' });
    value(await sessions.finishTurn(fence, turn.id, { text: 'ok', usage: null }, null));
    expect(value(await sessions.beginTurn(key, 'node:a', 1_000)).turn.id).toBe(queued.turnId);
  });

  test('given back at a drain it waits, running, for whoever comes', async () => {
    const { sessions } = suite.store;
    const { fence, turn } = await beginTurn(sessions);
    value(await sessions.yieldTurn(fence));
    expect(await sessions.runnableSessions(1_000)).toContain(turn.sessionKey);
    expect(refusalOf(await sessions.yieldTurn(fence))).toBe('stale-claim');
    expect(value(await sessions.beginTurn(turn.sessionKey, 'node:b', 1_000))).toMatchObject({ resumed: true, turn: { id: turn.id } });
  });
});

onBothDatabases('a transcript', (suite) => {
  test('is read in pages, from either end', async () => {
    const { sessions } = suite.store;
    const { fence, turn } = await beginTurn(sessions);
    for (let note = 0; note < 9; note += 1) value(await sessions.recordNote(fence, turn.id, { code: 'hook', text: `note ${note}` }));
    const key = turn.sessionKey;
    const numbers = async (query: { afterSeq?: number; last?: boolean; limit: number }) => (await sessions.readEntries(key, query)).map(({ seq }) => seq);
    expect(await numbers({ limit: 3 })).toEqual([1, 2, 3]);
    expect(await numbers({ afterSeq: 3, limit: 3 })).toEqual([4, 5, 6]);
    expect(await numbers({ last: true, limit: 3 })).toEqual([8, 9, 10]);
    expect(await numbers({ last: true, afterSeq: 9, limit: 3 })).toEqual([10]);
    expect(await numbers({ afterSeq: 10, limit: 3 })).toEqual([]);
  });

  test('once compacted shows the model the summary and what came after it, and keeps everything', async () => {
    const { sessions } = suite.store;
    const { fence, turn } = await beginTurn(sessions);
    const key = turn.sessionKey;
    const seqs = async () => (await sessions.readContext(key)).map(({ seq }) => seq);
    for (let note = 0; note < 3; note += 1) value(await sessions.recordNote(fence, turn.id, { code: 'hook', text: 'x' }));
    expect(await seqs()).toEqual([1, 2, 3, 4]);
    value(await sessions.compactSession(fence, turn.id, 'what was said', 3, usage));
    expect(await seqs()).toEqual([5, 4]);
    value(await sessions.startToolCall(fence, turn.id, call('c1')));
    expect(await seqs()).toEqual([5, 4, 6]);
    value(await sessions.compactSession(fence, turn.id, 'shorter', 6, null));
    expect(await seqs()).toEqual([7]);
    expect(refusalOf(await sessions.compactSession(fence, turn.id, 'too far', 99, null))).toBe('invalid-input');
    expect((await sessions.readEntries(key, { limit: 100 })).length).toBe(7);
    expect(await sessions.readTurn(turn.id)).toMatchObject({ steps: 0, usage: { inputTokens: 100, costMicroUsd: 300 } });
  });

  test('sessions are listed by last activity, page after page', async () => {
    const { database, store } = suite;
    const agent = ids.next('lister').replaceAll('_', '-');
    const keys: string[] = [];
    for (let index = 0; index < 7; index += 1) {
      const key = newSession(agent);
      keys.unshift(key);
      value(await store.sessions.acceptMessage(request(key)));
      if (index % 2 === 0) await database.advance(5);
    }
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: { readonly sessions: readonly Session[]; readonly next: string | null } = value(
        await store.sessions.listSessions({ agent, limit: 3, ...(after === null ? {} : { after }) }),
      );
      seen.push(...page.sessions.map(({ key }) => key));
      after = page.next;
    } while (after !== null);
    expect(seen.toSorted()).toEqual(keys.toSorted());
    expect(seen[0]).toBe(keys[0]);
    expect(refusalOf(await store.sessions.listSessions({ limit: 1, after: '!' }))).toBe('invalid-input');
    expect((await store.sessions.listTurns({ sessionKey: keys[0] ?? '', limit: 5 })).length).toBe(1);
  });

  test('is found by its words in any language, for its own agent alone, without any search syntax', async () => {
    const { sessions } = suite.store;
    const [mine, foreign] = [`reader-${ids.code(6).toLowerCase()}`, `spy-${ids.code(6).toLowerCase()}`];
    const texts = [
      'Die Überprüfung der Übergabe handoff_7f3a',
      'プロジェクトの会議は明日です',
      'plain words about storage and OR and NOT',
      `long ${'filler '.repeat(30_000)}needle`,
    ];
    for (const text of texts) {
      const { fence, turn } = await beginTurn(sessions, newSession(mine), text);
      value(await sessions.finishTurn(fence, turn.id, { text: `answer to ${text.slice(0, 20)}`, usage: null }, null));
    }
    const find = async (query: string, agent = mine) => (await sessions.searchEntries(agent, query, 10)).filter(({ kind }) => kind === 'message').length;
    for (const query of ['uberprufung', 'ÜBERPRÜFUNG übergabe', '7f3a', '会議', '明日', 'storage words', 'not OR', '"plain', 'words) AND (about*', 'storage:'])
      expect(await find(query), query).toBe(1);
    for (const query of ['missing', '会日', '', '   ', '*', '"', "' OR 1=1 --", 'NEAR(storage,1)', 'storage missing']) expect(await find(query), query).toBe(0);
    expect(await find('storage', foreign)).toBe(0);
    const hits = await sessions.searchEntries(mine, 'überprüfung', 5);
    expect(hits.find(({ kind }) => kind === 'message')).toMatchObject({ seq: 1, excerpt: expect.stringContaining('Überprüfung') });
  });

  test('what it cost is summed by agent and by day', async () => {
    const { sessions } = suite.store;
    const agent = `payer-${ids.code(6).toLowerCase()}`;
    for (let turn = 0; turn < 2; turn += 1) {
      const held = await beginTurn(sessions, newSession(agent));
      value(await sessions.finishTurn(held.fence, held.turn.id, { text: 'x', usage }, null));
    }
    const sum = { turns: 2, costMicroUsd: 600, inputTokens: 200, outputTokens: 40, unpricedSteps: 0 };
    expect((await sessions.sumCosts('agent')).find(({ key }) => key === agent)).toEqual({ key: agent, ...sum });
    const [today] = await sessions.sumCosts('day');
    expect(today?.key).toBe(new Date(suite.database.clock.now()).toISOString().slice(0, 10));
    expect(today?.costMicroUsd).toBeGreaterThanOrEqual(600);
  });

  test('open children of a turn are counted', async () => {
    const { sessions } = suite.store;
    const parent = ids.next('turn');
    const children = [];
    for (const thread of ['a', 'b']) {
      const key = newSession();
      const message = { ...request(key).message, platform: 'delegate', chat: parent, thread, messageId: thread };
      children.push(value(await sessions.acceptMessage({ ...request(key), message, provenance })));
    }
    expect(await sessions.countOpenChildren(parent)).toBe(2);
    value(await sessions.requestCancel(children[0]?.turnId ?? '', 'operator'));
    expect(await sessions.countOpenChildren(parent)).toBe(1);
  });
});

onBothDatabases('outbound messages', (suite) => {
  async function answered(text: string, key = newSession()) {
    const { sessions } = suite.store;
    const held = await beginTurn(sessions, key);
    const outbound = reply(text);
    value(await sessions.finishTurn(held.fence, held.turn.id, { text, usage: null }, outbound));
    return { key, id: outbound.id };
  }

  test('leave in the order of their chat, by one sender each', async () => {
    const { sessions } = suite.store;
    const first = await answered('one');
    const second = await answered('two', first.key);
    const due = async () => (await sessions.dueOutbound(['telegram'], 100)).map(({ id }) => id).filter((id) => [first.id, second.id].includes(id));
    expect(await due()).toEqual([first.id]);
    expect(await sessions.dueOutbound(['slack'], 100)).toEqual([]);
    const races = await Promise.all([sessions.beginSend(first.id), sessions.beginSend(first.id), sessions.beginSend(first.id)]);
    expect(races.filter(({ ok }) => ok).length).toBe(1);
    expect(await due()).toEqual([]);
    value(await sessions.settleSend(first.id, { as: 'retry', error: 'try later', retryInMs: 5_000 }));
    expect(await due()).toEqual([]);
    await suite.database.advance(6_000);
    expect(await due()).toEqual([first.id]);
    expect(value(await sessions.beginSend(first.id)).attempts).toBe(2);
    expect(value(await sessions.settleSend(first.id, { as: 'sent', platformMessageId: '77' })).status).toBe('sent');
    expect(refusalOf(await sessions.settleSend(first.id, { as: 'failed', error: 'x' }))).toBe('wrong-state');
    expect(await due()).toEqual([second.id]);
    value(await sessions.beginSend(second.id));
    expect(value(await sessions.settleSend(second.id, { as: 'unknown', error: 'cut' }))).toMatchObject({ status: 'unknown', error: 'cut' });
    expect(refusalOf(await sessions.beginSend('out_none'))).toBe('not-found');
    expect((await eventTypes(suite, first.key)).filter((type) => type.startsWith('message.d'))).toEqual(['message.delivered', 'message.delivery-unknown']);
    expect((await sessions.listOutbound({ sessionKey: first.key, limit: 10 })).length).toBe(2);
  });

  test('what a stopped daemon was sending is sent again only where a repetition is noticed', async () => {
    const { database, store } = suite;
    const [safe, unsafe] = [await answered('safe'), await answered('unsafe')];
    await database.raw(`update outbound set platform = 'idempotent' where id = '${safe.id}'`);
    for (const { id } of [safe, unsafe]) value(await store.sessions.beginSend(id));
    expect(await store.sessions.recoverOutbound(['idempotent'])).toEqual([]);
    await database.raw("update outbound set sender = 'boot_gone' where status = 'sending'");
    const recovered = await store.sessions.recoverOutbound(['idempotent']);
    expect(Object.fromEntries(recovered.map(({ id, status }) => [id, status]))).toEqual({ [safe.id]: 'pending', [unsafe.id]: 'unknown' });
    const counts = await store.sessions.readCounts();
    expect(counts).toMatchObject({ outboundPending: 1, outboundUnknown: expect.any(Number) });
    expect(eventData(counts)).toEqual(counts);
  });
});

describe('what is checked', () => {
  test('names every state of a turn, of an approval and of a message the tables allow', async () => {
    const { readFileSync } = await import('node:fs');
    const { approvalTransitions } = await import('@guildhall/authority');
    const { outboundTransitions, turnTransitions } = await import('@guildhall/sessions');
    for (const kind of ['sqlite', 'postgres']) {
      const text = ['0001-foundation', '0002-sessions']
        .map((name) => readFileSync(new URL(`../migrations/${name}.${kind}.sql`, import.meta.url), 'utf8'))
        .join('');
      for (const table of [approvalTransitions, outboundTransitions, turnTransitions]) {
        expect(text).toContain(
          `status text not null check (status in (${Object.keys(table)
            .map((status) => `'${status}'`)
            .join(', ')}))`,
        );
      }
    }
  });
});
