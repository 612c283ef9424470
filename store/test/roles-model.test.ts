/** Random verbs on one role of one plan, by two daemons where the database takes several: the tables do what the transitions say, and every invariant holds after each run. */
import fc from 'fast-check';
import { planTransitions, roleTransitions, type RoleSession } from '@guildhall/roles';
import type { HeldTurn } from '@guildhall/sessions';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { expectSound, onBothDatabases, severalDaemons, value } from './databases.ts';
import { by, newRun, openedRole, retiring, succeeded } from './role-fixtures.ts';
import { request, usage } from './session-fixtures.ts';

interface KnownRun {
  readonly id: string;
  /** What its turn is at. */
  turn: 'queued' | 'running' | 'ended';
  settled: boolean;
}

interface Model {
  plan: 'open' | 'completed';
  role: 'open' | 'retired';
  incarnation: number;
  readonly runs: KnownRun[];
  /** Turns in the order in which they were accepted; those of messages are no run's. */
  readonly turns: { readonly run: KnownRun | undefined; state: KnownRun['turn'] }[];
  entries: number;
  calls: number;
}

interface Real {
  readonly daemon: (index: number) => Store;
  readonly role: RoleSession;
  held: HeldTurn | undefined;
}

type Command = fc.AsyncCommand<Model, Real>;
type Answer = { readonly ok: true } | { readonly ok: false; readonly refusal: { readonly code: string } };

const isOpen = ({ plan, role }: Model) => plan === 'open' && role === 'open';

function command(name: string, run: (model: Model, real: Real, store: Store) => Promise<void>): fc.Arbitrary<Command> {
  return fc.nat(2).map((index) => ({ check: () => true, run: (model, real) => run(model, real, real.daemon(index)), toString: () => `${name} by ${index}` }));
}

/** Exactly where it may, it does. */
function expectAllowed(answer: Answer, allowed: boolean): void {
  if (allowed !== answer.ok) expect(answer).toEqual({ ok: allowed });
  if (!answer.ok) expect(['wrong-state', 'lease-held', 'not-found']).toContain(answer.refusal.code);
}

const invoke = command('invoke', async (model, { role }, store) => {
  const run = newRun(role);
  const answer = await store.roles.invokeRole(run);
  expectAllowed(answer, isOpen(model));
  if (!answer.ok) return;
  const known: KnownRun = { id: run.id, turn: 'queued', settled: false };
  model.runs.push(known);
  model.turns.push({ run: known, state: 'queued' });
});

const message = command('message', async (model, { role }, store) => {
  const answer = await store.sessions.acceptMessage(request(role.sessionKey, { agent: 'coder', maxQueued: 100 }));
  expectAllowed(answer, isOpen(model));
  if (answer.ok) model.turns.push({ run: undefined, state: 'queued' });
});

function moveTurns(model: Model, from: 'queued' | 'running', to: 'running' | 'ended', most = Infinity): number {
  const moved = model.turns.filter(({ state }) => state === from).slice(0, most);
  for (const turn of moved) {
    turn.state = to;
    if (turn.run !== undefined) turn.run.turn = to;
  }
  return moved.length;
}

const begin = command('begin', async (model, real, store) => {
  const answer = await store.sessions.beginTurn(real.role.sessionKey, 'node:test', 60_000);
  const isBusy = real.held !== undefined;
  expectAllowed(answer, !isBusy && model.turns.some(({ state }) => state === 'queued'));
  if (!answer.ok) return;
  real.held = answer.value;
  model.entries += 1;
  moveTurns(model, 'queued', 'running', 1);
});

const finish = command('finish', async (model, real, store) => {
  if (real.held === undefined) return;
  value(await store.sessions.finishTurn(real.held.fence, real.held.turn.id, { text: 'done', usage }, null));
  real.held = undefined;
  model.entries += 1;
  moveTurns(model, 'running', 'ended');
});

const retire = command('retire', async (model, { role }, store) => {
  const answer = await store.roles.retireRole(role.plan, role.role, retiring);
  expectAllowed(answer, 'retire' in roleTransitions[model.role]);
  if (!answer.ok) return;
  model.role = roleTransitions.open.retire;
  moveTurns(model, 'queued', 'ended');
});

const reopen = command('reopen', async (model, { role }, store) => {
  const answer = await store.roles.reopenRole(role.plan, role.role, by);
  expectAllowed(answer, model.plan === 'open' && 'reopen' in roleTransitions[model.role]);
  if (!answer.ok) return;
  model.role = roleTransitions.retired.reopen;
  model.incarnation += 1;
});

const rotate = command('rotate', async (model, real, store) => {
  const answer = await store.roles.rotateRole(real.role.plan, real.role.role, { ...by, brief: 'so far' });
  expectAllowed(answer, isOpen(model) && 'rotate' in roleTransitions[model.role] && real.held === undefined && model.entries > 0);
  if (!answer.ok) return;
  model.incarnation += 1;
  model.entries += 1;
});

const settleOne = command('settle', async (model, _, store) => {
  const run = model.runs[model.calls++ % Math.max(1, model.runs.length)];
  if (run === undefined) return;
  const answer = await store.roles.settleRun(run.id, succeeded);
  expectAllowed(answer, run.turn === 'ended');
  if (answer.ok) run.settled = true;
});

const complete = command('complete', async (model, { role }, store) => {
  const answer = await store.roles.completePlan(role.plan, [], 'operator');
  expectAllowed(answer, 'complete' in planTransitions[model.plan] && model.runs.every(({ settled }) => settled));
  if (answer.ok) model.plan = planTransitions.open.complete;
});

const openAgain = command('open the plan again', async (model, { role }, store) => {
  const answer = await store.roles.reopenPlan(role.plan, 'once more', 'operator');
  expectAllowed(answer, 'reopen' in planTransitions[model.plan]);
  if (answer.ok) model.plan = planTransitions.completed.reopen;
});

async function expectAgreement(model: Model, store: Store, role: RoleSession): Promise<void> {
  const count = (state: KnownRun['turn']) => model.turns.filter((turn) => turn.state === state).length;
  expect(await store.roles.readRole(role.plan, role.role)).toMatchObject({
    status: model.role,
    incarnation: model.incarnation,
    entryCount: model.entries,
    turns: model.turns.length,
    queuedTurns: count('queued'),
  });
  expect((await store.roles.readPlan(role.plan))?.status).toBe(model.plan);
  for (const { id, turn, settled } of model.runs) {
    const run = await store.roles.readRun(id);
    if (settled || turn !== 'ended') expect(run?.status, id).toBe(settled ? 'finished' : turn);
  }
  const waiting = (await store.roles.unsettledRuns(1_000)).filter(({ plan }) => plan === role.plan).map(({ id }) => id);
  expect(waiting.toSorted()).toEqual(model.runs.flatMap(({ id, turn, settled }) => (turn === 'ended' && !settled ? [id] : [])).toSorted());
  const incarnations = await store.roles.incarnationsOf(role.plan, role.role);
  expect(incarnations.reduce((sum, { turns }) => sum + turns, 0)).toBe(model.turns.length);
}

onBothDatabases('a role', (suite) => {
  test('does as the transitions say, whatever is done to it', async () => {
    const { database, store } = suite;
    const daemons = await severalDaemons(suite);
    const commands = fc.commands([invoke, invoke, message, begin, begin, finish, finish, retire, reopen, rotate, settleOne, settleOne, complete, openAgain], {
      maxCommands: 30,
      size: '+1',
    });
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const role = await openedRole(store);
        const model: Model = { plan: 'open', role: 'open', incarnation: 1, runs: [], turns: [], entries: 0, calls: 0 };
        await fc.asyncModelRun(() => ({ model, real: { daemon: (index) => daemons.of(index), role, held: undefined } }), sequence);
        await expectAgreement(model, store, role);
      }),
      { numRuns: database.kind === 'sqlite' ? 60 : 20 },
    );
    await expectSound(store);
    await daemons.close();
  });
});
