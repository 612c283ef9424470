/**
 * Random verbs on the handoffs of one edge, by two daemons where the database takes several: each does what the table of transitions says and nothing else, no more run than may, what is set aside is what
 * is open, and every invariant holds after each run.
 */
import { handoffTransitions, openHandoffStatuses, type Handoff, type HandoffVerb } from '@guildhall/handoffs';
import type { HandoffStatus } from '@guildhall/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { expectSound, onBothDatabases, severalDaemons } from './databases.ts';
import { runTurn } from './handoff-chain-fixtures.ts';
import { breaker, edit, made, newEdge, newNotice, settleApproval, start, succeeded, type Wanted } from './handoff-fixtures.ts';

const places = 2;
const amount = { microUsd: 100, tokens: 10 };

interface Known {
  readonly id: string;
  status: HandoffStatus;
  mustAsk: boolean;
  /** What a person said of the newest question. */
  said: 'nothing' | 'approve' | 'deny';
}

interface Model {
  readonly known: Known[];
}

interface Real {
  readonly daemon: (index: number) => Store;
  readonly edge: Wanted;
}

interface Acting {
  readonly known: Known;
  readonly handoff: Handoff;
  readonly store: Store;
  readonly model: Model;
  readonly edge: Wanted;
}

type Command = fc.AsyncCommand<Model, Real>;
type Answer = { readonly ok: true; readonly value: Handoff } | { readonly ok: false; readonly refusal: { readonly code: string } };

/** Undefined where the verb is not for the status. */
function after(status: HandoffStatus, verb: HandoffVerb): HandoffStatus | undefined {
  const steps: Partial<Record<HandoffVerb, HandoffStatus>> = handoffTransitions[status];
  return steps[verb];
}

/** On one of the handoffs there are. */
function command(name: string, act: (acting: Acting) => Promise<void>): fc.Arbitrary<Command> {
  return fc.tuple(fc.nat(2), fc.nat(30)).map(([index, which]) => ({
    check: ({ known }) => known.length > 0,
    async run(model, real) {
      const known = model.known[which % model.known.length];
      const store = real.daemon(index);
      const handoff = known === undefined ? undefined : await store.handoffs.readHandoff(known.id);
      if (known === undefined || handoff === undefined) throw new Error('a handoff is gone');
      await act({ known, handoff, store, model, edge: real.edge });
      expect((await store.handoffs.readHandoff(known.id))?.status).toBe(known.status);
    },
    toString: () => `${name} ${which} by ${index}`,
  }));
}

/** Done where the table has the step, and refused for its state elsewhere. */
function expectStep(known: Known, answer: Answer, verb: HandoffVerb): boolean {
  const next = after(known.status, verb);
  expect(answer.ok ? answer.value.status : answer.refusal.code).toBe(next ?? 'wrong-state');
  if (next !== undefined) known.status = next;
  return next !== undefined;
}

const request = fc.tuple(fc.nat(2), fc.boolean()).map(([index, mustAsk]): Command => ({
  check: () => true,
  async run({ known }, { daemon, edge }) {
    const handoff = await made(daemon(index), { ...edge, mustAsk });
    expect(handoff.status).toBe(mustAsk ? 'awaiting-approval' : 'queued');
    known.push({ id: handoff.id, status: handoff.status, mustAsk, said: 'nothing' });
  },
  toString: () => `request${mustAsk ? ' with a person' : ''} by ${index}`,
}));

const answer = (verb: 'approve' | 'deny') =>
  command(verb, async ({ known, handoff, store }) => {
    const answered = await store.approvals.answerApproval(handoff.approvalId ?? 'none', verb, 'operator');
    expect(answered.ok).toBe(known.status === 'awaiting-approval' && known.said === 'nothing');
    if (answered.ok) known.said = verb;
  });

const hear = command('hear', async ({ known, handoff, store }) => {
  const heard = await settleApproval(store, handoff);
  expect(heard.ok).toBe(true);
  if (known.status === 'awaiting-approval' && known.said !== 'nothing') known.status = handoffTransitions['awaiting-approval'][known.said];
});

const change = command('edit', async ({ known, handoff, store, edge }) => {
  const changed = await edit(store, handoff, { task: `${handoff.task} and more` }, edge);
  if (after(known.status, 'refuse') === undefined) return expectRefused(changed);
  expect(changed.ok).toBe(true);
  if (known.mustAsk) known.status = 'awaiting-approval';
  known.said = 'nothing';
});

const begin = command('start', async ({ known, handoff, store, model, edge }) => {
  const started = await start(store, handoff, edge);
  const running = model.known.filter(({ status }) => status === 'running').length;
  if (known.status === 'queued' && running >= places) {
    expect(started.ok ? started.value.status : started.refusal.code).toBe('limit-reached');
    return;
  }
  expectStep(known, started, 'start');
});

const pause = command('pause', async ({ known, handoff, store }) => {
  expectStep(known, await store.handoffs.pauseHandoff(handoff.id, 'the chat is gone'), 'pause');
});

const resume = command('resume', async ({ known, handoff, store }) => {
  expectStep(known, await store.handoffs.resumeHandoff(handoff.id, newNotice(), 'operator'), 'resume');
});

const end = (verb: 'finish' | 'lose') =>
  command(verb, async ({ known, handoff, store }) => {
    if (known.status === 'running') await answerTurn(store, handoff);
    const how = verb === 'finish' ? succeeded : ({ as: 'uncertain', reason: 'nobody knows', result: null } as const);
    expectStep(known, await store.handoffs.settleHandoff(handoff.id, how, { ...breaker, failures: 1_000 }), verb);
  });

const cancel = command('cancel', async ({ known, handoff, store }) => {
  const cancelled = await store.handoffs.cancelHandoff(handoff.id, 'operator', 'enough');
  expect(cancelled.ok).toBe(true);
  known.status = after(known.status, 'cancel') ?? known.status;
});

async function answerTurn(store: Store, { target, turnId }: Handoff): Promise<void> {
  const turn = await store.sessions.readTurn(turnId ?? '');
  if (turn === undefined || (turn.status !== 'queued' && turn.status !== 'running')) return;
  const held = await runTurn(store, target.sessionKey, turn.id);
  await store.sessions.finishTurn(held.fence, turn.id, { text: 'done', usage: null }, null);
}

function expectRefused(settled: Answer): void {
  expect(settled.ok ? 'done' : settled.refusal.code).toBe('wrong-state');
}

const verbs = [request, answer('approve'), answer('deny'), hear, change, begin, begin, pause, resume, end('finish'), end('lose'), cancel];

onBothDatabases('the handoffs of one edge', (suite) => {
  test('do what their transitions say, whatever is asked of them', async () => {
    const daemons = await severalDaemons(suite);
    await fc.assert(
      fc.asyncProperty(fc.commands(verbs, { maxCommands: 30 }), async (commands) => {
        const names = newEdge();
        const scope = `edge:${names.source} ${names.target}`;
        const reservation = { limits: [{ scope, window: '2026-11-21', microUsd: 1_000_000 }], amount };
        const edge: Wanted = { ...names, reservation, targetRules: { maxConcurrent: places }, rules: { breaker: { ...breaker, failures: 1_000 } } };
        const model: Model = { known: [] };
        await fc.asyncModelRun(() => ({ model, real: { daemon: daemons.of, edge } }), commands);
        const open = model.known.filter(({ status }) => openHandoffStatuses.some((one) => one === status)).length;
        const held = (await suite.store.budgets.readBudgets()).find((budget) => budget.scope === scope);
        expect(held?.reserved ?? { microUsd: 0, tokens: 0 }).toEqual({ microUsd: open * amount.microUsd, tokens: open * amount.tokens });
        await expectSound(suite.store);
      }),
      { numRuns: 25 },
    );
    await daemons.close();
  });
});
