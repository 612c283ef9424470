/** How soon a daemon is ready, what it weighs with nothing to do, and what sessions add to that. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DaemonProcess } from '../test/harness/daemon-process.ts';
import type { Backend, Place } from './backends.ts';
import { connect } from './client.ts';
import { figure, median, perSecond, type Figure } from './figures.ts';

const team = path.join(import.meta.dirname, '..', 'examples', 'release-team');

/** How long a daemon is left alone before it is weighed. */
const restMs = 5000;

export async function measureStartAndMemory(backend: Backend, scale: number): Promise<readonly Figure[]> {
  const config = readFileSync(path.join(team, 'guildhall.yaml'), 'utf8');
  const place = await backend.createPlace(config, readFileSync(path.join(team, 'rehearsal.yaml'), 'utf8'));
  try {
    const first = await start(place);
    await first.daemon.stop();
    const empty = await startAgain(place, 7);
    const idle = await weighAtRest(empty.daemon);
    const sessions = Math.ceil(10_000 * scale);
    const filled = await fill(empty.daemon, sessions);
    await empty.daemon.stop();
    const full = await startAgain(place, 5);
    const idleFull = await weighAtRest(full.daemon);
    await full.daemon.stop();
    return [
      figure('start to ready, the first time in a home', 'ms', first.readyMs, 1000),
      figure('start to ready', 'ms', empty.readyMs, 1000),
      figure(`start to ready, ${sessions} sessions`, 'ms', full.readyMs, 1000),
      figure('memory at rest (RSS)', 'MB', idle, 150),
      figure(`memory at rest, ${sessions} sessions`, 'MB', idleFull, 150),
      figure(`memory right after ${sessions / 2} sessions of one turn`, 'MB', filled.halfway),
      figure(`memory right after ${sessions}`, 'MB', filled.end),
      figure(`what a session at rest adds`, 'KB', ((idleFull - idle) * 1000) / sessions),
      figure('new sessions of one turn', 'per s', filled.rate),
    ];
  } finally {
    place.remove();
  }
}

interface Started {
  readonly daemon: DaemonProcess;
  readonly readyMs: number;
}

/** From the start of the process until it announced itself and answered. */
async function start(place: Place): Promise<Started> {
  const began = performance.now();
  const daemon = await place.startDaemon();
  if ((await daemon.request('GET', '/healthz'))?.status !== 200) throw new Error(`the daemon does not answer:\n${daemon.output()}`);
  return { daemon, readyMs: performance.now() - began };
}

/** Starts so many times; the last daemon, and the median. */
async function startAgain(place: Place, times: number): Promise<Started> {
  let started = await start(place);
  const took = [started.readyMs];
  while (took.length < times) {
    await started.daemon.stop();
    started = await start(place);
    took.push(started.readyMs);
  }
  return { daemon: started.daemon, readyMs: median(took) };
}

async function weighAtRest(daemon: DaemonProcess): Promise<number> {
  await pause(restMs);
  return residentMegabytes(daemon.pid);
}

/** Resident memory of a process, of Linux only. */
function residentMegabytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(line?.[1]) * 1024) / 1e6;
}

/** Opens sessions with one turn each, sixteen at a time. */
async function fill(daemon: DaemonProcess, sessions: number): Promise<{ readonly halfway: number; readonly end: number; readonly rate: number }> {
  const client = connect(daemon);
  const began = performance.now();
  let opened = 0;
  const openUntil = async (count: number) => {
    const one = async () => {
      while (opened < count) {
        opened += 1;
        const { turnId } = await client.send(`chat ${opened}`, 'hello');
        await client.awaitTurn(turnId);
      }
    };
    await Promise.all(Array.from({ length: 16 }, one));
  };
  await openUntil(Math.floor(sessions / 2));
  const halfway = residentMegabytes(daemon.pid);
  await openUntil(sessions);
  const end = residentMegabytes(daemon.pid);
  const rate = perSecond(sessions, performance.now() - began);
  client.close();
  return { halfway, end, rate };
}
