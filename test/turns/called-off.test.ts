/** What a turn still does when the handoff it works for is called off in the middle of it. */
import { systemClock, systemIds } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import type { ModelRuntime } from '@guildhall/sessions';
import { afterEach, expect, test } from 'vitest';
import { started } from '../../store/test/handoff-chain-fixtures.ts';
import { type World, createWorld, testTool } from './world.ts';

const worlds: World[] = [];
const ids = systemIds(systemClock.now);
const usage = { model: 'test/one', rehearsal: true, inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, costMicroUsd: 0 };

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

interface Seen {
  readonly asked: number;
  readonly ran: number;
}

/** A turn of a handoff whose model calls a tool again and again; `off` calls the handoff off, at the model or in the tool. Nobody tells the drive. */
async function playUntilCalledOff(at: 'model' | 'tool'): Promise<{ readonly world: World; readonly turnId: string; readonly seen: Seen }> {
  const seen = { asked: 0, ran: 0 };
  let handoffId = '';
  const callOff = async () => void expectDone((await worlds[0]?.store.handoffs.cancelHandoff(handoffId, 'operator', 'enough')) ?? never());
  const runtime: ModelRuntime = {
    async *stream() {
      seen.asked += 1;
      if (at === 'model') await callOff();
      yield { type: 'tool-call', callId: ids.next('call'), tool: 'work', args: {} };
      yield { type: 'finish', reason: 'tool-calls', usage };
    },
  };
  const work = testTool('work', async () => {
    seen.ran += 1;
    if (at === 'tool') await callOff();
    return { text: 'worked', isError: false };
  });
  const world = await createWorld({ rehearsal: '- say: "nothing"', tools: [work], leaseMs: 60_000, deps: { runtime, answerCommand: answerNotices } });
  worlds.push(world);
  const handoff = await started(world.store, { target: 'main' });
  handoffId = handoff.id;
  world.runner.wake(handoff.target.sessionKey);
  return { world, turnId: handoff.turnId ?? '', seen };
}

async function answerNotices(turn: { readonly message: { readonly thread?: string } }): Promise<string | undefined> {
  return turn.message.thread === 'notice' ? 'noted' : undefined;
}

function never(): never {
  throw new Error('there is no world');
}

test('a model that answers behind the cancel has no call of it made, and is not asked again', async () => {
  const { world, turnId, seen } = await playUntilCalledOff('model');
  expect(await world.ended(turnId)).toMatchObject({ status: 'cancelled' });
  expect(seen).toEqual({ asked: 1, ran: 0 });
  expect(world.faults).toEqual([]);
  expect((await world.store.verify()).filter(({ ok }) => !ok)).toEqual([]);
});

test('a call that was under way ends, and the model is not asked what it makes of it', async () => {
  const { world, turnId, seen } = await playUntilCalledOff('tool');
  expect(await world.ended(turnId)).toMatchObject({ status: 'cancelled' });
  expect(seen).toEqual({ asked: 1, ran: 1 });
  expect(world.faults).toEqual([]);
});
