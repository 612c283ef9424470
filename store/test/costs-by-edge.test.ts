/** What turns cost, by the edge of the innermost handoff they work for and by the lane whose task they work on. */
import { expect, test } from 'vitest';
import { claim, laneWithTask } from './claim-fixtures.ts';
import { ids, onBothDatabases, value, type Suite } from './databases.ts';
import { newSession, request, usage } from './session-fixtures.ts';

const each = { costMicroUsd: 300, inputTokens: 100, outputTokens: 20, unpricedSteps: 0 };

async function answeredTurn({ store }: Suite, changes: Parameters<typeof request>[1] = {}): Promise<string> {
  const key = newSession();
  value(await store.sessions.acceptMessage(request(key, changes)));
  const held = value(await store.sessions.beginTurn(key, 'node:test', 60_000));
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'done', usage }, null));
  return held.turn.id;
}

async function keepHandoff({ database }: Suite, source: string, target: string): Promise<string> {
  const id = ids.next('ho');
  const row = {
    id,
    source,
    source_agent: source,
    source_session: `agent:${source}:main`,
    requested_by: 'operator',
    target,
    target_agent: target,
    target_session: `agent:${target}:main`,
    target_chat: 'session',
    task: 'look',
    task_digest: 'd',
    risk: 'low',
    risk_level: 'low',
    forbidden: '[]',
    must_ask: 0,
    depth: 1,
    provenance: '{}',
    status: 'running',
    reason: '',
    digest: 'd',
    asked: 0,
    allowance: '[]',
    awaited: 0,
    requested_at: 1,
    requested_lease: 1,
  };
  const columns = Object.keys(row).join(', ');
  const values = Object.values(row).map((cell) => (typeof cell === 'number' ? String(cell) : `'${cell}'`));
  await database.raw(`insert into handoffs (${columns}) values (${values.join(', ')})`);
  return id;
}

async function worksFor({ database }: Suite, turn: string, handoff: string | null): Promise<void> {
  await database.raw(`update turns set handoff = ${handoff === null ? 'null' : `'${handoff}'`} where id = '${turn}'`);
}

onBothDatabases('what it cost', (suite) => {
  test('by edge is the sum over all handoffs from one to the other, and of nothing else', async () => {
    const [first, again, other] = [
      await keepHandoff(suite, 'director', 'coder'),
      await keepHandoff(suite, 'director', 'coder'),
      await keepHandoff(suite, 'coder', 'role:a b/lead'),
    ];
    const turns = new Map<string, string | undefined>();
    for (const handoff of [first, first, again, other, undefined]) turns.set(await answeredTurn(suite), handoff);
    for (const [turn, handoff] of turns) if (handoff !== undefined) await worksFor(suite, turn, handoff);
    expect(await suite.store.sessions.sumCosts('edge')).toEqual([
      { key: 'director → coder', turns: 3, costMicroUsd: 900, inputTokens: 300, outputTokens: 60, unpricedSteps: 0 },
      { key: 'coder → role:a b/lead', turns: 1, ...each },
    ]);
    for (const turn of turns.keys()) await worksFor(suite, turn, null);
    for (const handoff of [first, again, other]) await suite.database.raw(`delete from handoffs where id = '${handoff}'`);
    expect(await suite.store.sessions.sumCosts('edge')).toEqual([]);
  });

  test('by lane is the sum over the turns that worked on the tasks it held', async () => {
    const { store } = suite;
    const { lane } = await laneWithTask(store);
    const { run } = await claim(store, lane);
    const message = { account: 'default', chat: 'default', chatType: 'thread' as const, text: 'do it', messageId: run.id };
    await answeredTurn(suite, { message: { ...message, platform: 'board' } });
    await answeredTurn(suite, { message: { ...message, platform: 'web' } });
    expect(await store.sessions.sumCosts('lane')).toEqual([{ key: lane, turns: 1, ...each }]);
  });
});
