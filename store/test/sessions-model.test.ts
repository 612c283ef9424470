/** Random verbs on one session, with every fence ever given out, lapsing leases and several who want it: the tables do what the rule says, and every invariant holds after each run. */
import fc from 'fast-check';
import type { Fence } from '@guildhall/kernel';
import type { Turn } from '@guildhall/sessions';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { expectSound, onBothDatabases, value, type TestDatabase } from './databases.ts';
import { call, newSession, reply, request, result, usage } from './session-fixtures.ts';

const ttl = 60_000;

interface Known {
  readonly id: string;
  readonly steers: boolean;
  status: Turn['status'];
  /** A cancel was asked for while it ran. */
  stopping: boolean;
}

interface Model {
  now: number;
  readonly turns: Known[];
  lease: { epoch: number; end: number; turn: string };
  readonly issued: { readonly epoch: number; readonly turn: string }[];
  calls: number;
}

interface Real {
  readonly store: Store;
  readonly database: TestDatabase;
  readonly key: string;
}

type Command = fc.AsyncCommand<Model, Real>;

const running = ({ turns }: Model) => turns.find(({ status }) => status === 'running');
const firstQueued = ({ turns }: Model) => turns.find(({ status }) => status === 'queued');

function command(name: string, run: (model: Model, real: Real) => Promise<void>, check: (model: Readonly<Model>) => boolean = () => true): Command {
  return { check, run, toString: () => name };
}

const accept = fc.constantFrom('queue' as const, 'steer' as const, 'interrupt' as const).map((busy) =>
  command(`accept to ${busy}`, async (model, { store, key }) => {
    const accepted = value(await store.sessions.acceptMessage(request(key, { busy, maxQueued: 100 })));
    const cut = busy === 'interrupt' ? running(model) : undefined;
    expect(accepted.interrupted).toBe(cut?.id);
    if (cut !== undefined) cut.stopping = true;
    model.turns.push({ id: accepted.turnId, steers: busy === 'steer', status: 'queued', stopping: false });
  }),
);

const begin = fc.constantFrom('node:a', 'node:b').map((holder) =>
  command(`begin for ${holder}`, async (model, { store, key }) => {
    const next = running(model) ?? firstQueued(model);
    const answer = await store.sessions.beginTurn(key, holder, ttl);
    if (model.lease.end > model.now) return expect(answer).toMatchObject({ ok: false, refusal: { code: 'lease-held' } });
    if (next === undefined) return expect(answer).toMatchObject({ ok: false, refusal: { code: 'not-found' } });
    const held = value(answer);
    expect([held.turn.id, held.resumed, held.fence.epoch]).toEqual([next.id, next.status === 'running', model.lease.epoch + 1]);
    next.status = 'running';
    model.lease = { epoch: held.fence.epoch, end: model.now + ttl, turn: next.id };
    model.issued.push(model.lease);
  }),
);

const verbs = ['renew', 'step', 'call', 'note', 'absorb', 'finish', 'fail', 'cancel', 'yield'] as const;

/** A verb with any fence ever issued works exactly when that fence still holds and its turn still runs; a call begins only where nobody asked the turn to stop. */
const use = fc.tuple(fc.nat(20), fc.constantFrom(...verbs)).map(([pick, verb]) =>
  command(
    `${verb} with fence ${pick}`,
    async (model, real) => {
      const used = model.issued[pick % model.issued.length];
      if (used === undefined) return;
      const isLive = used.epoch === model.lease.epoch && model.lease.end > model.now;
      const outcome = await perform(verb, { lease: `session:${real.key}`, epoch: used.epoch }, used.turn, model, real);
      const works = isLive && (verb !== 'call' || model.turns.every(({ id, stopping }) => id !== used.turn || !stopping));
      expect(outcome.ok).toBe(works);
      if (works) follow(verb, model, used.turn);
    },
    ({ issued }) => issued.length > 0,
  ),
);

async function perform(
  verb: (typeof verbs)[number],
  fence: Fence,
  turnId: string,
  model: Model,
  { store: { sessions } }: Real,
): Promise<{ readonly ok: boolean }> {
  switch (verb) {
    case 'renew':
      return sessions.renewTurn(fence, turnId, ttl);
    case 'step':
      return sessions.recordStep(fence, turnId, { text: 'thinking', toolCalls: [], usage });
    case 'call': {
      model.calls += 1;
      const started = await sessions.startToolCall(fence, turnId, call(`c${model.calls}`));
      return started.ok ? sessions.finishToolCall(fence, turnId, result(`c${model.calls}`)) : started;
    }
    case 'note':
      return sessions.recordNote(fence, turnId, { code: 'partial', text: 'half a' });
    case 'absorb':
      return sessions.absorbSteers(fence, turnId);
    case 'finish':
      return sessions.finishTurn(fence, turnId, { text: 'done', usage }, reply());
    case 'fail':
      return sessions.failTurn(fence, turnId, { code: 'failed', message: 'no' }, null);
    case 'cancel':
      return sessions.cancelTurn(fence, turnId, 'stop');
    case 'yield':
      return sessions.yieldTurn(fence);
    default:
      return verb satisfies never;
  }
}

const ends = { finish: 'completed', fail: 'failed', cancel: 'cancelled' } as const satisfies Partial<Record<(typeof verbs)[number], Turn['status']>>;

function follow(verb: (typeof verbs)[number], model: Model, turnId: string): void {
  if (verb === 'renew') model.lease.end = model.now + ttl;
  if (verb === 'absorb') for (const turn of model.turns) if (turn.steers && turn.status === 'queued') turn.status = 'absorbed';
  if (verb === 'finish' || verb === 'fail' || verb === 'cancel') for (const turn of model.turns) if (turn.id === turnId) turn.status = ends[verb];
  if (verb === 'finish' || verb === 'fail' || verb === 'cancel' || verb === 'yield') model.lease.end = 0;
}

const requestCancel = fc.nat(10).map((pick) =>
  command(
    `ask to cancel ${pick}`,
    async (model, { store }) => {
      const turn = model.turns[pick % model.turns.length];
      if (turn === undefined) return;
      const answer = await store.sessions.requestCancel(turn.id, 'operator');
      expect(answer.ok).toBe(turn.status === 'queued' || turn.status === 'running');
      if (turn.status === 'running') turn.stopping = true;
      if (turn.status === 'queued') turn.status = 'cancelled';
    },
    ({ turns }) => turns.length > 0,
  ),
);

const pass = fc.constantFrom(1_000, 45_000, 90_000).map((ms) =>
  command(`pass ${ms}`, async (model, { database }) => {
    await database.advance(ms);
    model.now += ms;
  }),
);

onBothDatabases('a session', (suite) => {
  test('does as the rule says, whatever is done to it', async () => {
    const { database, store } = suite;
    await fc.assert(
      fc.asyncProperty(fc.commands([accept, begin, use, use, use, requestCancel, pass], { maxCommands: 30, size: '+1' }), async (sequence) => {
        const key = newSession();
        const model: Model = { now: 0, turns: [], lease: { epoch: 0, end: 0, turn: '' }, issued: [], calls: 0 };
        await fc.asyncModelRun(() => ({ model, real: { store, database, key } }), sequence);
        for (const { id, status } of model.turns) expect((await store.sessions.readTurn(id))?.status, id).toBe(status);
        const live = (await store.sessions.runnableSessions(1_000)).includes(key);
        expect(live).toBe((running(model) ?? firstQueued(model)) !== undefined && model.lease.end <= model.now);
      }),
      { numRuns: database.kind === 'sqlite' ? 120 : 30 },
    );
    await expectSound(store);
  });
});
