/** What grows with a board and what must not: lists and columns at 100,000 tasks, one card's way at a thousand and at a million, a finished task that ten thousand wait for. */
import { expectDone } from '@guildhall/protocol';
import { connectBoard, type BenchLane, type BoardClient } from './board-client.ts';
import { benchLane, fillBoard, newTask } from './board-fixtures.ts';
import type { Backend, Place } from './backends.ts';
import { figure, median, quantile, timed, type Figure } from './figures.ts';

export async function measureBoardSize(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  try {
    await (await place.openStore()).close();
    const sizes = [1_000, 100_000, Math.ceil(1_000_000 * scale)].filter((size, index, all) => index === 0 || size > (all[index - 1] ?? 0));
    const found: Figure[] = [];
    let filled = 0;
    for (const size of sizes) {
      await fillBoard(place, filled, size);
      filled = size;
      found.push(...(await atSize(place, size, Math.ceil(200 * scale))));
    }
    return [...found, ...(await promotion(backend, Math.ceil(10_000 * scale)))];
  } finally {
    place.remove();
  }
}

async function atSize(place: Place, size: number, count: number): Promise<readonly Figure[]> {
  const daemon = await place.startDaemon();
  const client = connectBoard(daemon);
  try {
    const lane = await client.registerLane(`probe-${size}`, 1);
    const words = `${size.toLocaleString('en')} tasks`;
    const cycles = await timed(count, (number) => cycle(client, lane, number));
    const views =
      size < 100_000
        ? []
        : [
            figure(`list of 100 at ${words}, p95`, 'ms', quantile(await timed(count, () => client.read('/v1/boards/default/tasks?limit=100')), 0.95), 50),
            figure(`board in columns at ${words}, p95`, 'ms', quantile(await timed(count, () => client.read('/v1/boards/default')), 0.95), 150),
          ];
    return [figure(`create → claim → complete at ${words}, p50`, 'ms', median(cycles)), ...views];
  } finally {
    client.close();
    await daemon.stop();
  }
}

async function cycle(client: BoardClient, lane: BenchLane, number: number): Promise<void> {
  await client.createTask(lane.name, number);
  const claim = await lane.claim(0);
  if (claim === undefined) throw new Error('the task that was just made was not there');
  await lane.complete(claim);
}

async function promotion(backend: Backend, children: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  const store = await place.openStore();
  try {
    await benchLane(store, 'bench', 1);
    const parent = newTask(0, 'bench');
    expectDone(await store.board.createTask(parent));
    for (let from = 0; from < children; from += 100) {
      await Promise.all(
        Array.from({ length: Math.min(100, children - from) }, async (_, index) => store.board.createTask(newTask(from + index + 1, null, [parent.id]))),
      );
    }
    const claimed = expectDone(await store.board.claimTask({ lane: 'bench', requestId: 'promote', runId: 'run_promote', tokenHashFor: () => 'hash' }));
    if (claimed === null) throw new Error('the parent was not ready');
    const began = performance.now();
    expectDone(
      await store.board.completeClaim({ task: parent.id, tokenHash: 'hash' }, { summary: 'done', metadata: {}, artifacts: [], evidence: [], review: false }),
    );
    return [figure(`complete a task ${children.toLocaleString('en')} wait for`, 'ms', performance.now() - began)];
  } finally {
    await store.close();
    place.remove();
  }
}
