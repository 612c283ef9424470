/**
 * A program as a child that cannot be lost: in its own process group, with a given environment only, and ended as a whole.
 *
 *     running → (exits | is stopped) → its strays are killed → ended
 *
 * `ended` settles once, after nothing of it is left.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '@guildhall/kernel';
import { Fault } from '@guildhall/protocol';
import { endStrays, noteDescendants, openTracer, traceOf, type Trace } from './stray-processes.ts';

export interface ChildRequest {
  readonly argv: readonly string[];
  /** A path that is good until the child has started. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The marker within `env`. */
  readonly marker: string;
  /** Between asking to end (SIGTERM) and ending (SIGKILL). */
  readonly graceMs: number;
  readonly clock: Clock;
}

export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  /** The program could not be started; `code` is the system's, such as `ENOENT`. */
  | { readonly kind: 'not-started'; readonly code: string };

export interface RunningChild {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles after the program and all it started are gone. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Asks the whole group to end, then ends it. Settles with `ended`. Calling it again changes nothing. */
  stop(): Promise<ChildEnd>;
}

/** How long output may still come after the program itself has ended. */
const drainMs = 100;

/** Throws a fault when the system has no room for a process; a program that cannot be started is an end like another. */
export function startChild(request: ChildRequest): RunningChild {
  const [program = '', ...words] = request.argv;
  const tracer = openTracer();
  const inherited = tracer === null ? [] : [tracer.fd];
  const child = spawn(program, words, {
    cwd: request.cwd,
    env: { ...request.env },
    detached: true,
    shell: false,
    stdio: ['pipe', 'pipe', 'pipe', ...inherited],
  });
  if (tracer !== null) closeSync(tracer.fd);
  const { pid, stdin, stdout, stderr } = child;
  const exited = exitOf(child);
  if (!stdin || !stdout || !stderr) throw new Fault('no-process', `the system gave no pipes for ${program}; are too many files open?`);
  for (const stream of [stdin, stdout, stderr]) stream.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const finished = async () => {
    if (pid !== undefined) await endAll(traceOf(request.marker, pid, tracer?.link), request.clock, exited, closed);
    for (const stream of [stdin, stdout, stderr]) stream.destroy();
    return exited;
  };
  const ended = finished();
  let stopping: Promise<ChildEnd> | null = null;
  return { pid, stdin, stdout, stderr, ended, stop: () => (stopping ??= stopGroup(pid, request, exited, ended)) };
}

function exitOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', code: 'code' in error && typeof error.code === 'string' ? error.code : 'unknown' }));
    child.once('exit', (code, signal) => resolve(code === null ? { kind: 'signalled', signal: signal ?? 'unknown' } : { kind: 'exited', code }));
  });
}

async function endAll(trace: Trace, clock: Clock, exited: Promise<ChildEnd>, closed: Promise<void>): Promise<void> {
  const watching = new AbortController();
  const watch = watchStrays(trace, clock, watching.signal);
  await exited;
  watching.abort();
  await watch;
  await atMost(drainMs, closed, clock);
  signalGroup(trace.leader, 'SIGKILL');
  await endStrays(trace, clock);
  await atMost(drainMs, closed, clock);
}

async function atMost(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, clock.sleep(ms, over.signal)]);
  over.abort();
}

/** Remembers descendants while their parents still live, less and less often. */
async function watchStrays(trace: Trace, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let pauseMs = 50; !signal.aborted; pauseMs = Math.min(60_000, pauseMs * 2)) {
    await clock.sleep(pauseMs, signal);
    if (!signal.aborted) await noteDescendants(trace);
  }
}

async function stopGroup(pid: number | undefined, request: ChildRequest, exited: Promise<ChildEnd>, ended: Promise<ChildEnd>): Promise<ChildEnd> {
  if (pid === undefined) return ended;
  signalGroup(pid, 'SIGTERM');
  await atMost(request.graceMs, exited, request.clock);
  signalGroup(pid, 'SIGKILL');
  return ended;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error;
  }
}
