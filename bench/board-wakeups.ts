/** How soon a waiting lane has its task, and what waiting costs while nothing happens. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';
import type { Backend } from './backends.ts';
import { connectBoard, type BenchLane, type BoardClient } from './board-client.ts';
import { figure, median, quantile, type Figure } from './figures.ts';

const idleSeconds = 10;

export async function measureBoardWakeups(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const place = await backend.createPlace();
  const daemon = await place.startDaemon();
  const client = connectBoard(daemon);
  try {
    const lanes = await registerLanes(client, 0, 100);
    const times = await wakeTimes(client, lanes, Math.ceil(5 * scale));
    const more = [...lanes, ...(await registerLanes(client, 100, Math.ceil(1000 * scale)))];
    const waits = more.map((lane) => lane.claim((idleSeconds + 3) * 1000));
    await pause(2000);
    const share = await processorShare(daemon, idleSeconds * 1000);
    await Promise.all(waits);
    return [
      figure('from create to the waiting lane, 100 lanes, p50', 'ms', median(times), 10),
      figure('from create to the waiting lane, 100 lanes, p99', 'ms', quantile(times, 0.99), 100),
      figure(`one core's share while ${more.length} lanes wait`, '×', share),
    ];
  } finally {
    client.close();
    await daemon.stop();
    place.remove();
  }
}

function registerLanes(client: BoardClient, from: number, to: number): Promise<readonly BenchLane[]> {
  return Promise.all(Array.from({ length: Math.max(0, to - from) }, (_, index) => client.registerLane(`lane-${from + index}`, 1)));
}

/** Every lane waits; tasks come for one after the other; from sending the task to having the claim. */
async function wakeTimes(client: BoardClient, lanes: readonly BenchLane[], rounds: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = new Map<string, number>();
    const waiting = lanes.map(async (lane) => {
      const claim = await lane.claim(60_000);
      if (claim === undefined) throw new Error(`${lane.name} was not given its task`);
      times.push(performance.now() - (began.get(lane.name) ?? 0));
      await lane.complete(claim);
    });
    await pause(500);
    for (const [index, lane] of lanes.entries()) {
      began.set(lane.name, performance.now());
      await client.createTask(lane.name, index);
      await pause(10);
    }
    await Promise.all(waiting);
  }
  return times;
}

/** Of one core, from the process's own account; only where /proc is. */
async function processorShare(daemon: DaemonProcess, ms: number): Promise<number> {
  const before = ticks(daemon.pid);
  await pause(ms);
  return ((ticks(daemon.pid) - before) * 10) / ms;
}

/** User and system time, in hundredths of a second. */
function ticks(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return Number.NaN;
  }
}
