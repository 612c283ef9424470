/** Schedules while daemons run: fired when due and not before, caught up, and told of when they fail. Time moves when told. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Credential } from '@guildhall/authority';
import { formatSessionKey, type ScheduleRequest } from '@guildhall/protocol';
import { canonicalRoles, createOrgChart, createRoleCatalogue } from '@guildhall/roles';
import type { Store } from '@guildhall/store';
import { expectSound, ids, postgresDatabase, postgresUrl, refusalOf, sqliteDatabase, value, type TestDatabase } from '../../store/test/databases.ts';
import { dueScheduleOpensTurn } from '../src/flows/due-schedule-opens-turn.ts';
import { endedTurnSettlesOccurrence } from '../src/flows/ended-turn-settles-occurrence.ts';
import { scheduleOperations } from '../src/operations/schedules/schedule-operations.ts';
import type { Roles } from '../src/roles/role-catalogue.ts';
import { roleSessionKey } from '../src/roles/role-place.ts';
import { eventually } from './http-open-door.ts';

const operator: Credential = { id: 'cred_op', scopes: ['operator'], label: '', createdAt: 0 };
const reader: Credential = { ...operator, id: 'cred_read', scopes: ['read'] };
const hour = 3_600_000;
const chat = { platform: 'telegram', chat: '-100' };
const patienceMs = 20_000;

/** The built-in roles; a person is the planner. */
const catalogue = value(createRoleCatalogue(canonicalRoles));
const roles: Roles = {
  definitions: canonicalRoles,
  chart: value(createOrgChart(canonicalRoles)),
  resolve: catalogue.resolve,
  find: (role) => canonicalRoles.find((definition) => definition.role === role),
  fillerOf: (role) => (role === 'planner' ? { kind: 'person' } : { kind: 'agent', agent: 'coder' }),
};

/** One daemon's part of schedules, on a store. */
function daemonOn(store: Store, database: TestDatabase, changes: { readonly maxQueued?: number } = {}) {
  const agents = new Set(['coder']);
  const faults: unknown[] = [];
  const woken: string[] = [];
  let looks = 0;
  const hasty = {
    ...database.clock,
    sleep: (ms: number, signal?: AbortSignal) => {
      looks += 1;
      return database.clock.sleep(Math.min(ms, 5), signal);
    },
  };
  const deps = {
    store: store.schedules,
    roleStore: store.roles,
    plans: store.roles,
    sessions: store.sessions,
    tail: { on: () => () => {} },
    clock: hasty,
    ids,
    roles: () => roles,
    platforms: () => ['telegram'],
    isDraining: () => false,
    onFault: (error: unknown) => void faults.push(error),
    wake: (sessionKey: string) => void woken.push(sessionKey),
    agents: () => [...agents],
    hasAgent: (agent: string) => agents.has(agent),
    defaultAgent: () => 'coder',
    maxQueued: () => changes.maxQueued ?? 20,
    chainLimits: () => ({ depth: 16, handoffs: 16 }),
    timezone: 'Europe/Berlin',
  };
  const flows: { stop(): Promise<void> }[] = [];
  return {
    agents,
    faults,
    woken,
    schedules: scheduleOperations(deps),
    /** Both flows have looked again, with nothing left to do. */
    lookedAgain: () => {
      const before = looks;
      return eventually(() => looks >= before + 6, patienceMs);
    },
    start: () => void flows.push(dueScheduleOpensTurn(deps), endedTurnSettlesOccurrence(deps)),
    stop: async () => {
      for (const flow of flows.splice(0)) await flow.stop();
    },
  };
}

const kinds = { SQLite: async () => sqliteDatabase(), PostgreSQL: postgresDatabase };

describe.each(Object.entries(kinds))('schedules on %s', (kind, make) => {
  if (kind === 'PostgreSQL' && postgresUrl() === undefined) return;
  let database: TestDatabase;
  let store: Store;
  const running: ReturnType<typeof daemonOn>[] = [];
  beforeAll(async () => {
    database = await make();
    store = await database.open();
  });
  afterEach(async () => {
    for (const one of running.splice(0)) {
      await one.stop();
      expect(one.faults).toEqual([]);
    }
    for (const { name } of await store.schedules.listSchedules()) value(await store.schedules.removeSchedule(name, 'operator'));
    await expectSound(store);
  });
  afterAll(() => database.dispose());

  function daemon(changes: { readonly maxQueued?: number } = {}, on = store) {
    const one = daemonOn(on, database, changes);
    running.push(one);
    return one;
  }

  function asked(changes: Partial<ScheduleRequest> = {}): ScheduleRequest {
    const name = ids.next('s').toLowerCase();
    return { name, when: { kind: 'every', ms: hour }, target: { kind: 'agent', agent: 'coder' }, prompt: 'sweep the floor', ...changes };
  }

  const sessionOf = (name: string) => formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'schedule', chatType: 'thread', chat: name });
  const newsOf = (name: string) =>
    formatSessionKey({ kind: 'agent-chat', agent: 'coder', platform: 'schedule', chatType: 'thread', chat: name, thread: 'news' });
  const turnsOf = (sessionKey: string) => store.sessions.listTurns({ sessionKey, limit: 500 });
  const read = async (one: ReturnType<typeof daemonOn>, name: string) => value(await one.schedules.readSchedule(name));

  async function endTurn(sessionKey: string, answer: string | null) {
    const { turn, fence } = value(await store.sessions.beginTurn(sessionKey, 'node:test', 60_000));
    if (answer === null) value(await store.sessions.failTurn(fence, turn.id, { code: 'not-available', message: 'no model answered' }, null));
    else value(await store.sessions.finishTurn(fence, turn.id, { text: answer, usage: null }, null));
  }

  it('fire when their time has come and not before, in a session of their own, because of whoever made them', async () => {
    const one = daemon();
    const made = value(await one.schedules.createSchedule(asked({ prompt: '  sweep  ' }), operator));
    expect(made).toMatchObject({ says: 'every hour', catchUp: 'one', jitterMs: 0, createdBy: 'operator', status: 'active' });
    one.start();
    await database.advance(hour - 60_000);
    await one.lookedAgain();
    expect(await turnsOf(sessionOf(made.name))).toEqual([]);
    await database.advance(60_000);
    await eventually(async () => (await turnsOf(sessionOf(made.name))).length === 1, patienceMs);
    const [turn] = await turnsOf(sessionOf(made.name));
    expect(turn?.provenance).toMatchObject({
      origin: 'operator',
      trust: 'operator',
      hops: [{ via: 'schedule', actor: 'operator', ref: `${made.name}@${made.nextAt}` }],
      visited: ['coder'],
      budgets: ['agent:coder'],
    });
    expect(one.woken).toEqual([sessionOf(made.name)]);
    await endTurn(sessionOf(made.name), 'swept');
    await eventually(async () => (await read(one, made.name)).occurrences[0]?.status === 'succeeded', patienceMs);
    expect(await read(one, made.name)).toMatchObject({ nextAt: (made.nextAt ?? 0) + hour, failures: 0 });
  });

  it('wait for the jitter of the occurrence', async () => {
    const one = daemon();
    const made = value(await one.schedules.createSchedule(asked({ name: 'spread', jitterMs: hour - 1 }), operator));
    one.start();
    await database.advance(hour);
    await one.lookedAgain();
    const early = await turnsOf(sessionOf('spread'));
    await database.advance(hour - 1);
    await eventually(async () => (await turnsOf(sessionOf('spread'))).length > 0, patienceMs);
    expect(early).toEqual([]);
    expect((await read(one, made.name)).occurrences).toHaveLength(1);
  });

  it('fire once what is due only once, and end', async () => {
    const one = daemon();
    const made = value(await one.schedules.createSchedule(asked({ when: { kind: 'in', ms: 5000 } }), operator));
    one.start();
    await database.advance(3 * hour);
    await eventually(async () => (await read(one, made.name)).status === 'ended', patienceMs);
    expect(await turnsOf(sessionOf(made.name))).toHaveLength(1);
  });

  it('catch up after a time without a daemon as they were told to', async () => {
    const one = daemon({ maxQueued: 2 });
    const names = new Map<string, string>();
    for (const catchUp of ['one', 'all', 'none'] as const) names.set(catchUp, value(await one.schedules.createSchedule(asked({ catchUp }), operator)).name);
    await database.advance(4 * hour + hour / 2);
    one.start();
    const statuses = async (rule: string) => (await read(one, names.get(rule) ?? '')).occurrences.map(({ status }) => status);
    await eventually(
      async () => (await statuses('all')).length === 4 && (await statuses('one')).length === 2 && (await statuses('none')).length === 1,
      patienceMs,
    );
    expect(await statuses('one')).toEqual(['fired', 'skipped']);
    expect(await statuses('all')).toEqual(['fired', 'fired', 'fired', 'fired']);
    expect(await statuses('none')).toEqual(['skipped']);
    expect((await read(one, names.get('one') ?? '')).occurrences[1]?.reason).toContain('3 due times');
    expect((await turnsOf(sessionOf(names.get('all') ?? ''))).map(({ message }) => message.text)).toEqual(Array.from({ length: 4 }, () => 'sweep the floor'));
  });

  it('fire each occurrence once on several daemons that look at the same time', async () => {
    const other = database.kind === 'postgres' ? await database.open() : store;
    const all = [daemon(), daemon({}, other), daemon({}, other)];
    const [first] = all;
    if (first === undefined) throw new Error('no daemon');
    const made: string[] = [];
    for (let n = 0; n < 10; n += 1) made.push(value(await first.schedules.createSchedule(asked({ jitterMs: 1000 }), operator)).name);
    for (const one of all) one.start();
    for (let round = 1; round <= 4; round += 1) {
      await database.advance(hour + 1000);
      for (const name of made) await eventually(async () => (await turnsOf(sessionOf(name))).length === round, patienceMs);
    }
    for (const name of made) expect((await read(first, name)).occurrences.map(({ status }) => status)).toEqual(['fired', 'fired', 'fired', 'fired']);
    for (const one of all) await one.stop();
    if (other !== store) await other.close();
  });

  it('deliver the answer, and the news that there is none', async () => {
    const one = daemon();
    const { name } = value(await one.schedules.createSchedule(asked({ deliverTo: chat }), operator));
    one.start();
    for (const answer of ['swept', null]) {
      await database.advance(hour);
      await eventually(async () => (await turnsOf(sessionOf(name))).some(({ status }) => status === 'queued'), patienceMs);
      await endTurn(sessionOf(name), answer);
      await eventually(async () => (await read(one, name)).occurrences[0]?.status !== 'fired', patienceMs);
    }
    const words = (await store.sessions.listOutbound({ sessionKey: sessionOf(name), limit: 9 })).map(({ text }) => text).toSorted();
    expect(words).toEqual([expect.stringMatching(new RegExp(`^The schedule ${name}, due .*Z, failed: its turn failed: no model answered$`)), 'swept']);
    expect(await read(one, name)).toMatchObject({ failures: 1 });
  });

  it('record, deliver and count what could not begin because the agent is gone, and stop after five of them', async () => {
    const one = daemon();
    const { name } = value(await one.schedules.createSchedule(asked({ deliverTo: chat }), operator));
    one.agents.delete('coder');
    one.start();
    for (let n = 1; n <= 5; n += 1) {
      await database.advance(hour);
      await eventually(async () => (await read(one, name)).failures === n, patienceMs);
    }
    const schedule = await read(one, name);
    expect(schedule).toMatchObject({
      status: 'paused',
      reason: expect.stringContaining('5 times in a row, the last time because there is no agent "coder" any more'),
    });
    expect(schedule.occurrences.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'failed', 'failed']);
    expect(await store.sessions.listOutbound({ sessionKey: newsOf(name), limit: 9 })).toHaveLength(5);
    await database.advance(hour);
    await one.lookedAgain();
    expect((await read(one, name)).occurrences).toHaveLength(5);
    one.agents.add('coder');
    expect(value(await one.schedules.resumeSchedule(name, operator))).toMatchObject({ status: 'active', failures: 0 });
    await database.advance(hour);
    await eventually(async () => (await turnsOf(sessionOf(name))).length === 1, patienceMs);
  });

  it('record a session that takes no more', async () => {
    const one = daemon({ maxQueued: 1 });
    const { name } = value(await one.schedules.createSchedule(asked(), operator));
    one.start();
    for (let n = 1; n <= 2; n += 1) {
      await database.advance(hour);
      await eventually(async () => (await read(one, name)).occurrences.length === n, patienceMs);
    }
    expect((await read(one, name)).occurrences[0]).toMatchObject({ status: 'failed', reason: expect.stringContaining('wait in this session already') });
  });

  it('ask a run of a role in its own session, by any spelling of its name, and settle with the outcome of the run', async () => {
    const one = daemon();
    const plan = ids.next('Plan A/');
    value(await store.roles.createPlan({ id: plan, title: plan, goal: '', packet: '', phases: [], createdBy: 'operator' }));
    const { name, target } = value(await one.schedules.createSchedule(asked({ target: { kind: 'role', plan, role: ' QA ' } }), operator));
    expect(target).toEqual({ kind: 'role', plan, role: 'validator' });
    one.start();
    await database.advance(hour);
    const key = roleSessionKey({ plan, role: 'validator' });
    await eventually(async () => (await turnsOf(key)).length === 1, patienceMs);
    const [run] = await store.roles.listRuns({ plan, limit: 9 });
    expect(run).toMatchObject({
      mode: 'scheduled',
      task: 'sweep the floor',
      requestedBy: `schedule:${name}`,
      provenance: { budgets: ['agent:coder', `plan:${plan}`] },
    });
    await endTurn(key, 'looks fine');
    await one.lookedAgain();
    expect((await read(one, name)).occurrences[0]).toMatchObject({ status: 'fired', run: run?.id });
    const settled = { outcome: 'unproven', reason: 'nothing was left behind', compliance: 'none', policyRev: null, evidence: [], artifacts: [] } as const;
    value(await store.roles.settleRun(run?.id ?? '', settled));
    await eventually(async () => (await read(one, name)).occurrences[0]?.status === 'failed', patienceMs);
    expect((await read(one, name)).occurrences[0]?.reason).toContain('is unproven: nothing was left behind');
    value(await store.roles.retireRole(plan, 'validator', { reason: 'done with it', brief: '', actor: 'operator', stopRunning: false }));
    await database.advance(hour);
    await eventually(async () => (await read(one, name)).occurrences.length === 2, patienceMs);
    expect((await read(one, name)).occurrences[0]).toMatchObject({ status: 'failed', reason: expect.stringContaining('is retired (done with it)') });
  });

  it('wait for a person who fills the role', async () => {
    const one = daemon();
    const plan = ids.next('plan');
    value(await store.roles.createPlan({ id: plan, title: plan, goal: '', packet: '', phases: [], createdBy: 'operator' }));
    const { name } = value(await one.schedules.createSchedule(asked({ target: { kind: 'role', plan, role: 'planner' } }), operator));
    one.start();
    await database.advance(hour);
    await eventually(async () => (await store.roles.listRuns({ plan, limit: 9 })).length === 1, patienceMs);
    const [run] = await store.roles.listRuns({ plan, limit: 9 });
    expect(run).toMatchObject({ status: 'waiting-for-person', turnId: null });
    expect((await read(one, name)).occurrences[0]).toMatchObject({ status: 'fired', turnId: null, run: run?.id });
  });

  it('pause, resume without what was missed meanwhile, and run when a person says so', async () => {
    const one = daemon();
    const { name, nextAt } = value(await one.schedules.createSchedule(asked(), operator));
    one.start();
    expect(value(await one.schedules.pauseSchedule(name, '', operator))).toMatchObject({ status: 'paused', reason: 'paused by operator' });
    await database.advance(3 * hour + 5);
    expect(value(await one.schedules.runSchedule(name, operator))).toMatchObject({ status: 'fired' });
    expect((await turnsOf(sessionOf(name))).length).toBe(1);
    const resumed = value(await one.schedules.resumeSchedule(name, operator));
    expect(resumed).toMatchObject({ status: 'active', nextAt: (nextAt ?? 0) + 3 * hour });
    const runs = await Promise.all([1, 2, 3].map(() => one.schedules.runSchedule(name, operator)));
    expect(new Set(runs.map((ran) => value(ran).dueAt)).size).toBe(3);
    value(await one.schedules.removeSchedule(name, operator));
    expect(refusalOf(await one.schedules.readSchedule(name))).toBe('not-found');
    expect(refusalOf(await one.schedules.runSchedule(name, operator))).toBe('not-found');
  });

  it('are refused where they could never work, and by whom they may not be made', async () => {
    const { schedules } = daemon();
    const refused = async (changes: Partial<ScheduleRequest>, by = operator) => {
      const made = await schedules.createSchedule(asked(changes), by);
      return made.ok ? 'it was made' : `${made.refusal.code}: ${made.refusal.message}`;
    };
    expect(await refused({ target: { kind: 'agent', agent: 'nobody' } })).toMatch(/^not-found: there is no agent "nobody"; there are: coder/);
    expect(await refused({ target: { kind: 'role', plan: 'nowhere', role: 'dev' } })).toMatch(/^not-found: there is no plan "nowhere"/);
    expect(await refused({ target: { kind: 'role', plan: 'nowhere', role: 'devloper' } })).toMatch(/^not-found: /);
    expect(await refused({ deliverTo: { platform: 'pigeon', chat: '1' } })).toMatch(
      /^not-available: nothing can be sent to "pigeon": there are channels for telegram/,
    );
    expect(await refused({ when: { kind: 'cron', expression: '0 0 31 2 *' } })).toMatch(/^invalid-input: .*never fires/);
    expect(await refused({ when: { kind: 'at', at: 5 } })).toMatch(/^invalid-input: .*has passed already/);
    expect(await refused({ jitterMs: hour })).toMatch(/^invalid-input: a jitter of/);
    expect(await refused({}, reader)).toMatch(/^not-allowed/);
    expect(refusalOf(await schedules.pauseSchedule('x', '', reader))).toBe('not-allowed');
    const berlin = value(await schedules.createSchedule(asked({ when: { kind: 'cron', expression: '30 7 * * 1-5' } }), operator));
    expect(berlin).toMatchObject({ when: { timezone: 'Europe/Berlin' }, says: 'Monday to Friday at 07:30, Europe/Berlin time' });
    expect(refusalOf(await schedules.createSchedule(asked({ name: berlin.name }), operator))).toBe('already-exists');
  });
});
