import { expect, test } from 'vitest';
import { digestOf, sha256 } from '@guildhall/kernel';
import type { NewApproval, NewCredential } from '@guildhall/authority';
import { ids, onBothDatabases, refusalOf, severalDaemons, value, type Suite } from './databases.ts';
import { provenance } from './session-fixtures.ts';

function credential(changes: Partial<NewCredential> = {}): NewCredential {
  return { id: ids.next('cred'), secretHash: sha256(ids.secret('t')), scopes: ['chat'], label: 'a label', ...changes };
}

onBothDatabases('credentials', (suite) => {
  test('are found by the hash of their secret until they are revoked, and the journal knows', async () => {
    const { credentials, journal } = suite.store;
    const from = await journal.headCursor();
    const made = credential({ label: 'odd \0 \ud800 label', scopes: ['read', 'agent:coder'] });
    const stored = await credentials.createCredential(made, 'operator');
    expect(stored).toMatchObject({ id: made.id, scopes: made.scopes, label: 'odd \uFFFD \uFFFD label' });
    expect(stored).not.toHaveProperty('expiresAt');
    expect(await credentials.findCredential(made.secretHash)).toMatchObject({ id: made.id });
    expect(await credentials.findCredential(sha256('other'))).toBeUndefined();
    const revoked = value(await credentials.revokeCredential(made.id, 'operator'));
    expect(revoked.revokedAt).toBeGreaterThan(0);
    expect(value(await credentials.revokeCredential(made.id, 'operator'))).toEqual({ ...revoked, ...(await lastUse(suite, made.id)) });
    expect(await credentials.findCredential(made.secretHash)).toBeUndefined();
    expect(refusalOf(await credentials.revokeCredential('cred_none', 'operator'))).toBe('not-found');
    expect((await credentials.listCredentials()).map(({ id }) => id)).toContain(made.id);
    const told = value(await journal.readEvents({ after: from, limit: 10 })).events.map(({ type, data }) => [type, data?.['id']]);
    expect(told).toEqual([
      ['credential.created', made.id],
      ['credential.revoked', made.id],
    ]);
    expect(JSON.stringify(value(await journal.readEvents({ after: from, limit: 10 })))).not.toContain(made.secretHash);
  });

  test('one that was seen to have expired stays expired, though the clock steps back', async () => {
    const { database, store } = suite;
    const made = credential({ expiresAt: database.clock.now() + 60_000 });
    await store.credentials.createCredential(made, 'operator');
    expect(await store.credentials.findCredential(made.secretHash)).toBeDefined();
    database.clock.jump(120_000);
    expect(await store.credentials.findCredential(made.secretHash)).toBeUndefined();
    database.clock.jump(-240_000);
    expect(await store.credentials.findCredential(made.secretHash)).toBeUndefined();
    expect(refusalOf(await store.credentials.redeemCredential(made.secretHash, 'chat'))).toBe('not-authenticated');
    database.clock.jump(120_000);
  });

  test('a one-time secret is good once, for its own scope, however many use it at once', async () => {
    const daemons = await severalDaemons(suite);
    const made = credential({ scopes: ['sign-in'], expiresAt: suite.database.clock.now() + 60_000 });
    await suite.store.credentials.createCredential(made, 'operator');
    expect(refusalOf(await suite.store.credentials.redeemCredential(made.secretHash, 'operator'))).toBe('not-authenticated');
    const uses = await Promise.all(Array.from({ length: 12 }, (_, index) => daemons.of(index).credentials.redeemCredential(made.secretHash, 'sign-in')));
    expect(uses.filter((use) => use.ok).length).toBe(1);
    await daemons.close();
  });
});

async function lastUse(suite: Suite, id: string) {
  const found = (await suite.store.credentials.listCredentials()).find((one) => one.id === id);
  return found?.lastUsedAt === undefined ? {} : { lastUsedAt: found.lastUsedAt };
}

function question(changes: Partial<NewApproval> = {}): NewApproval {
  const action = { agent: 'coder', session: 'agent:coder:main', tool: 'terminal', args: { argv: ['rm', '-r', ids.next('x')] } };
  return {
    id: ids.next('appr'),
    digest: digestOf(action),
    action,
    reason: 'it deletes files',
    sessionKey: 'agent:coder:main',
    turnId: ids.next('turn'),
    callId: 'c1',
    expiresInMs: 60_000,
    provenance,
    ...changes,
  };
}

onBothDatabases('approvals', (suite) => {
  test('are asked once for a call, answered once, and used once for exactly what was asked', async () => {
    const { approvals } = suite.store;
    const asked = question();
    const first = await approvals.askApproval(asked);
    expect(first).toMatchObject({ id: asked.id, status: 'pending', action: asked.action });
    expect(await approvals.askApproval({ ...asked, id: ids.next('appr') })).toEqual(first);
    expect(refusalOf(await approvals.useApproval(asked.id, asked.digest))).toBe('wrong-state');
    expect(value(await approvals.answerApproval(asked.id, 'approve', 'operator', 'go on'))).toMatchObject({
      status: 'approved',
      answeredBy: 'operator',
      answerReason: 'go on',
    });
    expect(refusalOf(await approvals.answerApproval(asked.id, 'deny', 'operator'))).toBe('wrong-state');
    expect(refusalOf(await approvals.useApproval(asked.id, digestOf('something else')))).toBe('wrong-state');
    const uses = await Promise.all(Array.from({ length: 8 }, () => approvals.useApproval(asked.id, asked.digest)));
    expect(uses.filter(({ ok }) => ok).length).toBe(1);
    expect(refusalOf(await approvals.answerApproval('appr_none', 'approve', 'operator'))).toBe('not-found');
  });

  test('a no is a no', async () => {
    const { approvals } = suite.store;
    const asked = question();
    await approvals.askApproval(asked);
    value(await approvals.answerApproval(asked.id, 'deny', 'operator'));
    expect(refusalOf(await approvals.useApproval(asked.id, asked.digest))).toBe('approval-denied');
    expect((await approvals.listApprovals({ status: 'denied', limit: 10 })).map(({ id }) => id)).toContain(asked.id);
  });

  test('no answer is a no: in time, after a jump of the clock, and still after it jumps back', async () => {
    const { database, store } = suite;
    const { approvals } = store;
    const [unanswered, unused, jumped] = [question(), question(), question({ expiresInMs: 600_000 })];
    for (const asked of [unanswered, unused, jumped]) await approvals.askApproval(asked);
    for (const asked of [unused, jumped]) value(await approvals.answerApproval(asked.id, 'approve', 'operator'));
    await database.advance(61_000);
    expect(refusalOf(await approvals.answerApproval(unanswered.id, 'approve', 'operator'))).toBe('wrong-state');
    expect(refusalOf(await approvals.useApproval(unused.id, unused.digest))).toBe('approval-expired');
    database.clock.jump(3_600_000);
    expect((await approvals.expireApprovals()).map(({ id }) => id)).toEqual([jumped.id]);
    database.clock.jump(-7_200_000);
    expect(refusalOf(await approvals.useApproval(jumped.id, jumped.digest))).toBe('approval-expired');
    expect(await approvals.expireApprovals()).toEqual([]);
    database.clock.jump(3_600_000);
    const told = value(await store.journal.readEvents({ after: '', stream: 'session:agent:coder:main', limit: 1_000 })).events;
    expect(told.filter(({ type }) => type === 'approval.expired').length).toBe(3);
  });

  test('the clock that steps back does not keep one open either', async () => {
    const { database, store } = suite;
    const asked = question();
    await store.approvals.askApproval(asked);
    database.clock.jump(-86_400_000);
    await database.advance(61_000);
    expect(refusalOf(await store.approvals.answerApproval(asked.id, 'approve', 'operator'))).toBe('wrong-state');
    database.clock.jump(86_400_000);
  });
});

onBothDatabases('budgets', (suite) => {
  const limit = (scope: string, tokens: number) => ({ scope, window: 'always', tokens });
  const state = async (scope: string) => (await suite.store.budgets.readBudgets('always')).find((one) => one.scope === scope);

  test('many who reserve at once never get more than there is', async () => {
    const daemons = await severalDaemons(suite);
    const scope = ids.next('scope');
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => daemons.of(index).budgets.reserveBudget(ids.next('r'), [limit(scope, 100)], { microUsd: 0, tokens: 7 })),
    );
    expect(answers.filter((answer) => answer.ok).length).toBe(14);
    expect(await state(scope)).toMatchObject({ reserved: { tokens: 98 }, settled: { tokens: 0 } });
    await daemons.close();
  });

  test('all scopes or none; the one that is used up is named, and the journal knows', async () => {
    const { budgets, journal } = suite.store;
    const [wide, narrow] = [ids.next('wide'), ids.next('narrow')];
    const from = await journal.headCursor();
    const refused = await budgets.reserveBudget(ids.next('r'), [limit(wide, 100), limit(narrow, 5)], { microUsd: 1, tokens: 10 });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'budget-exhausted', details: { scope: narrow, limit: 5, left: 5, needed: 10 } } });
    expect(await state(wide)).toMatchObject({ reserved: { tokens: 0 } });
    expect(value(await journal.readEvents({ after: from, limit: 5 })).events).toMatchObject([{ type: 'budget.exhausted', data: { scope: narrow } }]);
  });

  test('the same reservation is made once and settled once, at what it cost', async () => {
    const { budgets } = suite.store;
    const [scope, id] = [ids.next('scope'), ids.next('r')];
    const limits = [{ scope, window: 'always', microUsd: 1_000 }];
    for (let again = 0; again < 3; again += 1) value(await budgets.reserveBudget(id, limits, { microUsd: 800, tokens: 10 }));
    expect(refusalOf(await budgets.reserveBudget(ids.next('r'), limits, { microUsd: 300, tokens: 0 }))).toBe('budget-exhausted');
    for (let again = 0; again < 3; again += 1) await budgets.settleBudget(id, { microUsd: 250, tokens: 4 });
    await budgets.settleBudget('r_none', { microUsd: 999, tokens: 0 });
    expect(await state(scope)).toEqual({ scope, window: 'always', settled: { microUsd: 250, tokens: 4 }, reserved: { microUsd: 0, tokens: 0 } });
    value(await budgets.reserveBudget(id, limits, { microUsd: 800, tokens: 10 }));
    expect(await state(scope)).toMatchObject({ reserved: { microUsd: 0 } });
    for (const amount of [-1, 0.5, Number.NaN, Infinity])
      await expect(budgets.settleBudget(id, { microUsd: amount, tokens: 0 })).rejects.toMatchObject({ code: 'bad-amount' });
  });

  test('a reservation its daemon never settled counts as spent after its time', async () => {
    const { database, store } = suite;
    const scope = ids.next('scope');
    value(await store.budgets.reserveBudget(ids.next('r'), [limit(scope, 100)], { microUsd: 0, tokens: 60 }));
    await database.advance(3_700_000);
    value(await store.budgets.reserveBudget(ids.next('r'), [limit(scope, 100)], { microUsd: 0, tokens: 40 }));
    expect(await state(scope)).toMatchObject({ settled: { tokens: 60 }, reserved: { tokens: 40 } });
  });
});

onBothDatabases('what else is kept', (suite) => {
  test('configurations are numbered as they come into force; the same one again is the same version', async () => {
    const { configVersions, journal } = suite.store;
    const from = await journal.headCursor();
    const accept = (text: string, revertOf?: number) =>
      configVersions.acceptConfig({ text, digest: sha256(text), actor: 'operator', ...(revertOf === undefined ? {} : { revertOf }) });
    const first = await accept('agents: {a: {}}');
    expect(await accept('agents: {a: {}}')).toEqual(first);
    const second = await accept('agents: {b: {}}');
    expect(second.rev).toBe(first.rev + 1);
    await configVersions.rejectConfig({ digest: sha256('x'), errors: [{ message: 'unknown key' }], actor: 'operator' });
    const reverted = await accept('agents: {a: {}}', first.rev);
    expect(reverted).toMatchObject({ rev: second.rev + 1, revertOf: first.rev });
    expect((await configVersions.listConfigVersions(2)).map(({ rev }) => rev)).toEqual([reverted.rev, second.rev]);
    expect(value(await configVersions.readConfigVersion(second.rev)).text).toBe('agents: {b: {}}');
    expect(refusalOf(await configVersions.readConfigVersion(999))).toBe('not-found');
    const told = value(await journal.readEvents({ after: from, limit: 10 })).events.map(({ type }) => type);
    expect(told).toEqual(['config.accepted', 'config.accepted', 'config.rejected', 'config.reverted']);
  });

  test('of daemons that accept the same configuration at once, all get one version', async () => {
    const daemons = await severalDaemons(suite);
    const text = ids.next('text');
    const versions = await Promise.all(
      Array.from({ length: 9 }, (_, index) => daemons.of(index).configVersions.acceptConfig({ text, digest: sha256(text), actor: 'daemon' })),
    );
    expect(new Set(versions.map((version) => version.rev)).size).toBe(1);
    await daemons.close();
  });

  test('notes are written, replaced, and written once', async () => {
    const { notes } = suite.store;
    const name = ids.next('note');
    expect(await notes.readNote(name)).toBeUndefined();
    await notes.writeNote(name, { hash: 'a', odd: '\0\ud800' });
    await notes.writeNote(name, ['b']);
    expect(await notes.readNote(name)).toEqual(['b']);
    const ones = await Promise.all(['x', 'y', 'z'].map((text) => notes.writeNoteOnce(`${name} once`, text)));
    expect(new Set(ones).size).toBe(1);
  });

  test('a request is done first once, replayed afterwards, and never mistaken for another', async () => {
    const daemons = await severalDaemons(suite);
    const { idempotency } = suite.store;
    const key = ids.next('key');
    const begun = await Promise.all(Array.from({ length: 8 }, (_, index) => daemons.of(index).idempotency.begin(key, 'cred_a', 'digest')));
    expect(begun.filter((answer) => answer.state === 'first').length).toBe(1);
    expect(begun.filter((answer) => answer.state === 'in-progress').length).toBe(7);
    expect(await idempotency.begin(key, 'cred_b', 'other')).toEqual({ state: 'first', attempt: 1 });
    expect(await idempotency.begin(key, 'cred_a', 'other')).toEqual({ state: 'mismatch' });
    await idempotency.finish(key, 'cred_a', 202, '{"turnId":"t"}');
    expect(await idempotency.begin(key, 'cred_a', 'digest')).toEqual({ state: 'replay', status: 202, body: '{"turnId":"t"}' });
    await idempotency.abandon(key, 'cred_a');
    expect(await idempotency.begin(key, 'cred_a', 'digest')).toMatchObject({ state: 'replay' });
    await idempotency.abandon(key, 'cred_b');
    expect(await idempotency.begin(key, 'cred_b', 'other')).toEqual({ state: 'first', attempt: 1 });
    await daemons.close();
  });

  test('a request whose daemon died is done again, and says that it is not the first attempt', async () => {
    const { database, store } = suite;
    const key = ids.next('key');
    await store.idempotency.begin(key, 'cred_a', 'digest');
    await database.raw(`update idempotency_keys set owner = 'boot_gone' where key = '${key}'`);
    expect(await store.idempotency.begin(key, 'cred_a', 'digest')).toEqual({ state: 'first', attempt: 2 });
    expect(await store.idempotency.begin(key, 'cred_a', 'digest')).toEqual({ state: 'in-progress' });
    await database.advance(200_000);
    expect(await store.idempotency.begin(key, 'cred_a', 'digest')).toEqual({ state: 'first', attempt: 3 });
  });
});
