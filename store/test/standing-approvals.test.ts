import { expect, test } from 'vitest';
import { standingDigest, type NewApproval } from '@guildhall/authority';
import { digestOf } from '@guildhall/kernel';
import { ids, onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { provenance } from './session-fixtures.ts';

function question(changes: Partial<NewApproval> = {}): NewApproval {
  const action = { agent: 'coder', session: 'agent:coder:main', tool: 'terminal', args: { command: ['npm', ids.next('script')] } };
  const bound = { argv: action.args.command };
  return {
    id: ids.next('appr'),
    digest: digestOf(action),
    action,
    bound,
    standingDigest: standingDigest({ agent: action.agent, tool: action.tool, bound }),
    reason: '"npm" runs programs of a project',
    sessionKey: action.session,
    turnId: ids.next('turn'),
    callId: 'c1',
    expiresInMs: 60_000,
    provenance,
    ...changes,
  };
}

onBothDatabases('an approval for always', (suite) => {
  test('stands for exactly its digest until it is revoked, and the journal knows', async () => {
    const { approvals, standingApprovals, journal } = suite.store;
    const from = await journal.headCursor();
    const asked = question();
    expect(await approvals.askApproval(asked)).toMatchObject({ bound: asked.bound, standingDigest: asked.standingDigest });
    expect(await standingApprovals.useStandingApproval(asked.standingDigest ?? '')).toBeUndefined();
    expect(value(await approvals.answerApproval(asked.id, 'always', 'operator'))).toMatchObject({ status: 'approved' });
    const used = await standingApprovals.useStandingApproval(asked.standingDigest ?? '');
    expect(used).toMatchObject({ agent: 'coder', tool: 'terminal', bound: asked.bound, grantedBy: 'operator', uses: 1 });
    expect(await standingApprovals.useStandingApproval(digestOf('something else'))).toBeUndefined();

    const forgotten = value(await standingApprovals.forgetStandingApproval(used?.id ?? '', 'operator'));
    expect(forgotten.revokedAt).toBeGreaterThan(0);
    expect(value(await standingApprovals.forgetStandingApproval(forgotten.id, 'operator'))).toEqual(forgotten);
    expect(await standingApprovals.useStandingApproval(asked.standingDigest ?? '')).toBeUndefined();
    expect(await standingApprovals.listStandingApprovals()).toContainEqual(forgotten);
    expect(refusalOf(await standingApprovals.forgetStandingApproval('always_none', 'operator'))).toBe('not-found');
    const told = value(await journal.readEvents({ after: from, limit: 10 })).events.map(({ type, data }) => [type, data?.['id']]);
    expect(told).toEqual([
      ['approval.asked', asked.id],
      ['approval.given', asked.id],
      ['approval.remembered', forgotten.id],
      ['approval.forgotten', forgotten.id],
    ]);
  });

  test('is refused where it was not offered, and the approval still waits for its answer', async () => {
    const { approvals, standingApprovals } = suite.store;
    const { standingDigest: _none, ...asked } = question();
    await approvals.askApproval(asked);
    expect(refusalOf(await approvals.answerApproval(asked.id, 'always', 'operator'))).toBe('not-allowed');
    expect((await standingApprovals.listStandingApprovals()).map(({ id }) => id)).not.toContain(`always_${asked.id}`);
    expect(value(await approvals.answerApproval(asked.id, 'approve', 'operator'))).toMatchObject({ status: 'approved' });
    expect(refusalOf(await approvals.answerApproval(asked.id, 'always', 'operator'))).toBe('wrong-state');
  });

  test('is kept once, however many questions for it are answered at once', async () => {
    const daemons = await severalDaemons(suite);
    const first = question();
    const asked = Array.from({ length: 6 }, () => ({ ...first, id: ids.next('appr'), turnId: ids.next('turn') }));
    for (const one of asked) await suite.store.approvals.askApproval(one);
    const answers = await Promise.all(asked.map((one, index) => daemons.of(index).approvals.answerApproval(one.id, 'always', 'operator')));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    const standing = (await suite.store.standingApprovals.listStandingApprovals()).filter(({ digest }) => digest === first.standingDigest);
    expect(standing.length).toBe(1);
    const uses = await Promise.all(asked.map((_, index) => daemons.of(index).standingApprovals.useStandingApproval(first.standingDigest ?? '')));
    expect(new Set(uses.map((use) => use?.uses))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    await daemons.close();
  });
});
