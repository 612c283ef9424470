/** Whatever was decided about a handoff, by a guardrail or by a person, yes as well as no, has its row in the chain. */
import { describe, expect, test } from 'vitest';
import { onBothDatabases, value } from './databases.ts';
import { made, newEdge, newNotice, request } from './handoff-fixtures.ts';

const fullOnSqlite = ["create trigger full_journal before insert on events begin select raise(abort, 'the journal is full'); end"];
const fullOnPostgres = [
  "create function full_journal() returns trigger language plpgsql as $$ begin raise exception 'the journal is full'; end $$",
  'create trigger full_journal before insert on events for each row execute function full_journal()',
];

describe('the journal and what was decided', () => {
  onBothDatabases('of handoffs and approvals', (suite) => {
    const typesOf = async (stream: string) => value(await suite.store.journal.readEvents({ after: '', stream, limit: 100 })).events;

    test('what was allowed and what was refused, with who or what decided, and under which digest', async () => {
      const [allowed, refused] = [await made(suite.store), await made(suite.store, { rules: { enabled: false } })];
      for (const [handoff, verdict, types] of [
        [allowed, 'allow', ['handoff.requested', 'handoff.queued']],
        [refused, 'deny', ['handoff.requested', 'handoff.refused']],
      ] as const) {
        const events = await typesOf(`handoff:${handoff.id}`);
        expect(events.map(({ type }) => type)).toEqual(types);
        const { decidedBy, rule, digest } = handoff.decision;
        expect(events[0]?.data).toMatchObject({ verdict, decidedBy, rule, digest, task: handoff.task });
      }
      expect(refused.status).toBe('refused');
    });

    test.each(['approve', 'deny', 'nobody'] as const)('what a person said: %s', async (answer) => {
      const { store } = suite;
      const handoff = await made(store, { ...newEdge(), mustAsk: true });
      const id = handoff.approvalId ?? '';
      if (answer === 'nobody') await suite.database.advance(700_000);
      else value(await store.approvals.answerApproval(id, answer, 'telegram:4711', 'because'));
      await store.approvals.expireApprovals();
      value(await store.handoffs.settleApproval(handoff.id, newNotice()));
      const said = (await typesOf(`session:${handoff.source.sessionKey}`)).filter(({ type }) => type.startsWith('approval.'));
      const told = { approve: 'approval.given', deny: 'approval.denied', nobody: 'approval.expired' }[answer];
      expect(said.map(({ type }) => type)).toEqual(['approval.asked', told]);
      expect(said[0]?.data).toMatchObject({ id, digest: handoff.decision.digest });
      if (answer !== 'nobody') expect(said[1]?.actor).toBe('telegram:4711');
      const types = (await typesOf(`handoff:${handoff.id}`)).map(({ type }) => type);
      expect(types).toEqual(['handoff.requested', 'handoff.awaiting-approval', answer === 'approve' ? 'handoff.queued' : 'handoff.refused']);
    });

    test('and nothing is decided that the journal cannot take', async () => {
      const { store, database } = suite;
      const edge = newEdge();
      const waiting = await made(store, { ...edge, mustAsk: true, task: 'what waits' });
      for (const sql of database.kind === 'sqlite' ? fullOnSqlite : fullOnPostgres) await database.raw(sql);
      await expect(request(store, { ...edge, task: 'what would be allowed' })).rejects.toThrow('full');
      await expect(request(store, { ...edge, task: 'what would be refused', rules: { enabled: false } })).rejects.toThrow('full');
      await expect(store.approvals.answerApproval(waiting.approvalId ?? '', 'approve', 'operator')).rejects.toThrow('full');
      await database.raw(database.kind === 'sqlite' ? 'drop trigger full_journal' : 'drop trigger full_journal on events');
      expect(await store.handoffs.listHandoffs({ source: edge.source, limit: 10 })).toMatchObject([{ id: waiting.id, status: 'awaiting-approval' }]);
      expect(await store.approvals.readApproval(waiting.approvalId ?? '')).toMatchObject({ status: 'pending' });
    });

    test('and the chain of all of it holds', async () => {
      expect((await suite.store.journal.verifyJournal()).valid).toBe(true);
    });
  });
});
