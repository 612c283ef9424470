/** A person's yes is good for exactly what was shown, once, in time; whatever changes afterwards is asked again. */
import { expect, test } from 'vitest';
import { onBothDatabases, refusalOf, severalDaemons, value } from './databases.ts';
import { approved, edit, eventsOf, made, newEdge, newNotice, settleApproval, start, typesOf, worked } from './handoff-fixtures.ts';

const asking = { sourceRules: { requireHumanConfirmationFor: ['low'] } };

onBothDatabases('approvals of handoffs', (suite) => {
  test('a risk that waits for a person waits, and the approval shows and binds exactly what would run', async () => {
    const { store } = suite;
    const handoff = await made(store, { ...newEdge(), ...asking });
    expect(handoff).toMatchObject({ status: 'awaiting-approval', asked: 1, noticeTurn: null });
    const approval = await store.approvals.readApproval(handoff.approvalId ?? '');
    expect(approval).toMatchObject({
      status: 'pending',
      turnId: handoff.id,
      callId: 'ask.1',
      digest: handoff.decision.digest,
      sessionKey: handoff.source.sessionKey,
    });
    expect(approval?.action).toMatchObject({ tool: 'dispatch_handoff', args: { task: handoff.task, riskLevel: 'low', target: { name: handoff.target.name } } });
    const told = value(await store.journal.readEvents({ after: '', stream: `session:${handoff.source.sessionKey}`, limit: 100 }));
    expect(told.events.map(({ type }) => type)).toContain('approval.asked');
    expect(await store.handoffs.answeredHandoffs(100)).toEqual([]);
    expect(value(await settleApproval(store, handoff)).status).toBe('awaiting-approval');
  });

  test('a yes queues it and is used up; a second time changes nothing', async () => {
    const { store } = suite;
    const daemons = await severalDaemons(suite);
    const handoff = await made(store, { ...newEdge(), ...asking });
    value(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'));
    expect((await store.handoffs.answeredHandoffs(100)).map(({ id }) => id)).toEqual([handoff.id]);
    const raced = await Promise.all(Array.from({ length: 6 }, (_, index) => settleApproval(daemons.of(index), handoff)));
    const notices = new Set(raced.map((answer) => value(answer).noticeTurn));
    expect(notices.size).toBe(1);
    expect(await store.approvals.readApproval(handoff.approvalId ?? '')).toMatchObject({ status: 'used' });
    expect(refusalOf(await store.approvals.useApproval(handoff.approvalId ?? '', handoff.decision.digest))).toBe('wrong-state');
    expect(refusalOf(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'))).toBe('wrong-state');
    expect(await typesOf(store, handoff)).toEqual(['handoff.requested', 'handoff.awaiting-approval', 'handoff.queued']);
    const running = value(await start(store, value(raced[0] ?? (await settleApproval(store, handoff))), asking));
    expect(running).toMatchObject({ status: 'running', decision: { moment: 'starting', verdict: 'ask', digest: handoff.decision.digest } });
    await daemons.close();
  });

  test('a yes to another digest queues nothing: it is refused with the reason, once, and the yes is void', async () => {
    const { store, database } = suite;
    const handoff = await made(store, { ...newEdge(), ...asking });
    value(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'));
    await database.raw(`update handoffs set digest = 'another' where id = '${handoff.id}'`);
    const refused = value(await settleApproval(store, handoff));
    expect(refused).toMatchObject({ status: 'refused', noticeTurn: null, reason: expect.stringContaining('which nobody approved') });
    expect((await typesOf(store, handoff)).at(-1)).toBe('handoff.refused');
    expect(await store.approvals.readApproval(handoff.approvalId ?? '')).toMatchObject({ status: 'expired' });
    expect(await store.handoffs.answeredHandoffs(1_000)).not.toContainEqual(expect.objectContaining({ id: handoff.id }));
  });

  test('a no refuses it, and so does no answer, by whichever clock runs out', async () => {
    const { store, database } = suite;
    const denied = await made(store, { ...newEdge(), ...asking });
    value(await store.approvals.answerApproval(denied.approvalId ?? '', 'deny', 'operator', 'not on a Friday'));
    expect(value(await settleApproval(store, denied))).toMatchObject({ status: 'refused', reason: expect.stringContaining('not on a Friday') });
    expect((await eventsOf(store, denied)).at(-1)).toMatchObject({ type: 'handoff.refused' });
    const forgotten = await made(store, { ...newEdge(), ...asking });
    const late = await made(store, { ...newEdge(), ...asking });
    value(await store.approvals.answerApproval(late.approvalId ?? '', 'approve', 'operator'));
    database.clock.jump(700_000);
    expect(value(await settleApproval(store, forgotten))).toMatchObject({ status: 'refused', reason: expect.stringContaining('no answer is no') });
    expect(value(await settleApproval(store, late))).toMatchObject({ status: 'refused', reason: expect.stringContaining('no answer is no') });
    database.clock.jump(-700_000);
    const another = await made(store, { ...newEdge(), ...asking });
    await database.advance(700_000);
    expect((await store.handoffs.answeredHandoffs(100)).map(({ id }) => id)).toContain(another.id);
    expect(value(await settleApproval(store, another))).toMatchObject({ status: 'refused' });
    expect((await store.handoffs.answeredHandoffs(100)).map(({ id }) => id)).not.toContain(another.id);
  });

  test('an edit asks again: the question before it is void, and so is a yes to it', async () => {
    const { store } = suite;
    const handoff = await made(store, { ...newEdge(), ...asking });
    const edited = value(await edit(store, handoff, { task: 'something else' }, asking));
    expect(edited).toMatchObject({ status: 'awaiting-approval', asked: 2, task: 'something else', decision: { moment: 'edited' } });
    expect(edited.decision.digest).not.toBe(handoff.decision.digest);
    expect(await store.approvals.readApproval(handoff.approvalId ?? '')).toMatchObject({ status: 'expired' });
    expect(refusalOf(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'))).toBe('wrong-state');
    const queued = await approved(store, edited);
    expect(queued.status).toBe('queued');
    const again = value(await edit(store, queued, { task: 'something else again' }, asking));
    expect(again).toMatchObject({ status: 'awaiting-approval', asked: 3 });
    expect(await store.sessions.readTurn(queued.noticeTurn ?? '')).toMatchObject({ status: 'cancelled' });
    expect((await store.handoffs.decisionsOf(handoff.id)).map(({ moment }) => moment)).toEqual(['requested', 'edited', 'edited']);
  });

  test('a yes that was given and not used yet is void after an edit', async () => {
    const { store } = suite;
    const handoff = await made(store, { ...newEdge(), ...asking });
    value(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'));
    const edited = value(await edit(store, handoff, { task: 'something else' }, asking));
    expect(value(await settleApproval(store, edited)).status).toBe('awaiting-approval');
    expect(refusalOf(await store.approvals.useApproval(handoff.approvalId ?? '', handoff.decision.digest))).toBe('approval-expired');
  });

  test('an edit of nothing asks nobody again', async () => {
    const { store } = suite;
    const queued = await approved(store, await made(store, { ...newEdge(), ...asking }));
    expect(value(await edit(store, queued, {}, asking))).toMatchObject({ status: 'queued', asked: 1 });
  });

  test('an edit that a guardrail refuses refuses it, one that nothing forbids announces it anew, and none is taken once it runs', async () => {
    const { store } = suite;
    const refused = await made(store, newEdge());
    expect(value(await edit(store, refused, { forbidden: ['nobody_knows'] }))).toMatchObject({
      status: 'refused',
      decision: { decidedBy: 'forbidden-actions' },
    });
    const queued = await made(store, newEdge());
    const edited = value(await edit(store, queued, { task: 'something else' }));
    expect(edited).toMatchObject({ status: 'queued', task: 'something else' });
    expect(edited.noticeTurn).not.toBe(queued.noticeTurn);
    expect(await store.sessions.readTurn(queued.noticeTurn ?? '')).toMatchObject({ status: 'cancelled' });
    expect(refusalOf(await start(store, queued))).toBe('wrong-state');
    const running = value(await start(store, edited));
    expect(refusalOf(await edit(store, running, { task: 'too late' }))).toBe('wrong-state');
    await worked(store, running);
  });

  test('what is forbidden only grows, whatever an edit or a start leaves out', async () => {
    const { store } = suite;
    const rules = { actions: new Map(['db_write', 'dns_change'].map((name) => [name, { tools: [], argv: [], hosts: [], paths: [] }])) };
    const handoff = await made(store, { ...newEdge(), rules, forbidden: ['dns_change'] });
    const edited = value(await edit(store, handoff, { forbidden: ['db_write'] }, { rules }));
    expect(edited).toMatchObject({ status: 'queued', forbidden: ['db_write', 'dns_change'] });
    const running = value(await start(store, { ...edited, forbidden: [], provenance: { ...edited.provenance, forbidden: [] } }, { rules }));
    const turn = await store.sessions.readTurn(running.turnId ?? '');
    expect(turn?.provenance.forbidden.toSorted()).toEqual(['db_write', 'dns_change']);
  });

  test('what is approved is not approved any more when the rules have changed by the time it starts', async () => {
    const { store } = suite;
    const queued = await approved(store, await made(store, { ...newEdge(), ...asking }));
    const changed = value(await start(store, queued, { sourceRules: { ...asking.sourceRules, maxPerHour: 9 } }));
    expect(changed).toMatchObject({ status: 'awaiting-approval', asked: 2, turnId: null });
    const allowedNow = value(await start(store, await approved(store, changed), {}));
    expect(allowedNow).toMatchObject({ status: 'awaiting-approval', asked: 3 });
    expect(value(await start(store, await approved(store, allowedNow), {}))).toMatchObject({ status: 'running' });
  });

  test('what needed nobody when it was requested waits for a person when it does by the time it starts', async () => {
    const { store } = suite;
    const queued = await made(store, newEdge());
    const asked = value(await start(store, queued, asking));
    expect(asked).toMatchObject({ status: 'awaiting-approval', asked: 1 });
    expect(value(await start(store, await approved(store, asked), asking)).status).toBe('running');
  });

  test('the approval of one that is called off runs out', async () => {
    const { store } = suite;
    const handoff = await made(store, { ...newEdge(), ...asking });
    value(await store.handoffs.cancelHandoff(handoff.id, 'operator', 'not now'));
    expect(refusalOf(await store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'))).toBe('wrong-state');
    expect(value(await store.handoffs.settleApproval(handoff.id, newNotice())).status).toBe('cancelled');
  });
});
