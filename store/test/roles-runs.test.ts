/** Runs: asked once with the turn that does them, running while it runs, and settled once. */
import { sha256 } from '@guildhall/kernel';
import { expect, test } from 'vitest';
import { ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { answerNext, by, eventsOf, newRun, openedRole, retiring, roleOf, succeeded } from './role-fixtures.ts';
import { request, usage } from './session-fixtures.ts';

function artifact(path: string, text: string) {
  const content = Buffer.from(text).toString('base64');
  return { id: ids.next('art'), path, sha256: sha256(text), bytes: text.length, mediaType: 'text/plain', content };
}

onBothDatabases('role runs', (suite) => {
  test('are made once with one turn, however often the same request is sent', async () => {
    const daemons = await severalDaemons(suite);
    const role = await openedRole(suite.store);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => daemons.of(index).roles.invokeRole(newRun(role, { requestId: 'the same' }))));
    const runs = answers.map(value);
    expect(runs.filter(({ existing }) => !existing)).toHaveLength(1);
    expect(new Set(runs.map(({ run }) => run.id)).size).toBe(1);
    expect(await suite.store.sessions.listTurns({ sessionKey: role.sessionKey, limit: 100 })).toHaveLength(1);
    expect((await eventsOf(suite.store, role.plan)).filter(({ type }) => type === 'role.invoked')).toHaveLength(1);
    value(await suite.store.roles.retireRole(role.plan, role.role, retiring));
    expect(value(await suite.store.roles.invokeRole(newRun(role, { requestId: 'the same' }))).existing).toBe(true);
    await daemons.close();
  });

  test('of two roles are two, though the request has the same id', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    const other = value(await store.roles.openRole(roleOf(role.plan, 'validator'), 'operator')).session;
    const made = [];
    for (const asked of [role, other]) made.push(value(await store.roles.invokeRole(newRun(asked, { requestId: 'the same' }))));
    expect(made.map(({ existing }) => existing)).toEqual([false, false]);
    expect(new Set(made.map(({ run }) => run.turnId)).size).toBe(2);
  });

  test('leave nothing behind when their message cannot be accepted', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    const first = newRun(role);
    value(await store.roles.invokeRole(first));
    const full = newRun(role);
    expect(refusalOf(await store.roles.invokeRole({ ...full, turn: full.turn === null ? null : { ...full.turn, maxQueued: 1 } }))).toBe('limit-reached');
    expect(refusalOf(await store.roles.invokeRole({ ...newRun(role), turn: first.turn }))).toBe('already-exists');
    expect(refusalOf(await store.roles.invokeRole(newRun({ plan: role.plan, role: 'validator' })))).toBe('not-found');
    expect((await store.roles.listRuns({ plan: role.plan, limit: 10 })).map(({ id }) => id)).toEqual([first.id]);
  });

  test('are queued, running and finished as their turn is, and are found to be judged when it has ended', async () => {
    const { store } = suite;
    for (const ownSession of [false, true]) {
      const role = await openedRole(store);
      const run = newRun(role, { ownSession, phase: 'build', expects: ['src/**'], labels: ['parser'], paths: ['src/a.ts'] });
      const made = value(await store.roles.invokeRole(run)).run;
      expect(made).toMatchObject({
        status: 'queued',
        turnId: run.turn?.turnId,
        sessionKey: run.turn?.sessionKey,
        phase: 'build',
        expects: ['src/**'],
        packetRev: 1,
        incarnation: 1,
      });
      expect(await store.roles.runOfTurn(run.turn?.turnId ?? '')).toEqual(made);
      expect(refusalOf(await store.roles.settleRun(run.id, succeeded))).toBe('wrong-state');
      const { fence, turn } = value(await store.sessions.beginTurn(made.sessionKey, 'node:test', 60_000));
      expect((await store.roles.readRun(run.id))?.status).toBe('running');
      expect(await store.roles.readRole(role.plan, role.role)).toMatchObject({ runningTurn: turn.id, queuedTurns: 0 });
      expect((await store.roles.unsettledRuns(100)).map(({ id }) => id)).not.toContain(run.id);
      value(await store.sessions.finishTurn(fence, turn.id, { text: 'written', usage }, null));
      expect((await store.roles.unsettledRuns(100)).find(({ id }) => id === run.id)).toMatchObject({ status: 'running', answer: 'written', costMicroUsd: 300 });
      expect(value(await store.roles.settleRun(run.id, succeeded))).toMatchObject({ status: 'finished', outcome: 'succeeded', answer: 'written' });
      expect((await store.roles.unsettledRuns(100)).map(({ id }) => id)).not.toContain(run.id);
      expect(await store.roles.readRole(role.plan, role.role)).toMatchObject({
        turns: 1,
        costMicroUsd: 300,
        inputTokens: 100,
        outputTokens: 20,
        lastRun: { id: run.id },
      });
      expect(await store.roles.incarnationsOf(role.plan, role.role)).toMatchObject([{ turns: 1, costMicroUsd: 300 }]);
    }
  });

  test('are settled once, by one of those who try', async () => {
    const daemons = await severalDaemons(suite);
    const { store } = suite;
    const role = await openedRole(store);
    const run = newRun(role);
    value(await store.roles.invokeRole(run));
    await answerNext(store, role.sessionKey);
    const outcomes = ['succeeded', 'unproven', 'failed'] as const;
    const settle = (index: number) =>
      daemons
        .of(index)
        .roles.settleRun(run.id, { ...succeeded, outcome: outcomes[index % 3] ?? 'failed', artifacts: [artifact(`file${index}`, `content ${index}`)] });
    const answers = (await Promise.all(Array.from({ length: 9 }, (_, index) => settle(index)))).map(value);
    expect(new Set(answers.map(({ outcome }) => outcome)).size).toBe(1);
    expect(await store.roles.artifactsOf({ plan: role.plan, limit: 100 })).toHaveLength(1);
    const told = (await eventsOf(store, role.plan)).map(({ type }) => type);
    expect(told.filter((type) => type === 'role.finished' || type === 'artifact.kept')).toEqual(['artifact.kept', 'role.finished']);
    await daemons.close();
  });

  test('keep what they left behind: the same bytes once, large ones by their hash alone', async () => {
    const { store, database } = suite;
    const role = await openedRole(store);
    const run = newRun(role);
    value(await store.roles.invokeRole(run));
    await answerNext(store, role.sessionKey);
    const small = artifact('a.txt', `text of ${run.id}`);
    const same = { ...artifact('b.txt', `text of ${run.id}`) };
    const large = { ...artifact('c.bin', 'c'), bytes: 5_000_000 };
    const many = Array.from({ length: 51 }, (_, index) => artifact(`f${index}`, 'x'));
    expect(refusalOf(await store.roles.settleRun(run.id, { ...succeeded, artifacts: many }))).toBe('limit-reached');
    expect(refusalOf(await store.roles.settleRun(run.id, { ...succeeded, artifacts: [large] }))).toBe('too-large');
    const artifacts = [small, same, { ...large, content: null }];
    const evidence = [{ kind: 'artifact', ref: 'a.txt', note: '' }] as const;
    value(await store.roles.settleRun(run.id, { ...succeeded, compliance: 'verified', policyRev: 3, evidence, artifacts }));
    expect(await store.roles.readRun(run.id)).toMatchObject({ compliance: 'verified', policyRev: 3, evidence });
    expect(await database.raw(`select count(*) as n from attachment_contents where sha256 = '${small.sha256}'`)).toEqual([
      { n: database.kind === 'sqlite' ? 1 : '1' },
    ]);
    const kept = await store.roles.artifactsOf({ plan: role.plan, run: run.id, role: role.role, limit: 10 });
    expect(kept.map(({ path, kept: isKept, compliance }) => [path, isKept, compliance]).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))).toEqual([
      ['a.txt', true, 'verified'],
      ['b.txt', true, 'verified'],
      ['c.bin', false, 'verified'],
    ]);
    expect((await store.roles.readArtifact(same.id))?.content).toBe(small.content);
    expect((await store.roles.readArtifact(large.id))?.content).toBeNull();
    expect(await store.roles.readArtifact('none')).toBeUndefined();
  });

  test('of a person wait for the answer, and then have a turn as any other', async () => {
    const { store } = suite;
    const role = await openedRole(store, { role: 'release', agent: null });
    const run = newRun(role, { turn: null, task: 'release it' });
    value(await store.roles.invokeRole(run));
    const answer = { text: 'released', outcome: 'succeeded', turnId: ids.next('turn'), actor: 'operator' } as const;
    const racing = await Promise.all(Array.from({ length: 5 }, () => store.roles.answerRun(run.id, { ...answer, turnId: ids.next('turn') })));
    const [first, ...others] = racing.toSorted((a, b) => Number(b.ok) - Number(a.ok));
    expect(others.map((other) => refusalOf(other))).toEqual(others.map(() => 'wrong-state'));
    expect(first === undefined ? undefined : value(first)).toMatchObject({ status: 'queued', personAnswer: 'released', personOutcome: 'succeeded' });
    expect((await store.sessions.listTurns({ sessionKey: role.sessionKey, limit: 10 })).map(({ message }) => message.text)).toEqual(['release it']);
    await answerNext(store, role.sessionKey, 'released');
    expect(value(await store.roles.settleRun(run.id, succeeded))).toMatchObject({ answer: 'released', outcome: 'succeeded' });
    expect(refusalOf(await store.roles.answerRun('no such run', answer))).toBe('not-found');
    const types = (await eventsOf(store, role.plan)).map(({ type }) => type);
    expect(types).toEqual(['plan.created', 'role.opened', 'role.invoked', 'role.answered', 'role.finished']);
  });

  test('done inline are judged with the turn of their host', async () => {
    const { store } = suite;
    const role = await openedRole(store, { role: 'lead' });
    value(await store.roles.invokeRole(newRun(role)));
    const { fence, turn } = value(await store.sessions.beginTurn(role.sessionKey, 'node:test', 60_000));
    const inline = newRun(role, { mode: 'inline', turn: null, hostTurn: turn.id });
    expect(value(await store.roles.invokeRole(inline)).run).toMatchObject({ status: 'running', turnId: null, hostTurn: turn.id });
    expect(refusalOf(await store.roles.settleRun(inline.id, succeeded))).toBe('wrong-state');
    value(await store.sessions.finishTurn(fence, turn.id, { text: 'done', usage }, null));
    expect((await store.roles.unsettledRuns(100)).map(({ id }) => id)).toContain(inline.id);
    expect(value(await store.roles.settleRun(inline.id, succeeded)).status).toBe('finished');
  });

  test('that were cancelled before they began are there to be judged', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    const runs = [newRun(role), newRun(role, { ownSession: true })];
    for (const run of runs) value(await store.roles.invokeRole(run));
    value(await store.roles.retireRole(role.plan, role.role, retiring));
    const waiting = (await store.roles.unsettledRuns(1_000)).map(({ id }) => id);
    for (const run of runs) expect(waiting).toContain(run.id);
    for (const run of runs) value(await store.roles.settleRun(run.id, { ...succeeded, outcome: 'cancelled', reason: 'retired' }));
    expect(await store.roles.listRuns({ plan: role.plan, role: role.role, status: 'finished', limit: 10 })).toHaveLength(2);
  });

  test('go on after a rotation, whose record goes on while the context begins from the brief', async () => {
    const { store } = suite;
    const role = await openedRole(store);
    expect(refusalOf(await store.roles.rotateRole(role.plan, role.role, { ...by, brief: 'nothing' }))).toBe('wrong-state');
    value(await store.roles.invokeRole(newRun(role)));
    const { fence, turn } = value(await store.sessions.beginTurn(role.sessionKey, 'node:test', 60_000));
    expect(refusalOf(await store.roles.rotateRole(role.plan, role.role, { ...by, brief: 'too early' }))).toBe('lease-held');
    value(await store.sessions.finishTurn(fence, turn.id, { text: 'half', usage }, null));
    const waiting = newRun(role);
    value(await store.roles.invokeRole(waiting));
    const record = await store.sessions.readEntries(role.sessionKey, { limit: 100 });
    const rotated = value(await store.roles.rotateRole(role.plan, role.role, { ...by, brief: 'half is done' }));
    expect(rotated).toMatchObject({ incarnation: 2, status: 'open', sessionKey: role.sessionKey, entryCount: 3 });
    expect(rotated.compactedAt).not.toBeNull();
    expect((await store.sessions.readContext(role.sessionKey)).map(({ body }) => body)).toEqual([
      { kind: 'compaction', summary: 'half is done', throughSeq: 2 },
    ]);
    await answerNext(store, role.sessionKey);
    expect(await store.sessions.readEntries(role.sessionKey, { limit: 2 })).toEqual(record);
    expect((await store.roles.readRun(waiting.id))?.incarnation).toBe(2);
    expect(await store.roles.incarnationsOf(role.plan, role.role)).toMatchObject([
      { number: 1, begunBy: 'opened', retiredReason: by.reason, brief: 'half is done', firstSeq: 1, lastSeq: 2, turns: 1, costMicroUsd: 300 },
      { number: 2, begunBy: 'rotated', openedReason: by.reason, retiredAt: null, brief: '', firstSeq: 3, lastSeq: 5, turns: 1, costMicroUsd: 300 },
    ]);
  });

  test('are found by search only in the session of their role', async () => {
    const { store } = suite;
    const word = ids.next('w').replaceAll('_', '');
    const [role, other] = [await openedRole(store), await openedRole(store)];
    const run = newRun(other, { ownSession: true });
    value(await store.roles.invokeRole(run));
    value(await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder' })));
    for (const key of [run.turn?.sessionKey ?? '', role.sessionKey]) await answerNext(store, key, `the canary ${word}`);
    const plain = 'agent:coder:web:dm:chat=plain';
    value(await store.sessions.acceptMessage(request(plain)));
    await answerNext(store, plain, `the canary ${word}`);
    const found = async (within?: { sessionKey?: string }) =>
      (await store.sessions.searchEntries('coder', word, 10, within)).map(({ sessionKey }) => sessionKey);
    expect(await found()).toEqual([plain]);
    expect(await found({ sessionKey: role.sessionKey })).toEqual([role.sessionKey]);
    expect(await found({ sessionKey: other.sessionKey })).toEqual([]);
  });
});
