/** Taking up a session with a long past: from beginning a turn until the model is asked, with all of it in the context and with most of it summed up; and its last page. */
import { systemClock } from '@guildhall/kernel';
import { done, expectDone } from '@guildhall/protocol';
import { createLiveHub, nothingToPrepare, createSessionRunner, usualPatience, type ModelRuntime, type TurnDeps } from '@guildhall/sessions';
import type { Store } from '@guildhall/store';
import { ids, type Backend } from './backends.ts';
import { figure, median, type Figure } from './figures.ts';
import { newMessage, sessionKeyOf, usage } from './messages.ts';

const chat = 'long';
const stepsPerTurn = 98;

export async function measureLongSession(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  const store = await place.openStore();
  try {
    const entries = 10_000 * scale;
    for (let written = 0; written < entries; written += stepsPerTurn + 2) await writeTurn(store);
    const whole = await timeToModel(store, place.home);
    const lastPage = await timeLastPage(store);
    await sumUp(store, entries - 100);
    const summed = await timeToModel(store, place.home);
    return [
      figure(`${entries} entries, begin turn to model request, none summed up`, 'ms', whole),
      figure(`${entries} entries, begin turn to model request, all but 100 summed up`, 'ms', summed),
      figure(`${entries} entries, reading the last 100`, 'ms', lastPage),
    ];
  } finally {
    await store.close();
    place.remove();
  }
}

/** A message, many steps of the model, an answer. */
async function writeTurn(store: Store): Promise<void> {
  expectDone(await store.sessions.acceptMessage(newMessage(chat)));
  const { turn, fence } = expectDone(await store.sessions.beginTurn(sessionKeyOf(chat), 'bench', 60_000));
  const text = 'The build is green on both platforms; two findings are open and one waits for a person.';
  const step = async () => expectDone(await store.sessions.recordStep(fence, turn.id, { text, toolCalls: [], usage }));
  if (store.place.kind === 'sqlite') await Promise.all(Array.from({ length: stepsPerTurn }, step));
  else for (let written = 0; written < stepsPerTurn; written += 1) await step();
  expectDone(await store.sessions.finishTurn(fence, turn.id, { text, usage }, null));
}

async function sumUp(store: Store, throughSeq: number): Promise<void> {
  expectDone(await store.sessions.acceptMessage(newMessage(chat)));
  const { turn, fence } = expectDone(await store.sessions.beginTurn(sessionKeyOf(chat), 'bench', 60_000));
  expectDone(await store.sessions.compactSession(fence, turn.id, 'The release is nearly done.', throughSeq, usage));
  expectDone(await store.sessions.finishTurn(fence, turn.id, { text: 'Done.', usage }, null));
}

async function timeToModel(store: Store, workspace: string): Promise<number> {
  let asked = () => {};
  const runtime: ModelRuntime = {
    async *stream() {
      asked();
      yield { type: 'text', text: 'Done.' };
      yield { type: 'finish', reason: 'stop', usage };
    },
  };
  let ended = () => {};
  const runner = createSessionRunner(turnDeps(store, runtime, workspace), {
    holder: 'bench',
    leaseMs: 60_000,
    maxParallel: 1,
    isChild: () => false,
    patience: usualPatience,
    onFault: (error) => {
      throw error;
    },
    onEnd: () => ended(),
  });
  const took: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    expectDone(await store.sessions.acceptMessage(newMessage(chat)));
    const reached = new Promise<void>((resolve) => (asked = resolve));
    const over = new Promise<void>((resolve) => (ended = resolve));
    const began = performance.now();
    runner.wake(sessionKeyOf(chat));
    await reached;
    took.push(performance.now() - began);
    await over;
  }
  await runner.drain(1000);
  return median(took);
}

function turnDeps(store: Store, runtime: ModelRuntime, workspace: string): TurnDeps {
  const layers = [{ source: 'bench', allow: '*' as const, deny: [] }];
  return {
    store: store.sessions,
    approvals: store.approvals,
    standingApprovals: store.standingApprovals,
    actions: () => new Map(),
    budgets: store.budgets,
    agents: {
      describeAgent: async (id) =>
        done({
          id,
          model: 'rehearsal/default',
          system: 'You are measured.',
          remembers: false,
          layers,
          workspace,
          maxSteps: 1000,
          maxToolCalls: 1000,
          turnTimeoutMs: 60_000,
          toolTimeoutMs: 60_000,
          compactAtTokens: 100_000_000,
          budgets: [],
        }),
      policyOf: () => layers,
      estimateStep: async (_model, tokens) => ({ microUsd: 0, tokens }),
    },
    runtime,
    tools: { toolsFor: async () => [], missingFor: async () => [] },
    hooks: { beforeTurn: async () => ({ allow: true }), afterTurn: async () => {}, beforeTool: async () => ({ allow: true }), afterTool: async () => {} },
    live: createLiveHub(),
    clock: systemClock,
    ids,
    replyTo: () => null,
    preparation: nothingToPrepare,
    answerCommand: async () => undefined,
    approvalTimeoutMs: () => 1000,
    maxAttempts: 20,
    approvalHint: async () => {},
  };
}

async function timeLastPage(store: Store): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const began = performance.now();
    const page = await store.sessions.readEntries(sessionKeyOf(chat), { last: true, limit: 100 });
    took.push(performance.now() - began);
    if (page.length !== 100) throw new Error(`the last page has ${page.length} entries`);
  }
  return median(took);
}
