/**
 * What a card costs from ready to done: over HTTP with eight lanes, and in process against the least it can cost — the same rows written by a loop of prepared statements on
 * the same kind of database in the same run.
 */
import { randomUUID } from 'node:crypto';
import { hashClaimToken } from '@guildhall/board';
import { expectDone } from '@guildhall/protocol';
import type { Store } from '@guildhall/store';
import type { Backend } from './backends.ts';
import { connectBoard } from './board-client.ts';
import { benchLane, newTask } from './board-fixtures.ts';
import { rawCycles } from './board-raw.ts';
import { figure, perSecond, type Figure } from './figures.ts';

const laneCount = 8;

export async function measureBoardCycles(backend: Backend, scale: number): Promise<readonly Figure[]> {
  return [...(await overHttp(backend, Math.ceil(4000 * scale))), ...(await inProcess(backend, Math.ceil(4000 * scale)))];
}

async function overHttp(backend: Backend, count: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  const daemon = await place.startDaemon();
  const client = connectBoard(daemon);
  try {
    const lanes = await Promise.all(Array.from({ length: laneCount }, (_, index) => client.registerLane(`lane-${index}`, 1)));
    const creating = performance.now();
    await together(count, (number) => client.createTask(`lane-${number % laneCount}`, number));
    const created = performance.now() - creating;
    const working = performance.now();
    await Promise.all(
      lanes.map(async (lane) => {
        for (let claim = await lane.claim(0); claim !== undefined; claim = await lane.claim(0)) await lane.complete(claim);
      }),
    );
    const least = backend.name === 'SQLite' ? 600 : 500;
    return [
      figure('create a task over HTTP, 8 at a time', 'per s', perSecond(count, created)),
      { ...figure('claim → complete over HTTP, 8 lanes', 'per s', perSecond(count, performance.now() - working)), least },
    ];
  } finally {
    client.close();
    await daemon.stop();
    place.remove();
  }
}

async function inProcess(backend: Backend, count: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  const store = await place.openStore();
  try {
    const lanes = Array.from({ length: laneCount }, (_, index) => `lane-${index}`);
    for (const lane of lanes) await benchLane(store, lane, 1);
    await together(count, async (number) => expectDone(await store.board.createTask(newTask(number, `lane-${number % laneCount}`))));
    const began = performance.now();
    await Promise.all(lanes.map((lane) => workThrough(store, lane)));
    const cycles = perSecond(count, performance.now() - began);
    const raw = await rawCycles(place, laneCount, count);
    return [
      figure('claim → complete in process, 8 at a time', 'per s', cycles),
      figure('the same rows by prepared statements', 'per s', raw),
      { ...figure('claim → complete against prepared statements', '×', cycles / raw), least: 0.6 },
    ];
  } finally {
    await store.close();
    place.remove();
  }
}

async function workThrough(store: Store, lane: string): Promise<void> {
  for (;;) {
    const requestId = randomUUID();
    const tokenHash = hashClaimToken(requestId);
    const claimed = expectDone(await store.board.claimTask({ lane, requestId, runId: `run_${requestId}`, tokenHashFor: () => tokenHash }));
    if (claimed === null) return;
    expectDone(
      await store.board.completeClaim(
        { task: claimed.task.id, tokenHash },
        { summary: 'Three words.', metadata: {}, artifacts: [], evidence: [], review: false },
      ),
    );
  }
}

async function together(count: number, write: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: laneCount }, async () => {
      while (next < count) await write(next++);
    }),
  );
}
