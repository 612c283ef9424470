/** Schedules in the database: each due time is taken care of once, a failure is told, and nothing is left half done. */
import { formatSessionKey } from '@guildhall/protocol';
import { expect, it } from 'vitest';
import type { Store } from '../src/index.ts';
import { ids, onBothDatabases, refusalOf, sqliteDatabase, value } from './databases.ts';
import { begin, due, hour, newSchedule, scheduled } from './schedule-fixtures.ts';
import { request } from './session-fixtures.ts';

const chat = { platform: 'telegram', chat: '-100' };

async function made(store: Store, changes: Parameters<typeof newSchedule>[0] = {}) {
  return value(await store.schedules.createSchedule(newSchedule(changes)));
}

async function eventsOf(store: Store, name: string) {
  const events = [];
  for (let after = 'installation@0'; ;) {
    const page = value(await store.journal.readEvents({ after, stream: 'installation', limit: 500 }));
    events.push(...page.events.filter(({ data }) => data?.['schedule'] === name));
    if (page.events.length < 500) return events.map(({ type }) => type);
    after = page.cursor;
  }
}

/** Runs the turn of an occurrence to its end. */
async function endTurn(store: Store, sessionKey: string, answer: string | null) {
  const { turn, fence } = value(await store.sessions.beginTurn(sessionKey, 'node:test', 60_000));
  if (answer === null) value(await store.sessions.failTurn(fence, turn.id, { code: 'not-available', message: 'no model answered' }, null));
  else value(await store.sessions.finishTurn(fence, turn.id, { text: answer, usage: null }, null));
}

onBothDatabases('schedules', (parts) => {
  it('are made once, and read as they were written', async () => {
    const { store } = parts;
    const schedule = newSchedule({
      when: { kind: 'cron', expression: '30 7 * * 1-5', timezone: 'Europe/Berlin' },
      target: { kind: 'role', plan: 'A/B', role: 'validator' },
      deliverTo: chat,
      catchUp: 'none',
      jitterMs: 500,
    });
    await made(store, schedule);
    expect(await store.schedules.readSchedule(schedule.name)).toMatchObject({ ...schedule, status: 'active', failures: 0, occurrences: [] });
    expect(refusalOf(await store.schedules.createSchedule(schedule))).toBe('already-exists');
    expect(await store.schedules.readSchedule('nothing')).toBeUndefined();
    expect(await eventsOf(store, schedule.name)).toEqual(['schedule.created']);
  });

  it('become a message, their occurrence and their next due time in one step', async () => {
    const { store } = parts;
    const { name } = await made(store);
    const occurrence = due(name);
    expect(value(await store.schedules.fireOccurrence(name, occurrence))).toMatchObject({ dueAt: begin, status: 'fired', turnId: occurrence.message.turnId });
    const turn = await store.sessions.readTurn(occurrence.message.turnId);
    expect(turn).toMatchObject({ status: 'queued', agent: 'coder', message: { platform: 'schedule', chat: name, text: 'sweep the floor' } });
    expect(turn?.provenance.hops).toEqual([{ via: 'schedule', actor: 'operator', ref: name }]);
    expect(await store.schedules.readSchedule(name)).toMatchObject({ nextAt: begin + hour, occurrences: [{ dueAt: begin }] });
    expect(await eventsOf(store, name)).toEqual(['schedule.created', 'schedule.fired']);
  });

  it('take care of a due time once, and of none they are not due at', async () => {
    const { store } = parts;
    const { name } = await made(store);
    value(await store.schedules.fireOccurrence(name, due(name)));
    expect(refusalOf(await store.schedules.fireOccurrence(name, due(name)))).toBe('already-exists');
    expect(refusalOf(await store.schedules.fireOccurrence(name, due(name, 5)))).toBe('already-exists');
    const passed = { from: begin, dueAt: begin + 9 * hour, count: 10, nextAt: begin + 10 * hour, reason: 'x' };
    expect(refusalOf(await store.schedules.skipOccurrences(name, passed))).toBe('already-exists');
    expect(refusalOf(await store.schedules.fireOccurrence('nothing', due(name)))).toBe('not-found');
    expect((await store.sessions.listTurns({ sessionKey: scheduled(name).sessionKey, limit: 9 })).length).toBe(1);
  });

  it('end when nothing is due any more', async () => {
    const { store } = parts;
    const { name } = await made(store, { when: { kind: 'at', at: begin } });
    value(await store.schedules.fireOccurrence(name, { ...due(name), nextAt: null }));
    expect(await store.schedules.readSchedule(name)).toMatchObject({ status: 'ended', nextAt: null, reason: 'nothing is due any more' });
    expect(await eventsOf(store, name)).toEqual(['schedule.created', 'schedule.fired', 'schedule.ended']);
    expect(refusalOf(await store.schedules.resumeSchedule(name, begin, 'operator'))).toBe('wrong-state');
  });

  it('pass over what is not caught up, in one row that says how many', async () => {
    const { store } = parts;
    const { name } = await made(store);
    const passed = { from: begin, dueAt: begin + 2 * hour, count: 3, nextAt: begin + 3 * hour, reason: 'no daemon ran' };
    value(await store.schedules.skipOccurrences(name, passed));
    expect(await store.schedules.readSchedule(name)).toMatchObject({
      nextAt: begin + 3 * hour,
      occurrences: [{ status: 'skipped', dueAt: begin + 2 * hour, reason: expect.stringMatching(/^3 due times from 2026-11-21T00:00:00.000Z/) }],
    });
  });

  it('are due in the order of their times, while they are active', async () => {
    const { store } = parts;
    const [late, early, paused] = [await made(store, { nextAt: 2000 }), await made(store, { nextAt: 1000 }), await made(store, { nextAt: 500 })];
    value(await store.schedules.pauseSchedule(paused.name, 'a holiday', 'operator'));
    expect((await store.schedules.dueSchedules(2000, 9)).map(({ name }) => name)).toEqual([early.name, late.name]);
    expect((await store.schedules.dueSchedules(1999, 9)).map(({ name }) => name)).toEqual([early.name]);
    expect(refusalOf(await store.schedules.fireOccurrence(paused.name, { ...due(paused.name), dueAt: 500 }))).toBe('already-exists');
    for (const { name } of [late, early, paused]) value(await store.schedules.removeSchedule(name, 'operator'));
  });

  it('pause with a reason, go on where they are told to, and can be asked for now in between', async () => {
    const { store } = parts;
    const { name } = await made(store);
    value(await store.schedules.pauseSchedule(name, 'a holiday', 'operator'));
    expect(refusalOf(await store.schedules.pauseSchedule(name, 'again', 'operator'))).toBe('wrong-state');
    value(await store.schedules.fireOccurrence(name, { ...due(name), dueAt: begin + 77, askedBy: 'operator' }));
    expect(await store.schedules.readSchedule(name)).toMatchObject({ status: 'paused', reason: 'a holiday', nextAt: begin });
    value(await store.schedules.resumeSchedule(name, begin + 5 * hour, 'operator'));
    expect(await store.schedules.readSchedule(name)).toMatchObject({ status: 'active', reason: '', nextAt: begin + 5 * hour });
    expect(await eventsOf(store, name)).toEqual(['schedule.created', 'schedule.paused', 'schedule.fired', 'schedule.resumed']);
  });

  it('go with their occurrences when they are removed, and can be made anew under the same name', async () => {
    const { store } = parts;
    const { name } = await made(store);
    value(await store.schedules.fireOccurrence(name, due(name)));
    value(await store.schedules.removeSchedule(name, 'operator'));
    expect(refusalOf(await store.schedules.removeSchedule(name, 'operator'))).toBe('not-found');
    await made(store, { name });
    expect(value(await store.schedules.fireOccurrence(name, due(name))).status).toBe('fired');
  });

  it('tell of a message that was not accepted, and leave nothing of it behind', async () => {
    const { store } = parts;
    const { name } = await made(store, { deliverTo: chat });
    const { sessionKey } = scheduled(name);
    value(await store.sessions.acceptMessage(request(sessionKey)));
    const failed = value(await store.schedules.fireOccurrence(name, due(name, 0, { maxQueued: 1 })));
    expect(failed).toMatchObject({ status: 'failed', turnId: null, reason: expect.stringContaining('1 messages wait in this session already') });
    expect(await store.schedules.readSchedule(name)).toMatchObject({ failures: 1, nextAt: begin + hour, status: 'active' });
    expect((await store.sessions.readSession(sessionKey))?.queuedTurns).toBe(1);
    const news = formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'schedule', chatType: 'thread', chat: name, thread: 'news' });
    expect(await store.sessions.listOutbound({ sessionKey: news, limit: 9 })).toMatchObject([
      { platform: 'telegram', chat: '-100', text: failed.reason, status: 'pending' },
    ]);
    expect(await eventsOf(store, name)).toEqual(['schedule.created', 'schedule.failed']);
  });

  it('deliver the end of a turn, and forget earlier failures when one succeeds', async () => {
    const { store } = parts;
    const { name } = await made(store, { deliverTo: { ...chat, thread: '7' } });
    const { sessionKey } = scheduled(name);
    value(await store.schedules.fireOccurrence(name, due(name)));
    expect(await store.schedules.unsettledOccurrences(1000)).not.toContainEqual(
      expect.objectContaining({ dueAt: begin, schedule: expect.objectContaining({ name }) }),
    );
    await endTurn(store, sessionKey, null);
    const open = (await store.schedules.unsettledOccurrences(1000)).find(({ schedule }) => schedule.name === name);
    expect(open).toMatchObject({ dueAt: begin, turnId: expect.any(String), run: null });
    value(await store.schedules.settleOccurrence(name, begin, { status: 'failed', reason: 'no model answered', deliver: 'It failed.', pauseAfter: 5 }));
    expect(refusalOf(await store.schedules.settleOccurrence(name, begin, { status: 'succeeded', reason: '', deliver: null, pauseAfter: 5 }))).toBe(
      'wrong-state',
    );
    expect(await store.schedules.readSchedule(name)).toMatchObject({ failures: 1, occurrences: [{ status: 'failed', reason: 'no model answered' }] });
    value(await store.schedules.fireOccurrence(name, due(name, 1)));
    await endTurn(store, sessionKey, 'swept');
    value(await store.schedules.settleOccurrence(name, begin + hour, { status: 'succeeded', reason: '', deliver: 'swept', pauseAfter: 5 }));
    expect(await store.schedules.readSchedule(name)).toMatchObject({ failures: 0 });
    const sent = await store.sessions.listOutbound({ sessionKey, limit: 9 });
    expect(sent.map(({ text, thread }) => `${text} in ${thread}`).toSorted()).toEqual(['It failed. in 7', 'swept in 7']);
  });

  it('deliver that a turn was cancelled before it began', async () => {
    const { store } = parts;
    const { name } = await made(store, { deliverTo: chat });
    const occurrence = due(name);
    value(await store.schedules.fireOccurrence(name, occurrence));
    value(await store.sessions.requestCancel(occurrence.message.turnId, 'operator'));
    value(await store.schedules.settleOccurrence(name, begin, { status: 'failed', reason: 'cancelled', deliver: 'It was cancelled.', pauseAfter: 5 }));
    const news = formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'schedule', chatType: 'thread', chat: name, thread: 'news' });
    expect(await store.sessions.listOutbound({ sessionKey: news, limit: 9 })).toMatchObject([{ text: 'It was cancelled.' }]);
  });

  it('are paused by the fifth failure in a row, with the reason, and start to count anew when they are resumed', async () => {
    const { store } = parts;
    const { name } = await made(store);
    for (let n = 0; n < 5; n += 1) {
      expect((await store.schedules.readSchedule(name))?.status).toBe('active');
      value(await store.schedules.fireOccurrence(name, due(name, n, { failed: 'the role is retired' })));
    }
    expect(await store.schedules.readSchedule(name)).toMatchObject({
      status: 'paused',
      failures: 5,
      reason: 'it failed 5 times in a row, the last time because the role is retired',
      nextAt: begin + 5 * hour,
    });
    expect((await eventsOf(store, name)).slice(-2)).toEqual(['schedule.failed', 'schedule.paused']);
    value(await store.schedules.resumeSchedule(name, begin + 5 * hour, 'operator'));
    value(await store.schedules.fireOccurrence(name, due(name, 5, { failed: 'the role is retired' })));
    expect(await store.schedules.readSchedule(name)).toMatchObject({ status: 'active', failures: 1 });
  });

  it('keep their newest thousand occurrences, and those that are still open', async () => {
    const { store, database } = parts;
    const { name } = await made(store, { nextAt: begin + 2000 * hour });
    value(await store.schedules.fireOccurrence(name, { ...due(name), askedBy: 'operator' }));
    await database.raw(`insert into schedule_occurrences (schedule, due_at, fired_at, status, turn_id, run, reason)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 1500) select '${name}', ${begin} + cast(i as bigint) * ${hour}, 0, 'skipped', null, null, 'x' from n`);
    value(await store.schedules.fireOccurrence(name, due(name, 2000, { failed: 'x' })));
    const rows = await database.raw(`select due_at, status from schedule_occurrences where schedule = '${name}' order by due_at`);
    expect(rows.length).toBe(1001);
    expect(rows[0]).toMatchObject({ status: 'fired' });
    expect(Number(rows[1]?.['due_at'])).toBe(begin + 502 * hour);
  });

  it('fire each of 300 due times once, however many daemons race for them', async () => {
    const { store, database } = parts;
    const others = database.kind === 'postgres' ? [await database.open(), await database.open(), await database.open()] : [store, store, store];
    const { name } = await made(store, { nextAt: begin });
    const race = async (racer: Store) => {
      let won = 0;
      for (let n = 0; n < 300; n += 1) if ((await racer.schedules.fireOccurrence(name, due(name, n, { maxQueued: 1000 }))).ok) won += 1;
      return won;
    };
    const wins = await Promise.all([store, ...others].map(race));
    expect(wins.reduce((sum, won) => sum + won, 0)).toBe(300);
    const turns = await store.sessions.listTurns({ sessionKey: scheduled(name).sessionKey, limit: 1000 });
    expect(turns).toHaveLength(300);
    const rows = await database.raw(`select count(*) as n from schedule_occurrences where schedule = '${name}' and status = 'fired'`);
    expect(Number(rows[0]?.['n'])).toBe(300);
    expect((await store.schedules.readSchedule(name))?.nextAt).toBe(begin + 300 * hour);
  });
});

it('there can be a thousand schedules', async () => {
  const database = sqliteDatabase();
  const store = await database.open();
  const all = await Promise.all(Array.from({ length: 1010 }, () => store.schedules.createSchedule(newSchedule())));
  expect(all.filter(({ ok }) => ok)).toHaveLength(1000);
  expect((await store.schedules.listSchedules()).length).toBe(1000);
  expect(refusalOf(await store.schedules.createSchedule(newSchedule()))).toBe('limit-reached');
  await database.dispose();
});

it('what breaks an invariant of schedules is found', async () => {
  const database = sqliteDatabase();
  const store = await database.open(ids.next('boot'));
  const { name } = await made(store);
  value(await store.schedules.fireOccurrence(name, due(name)));
  const broken = async (sql: string, undo: string) => {
    await database.raw(sql);
    const found = (await store.verify()).filter(({ ok }) => !ok).map(({ subject }) => subject);
    await database.raw(undo);
    return found;
  };
  expect(await broken(`update schedules set status = 'ended'`, `update schedules set status = 'active'`)).toEqual(['schedules']);
  expect(await broken(`update schedules set next_at = ${begin}`, `update schedules set next_at = ${begin + hour}`)).toEqual(['due times']);
  expect(await broken(`update schedule_occurrences set schedule = 'gone'`, `update schedule_occurrences set schedule = '${name}'`)).toEqual(['occurrences']);
  await database.dispose();
});
