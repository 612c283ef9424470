/** What breaks a rule of handoffs is found by the check of the database, by name. */
import { deriveProvenance } from '@guildhall/authority';
import { sessionStream } from '@guildhall/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { foundAfter } from './broken-rows.ts';
import { ids, sqliteDatabase, value } from './databases.ts';
import { requested, started, underWay, withinTurn } from './handoff-chain-fixtures.ts';
import { call, result } from './session-fixtures.ts';

const database = sqliteDatabase();
let store: Store;
const known = { queued: '', running: '', finished: '', off: '', offTurn: '', below: '' };

beforeAll(async () => {
  store = await database.open();
  known.queued = (await requested(store)).id;
  known.running = (await started(store)).id;
  await requested(store, { mustAsk: true });
  const done = await underWay(store, {
    awaited: false,
    reservation: { limits: [{ scope: 'edge:a b', window: 'always', microUsd: 9 }], amount: { microUsd: 3, tokens: 0 } },
  });
  await finish(done);
  known.finished = done.handoff.id;
  const off = await underWay(store);
  known.off = off.handoff.id;
  known.offTurn = off.held.turn.id;
  const { held } = off;
  value(await store.sessions.beginStep(held.fence, held.turn.id));
  value(await store.sessions.startToolCall(held.fence, held.turn.id, call('c1')));
  value(await store.sessions.finishToolCall(held.fence, held.turn.id, result('c1')));
  known.below = (await requested(store, { within: withinTurn(held.turn), mustAsk: true })).id;
  value(await store.handoffs.cancelHandoff(known.off, 'operator', 'enough'));
  const note = {
    stream: sessionStream(held.turn.sessionKey),
    type: 'memory.changed',
    actor: 'daemon',
    provenance: null,
    data: { turnId: held.turn.id },
  } as const;
  await store.journal.appendEvents([note]);
  await sumUp();
});

afterAll(() => database.dispose());

async function finish({ handoff, held }: Awaited<ReturnType<typeof underWay>>): Promise<void> {
  value(await store.sessions.finishTurn(held.fence, held.turn.id, { text: 'done', usage: null }, null));
  const end = { as: 'finished', outcome: 'succeeded', result: 'done', reason: '' } as const;
  value(await store.handoffs.settleHandoff(handoff.id, end, { failures: 5, restMs: 1_000 }));
}

/** A turn that asked for one and was told what came of it. */
async function sumUp(): Promise<void> {
  const source = await underWay(store);
  const { turn } = source.held;
  const asked = await underWay(store, { within: withinTurn(turn), awaited: false });
  value(await store.sessions.finishTurn(source.held.fence, turn.id, { text: 'asked', usage: null }, null));
  await finish(asked);
  const provenance = deriveProvenance(turn.provenance, { hop: { via: 'reply', actor: `agent:${turn.agent}`, ref: turn.id }, agent: turn.agent });
  value(await store.handoffs.openSummary(turn.id, { turnId: ids.next('turn'), text: 'this came of it', provenance, maxQueued: 9 }));
}

const breaks: readonly (readonly [string, () => string])[] = [
  ['handoff states', () => `update handoffs set ended_at = 1 where id = '${known.queued}'`],
  ['handoff states', () => `update handoffs set ended_at = null where id = '${known.finished}'`],
  ['handoff states', () => `update handoffs set started_at = 1 where id = '${known.queued}'`],
  ['handoff states', () => `update handoffs set started_at = null where id = '${known.running}'`],
  ['handoff states', () => `update handoffs set reason = '' where id = '${known.off}'`],
  ['turns of handoffs', () => `update handoffs set turn_id = null where id = '${known.running}'`],
  ['turns of handoffs', () => `update handoffs set turn_id = 'turn_nowhere' where id = '${known.running}'`],
  ['turns of handoffs', () => `update handoffs set notice_turn = null where id = '${known.queued}'`],
  ['turns of handoffs', () => `update turns set handoff = null where handoff = '${known.running}'`],
  ['turns of handoffs', () => `update turns set session_key = 'agent:other:main' where handoff = '${known.queued}'`],
  ['ended handoffs', () => `update reservations set settled = 0`],
  ['ended handoffs', () => `update turns set ended_at = null where handoff = '${known.finished}'`],
  ['chains of handoffs', () => `update handoffs set depth = 1 where id = '${known.below}'`],
  ['chains of handoffs', () => `update handoffs set parent = null where id = '${known.below}'`],
  ['handoffs called off', () => `update handoffs set status = 'queued', ended_at = null where id = '${known.below}'`],
  ['handoffs called off', () => `update handoffs set called_off_at = null where id = '${known.below}'`],
  ['handoffs called off', () => `update turns set cancel_requested = 0 where id = '${known.offTurn}'`],
  ['handoffs called off', () => `update turns set status = 'queued' where id = '${known.offTurn}'`],
  ['handoffs called off', () => `update approvals set status = 'approved', answered_by = 'operator' where turn_id = '${known.below}'`],
  ['beginnings after a cancel', () => beginLater('tool.called')],
  ['beginnings after a cancel', () => beginLater('turn.step-begun')],
  ['decisions about handoffs', () => `delete from handoff_decisions where handoff = '${known.queued}'`],
  ['decisions about handoffs', () => `update handoff_decisions set ordinal = 2 where handoff = '${known.queued}'`],
  ['decisions about handoffs', () => `update handoff_decisions set moment = 'starting' where ordinal = 1`],
  ['summaries of handoffs', () => `update handoff_summaries set turn_id = 'turn_nowhere'`],
  ['summaries of handoffs', () => `update handoff_summaries set source_turn = 'turn_nowhere'`],
];

/** What was recorded of the turn behind the cancel says that it began something. */
function beginLater(type: string): string {
  return `update events set type = '${type}' where type = 'memory.changed'`;
}

const tables = ['handoffs', 'handoff_decisions', 'handoff_summaries', 'turns', 'approvals', 'reservations', 'events', 'event_bodies'];

test('nothing is wrong with what was not touched', async () => {
  expect((await store.verify()).filter(({ ok }) => !ok)).toEqual([]);
});

test.each(breaks.map(([name, statement], index) => ({ name, statement, index })))('"$name" finds break $index', async ({ name, statement }) => {
  expect(await foundAfter(database, store, tables, statement())).toContain(name);
});
