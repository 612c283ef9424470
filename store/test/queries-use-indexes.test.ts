/** What runs all the time must not grow with the history: on SQLite no hot query walks a table that only grows. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { sqliteDatabase, value } from './databases.ts';
import { beginTurn, call, newSession, reply, request, result, usage } from './session-fixtures.ts';

/** Tables whose rows stay for ever. */
const growing = ['turns', 'entries', 'events', 'event_bodies', 'outbound', 'decisions', 'approvals', 'reservations', 'sessions'];

/** Indexes of the few rows that are still open; walking one of them is what it is for. */
const small = ['turns_open', 'turns_open_children', 'turns_single_flight', 'outbound_due', 'outbound_unfinished', 'approvals_open', 'reservations_open'];

function isWalk(step: string): boolean {
  const [, table = '', index = ''] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(step) ?? [];
  return growing.includes(table) && !small.includes(index);
}

const database = sqliteDatabase();
afterAll(() => database.dispose());

test('a whole turn, its delivery and the flows around it', async () => {
  const prepared = new Set<string>();
  const original = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function prepare(...given) {
    prepared.add(given[0]);
    return original.apply(this, given);
  };
  try {
    const store = await database.open();
    const { sessions, approvals, budgets, journal, idempotency } = store;
    prepared.clear();
    const key = newSession();
    const held = await beginTurn(sessions, key);
    const { fence, turn } = held;
    value(await sessions.renewTurn(fence, turn.id, 60_000));
    value(await sessions.acceptMessage(request(key, { busy: 'steer' })));
    value(await sessions.absorbSteers(fence, turn.id));
    value(await sessions.recordStep(fence, turn.id, { text: '', toolCalls: [], usage }));
    value(await sessions.startToolCall(fence, turn.id, call('c')));
    value(await sessions.finishToolCall(fence, turn.id, result('c')));
    value(await budgets.reserveBudget('r', [{ scope: 's', window: 'always', tokens: 100 }], { microUsd: 1, tokens: 1 }));
    await budgets.settleBudget('r', { microUsd: 1, tokens: 1 });
    await sessions.readContext(key);
    const outbound = reply();
    value(await sessions.finishTurn(fence, turn.id, { text: 'x', usage }, outbound));
    await sessions.dueOutbound(['telegram'], 5);
    value(await sessions.beginSend(outbound.id));
    value(await sessions.settleSend(outbound.id, { as: 'sent' }));
    await sessions.recoverOutbound([]);
    await sessions.runnableSessions(10);
    await sessions.countOpenChildren(turn.id);
    await sessions.listTurns({ active: true, limit: 5 });
    await approvals.expireApprovals();
    await journal.readEvents({ after: '', limit: 5 });
    await journal.readEvents({ after: '', stream: `session:${key}`, limit: 5 });
    await idempotency.begin('k', 'c', 'd');
  } finally {
    DatabaseSync.prototype.prepare = original;
  }
  if (database.place.kind !== 'sqlite') throw new Error('not a file');
  const reader = new DatabaseSync(database.place.file);
  reader.function('lease_now', () => 0n);
  const walks = [...prepared]
    // The plan of an insert names scans for references, which run only when a reference is broken.
    .filter((sql) => /^(select|update|delete)/i.test(sql))
    .flatMap((sql) => {
      const steps = reader
        .prepare(`explain query plan ${sql}`)
        .all()
        .map((row) => String(row['detail']));
      return steps.filter(isWalk).map((step) => `${step}: ${sql}`);
    });
  reader.close();
  expect(prepared.size).toBeGreaterThan(40);
  expect(walks).toEqual([]);
});
