/** A real daemon in a process of its own, in a home of its own, for tests that start it, talk to it and kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface DaemonHome {
  readonly home: string;
  readonly configFile: string;
  remove(): void;
}

/** A fresh home with a configuration and, beside it, the script that the agents rehearse from. */
export function createHome(config: string, rehearsal?: string): DaemonHome {
  const home = mkdtempSync(path.join(tmpdir(), 'guildhall-home-'));
  mkdirSync(path.join(home, 'config'));
  const configFile = path.join(home, 'config', 'guildhall.yaml');
  writeFileSync(configFile, config);
  if (rehearsal !== undefined) writeFileSync(path.join(home, 'config', 'rehearsal.yaml'), rehearsal);
  return { home, configFile, remove: () => rmSync(home, { recursive: true, force: true }) };
}

export interface DaemonProcess {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** From the start of the process to its first answer, milliseconds. */
  readonly readyAfterMs: number;
  /** What it has printed so far. */
  output(): string;
  /** A request to `/v1` as the operator. `undefined` when nobody answers. */
  request(method: string, route: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown } | undefined>;
  kill9(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Resolves when the process has ended by itself. */
  readonly ended: Promise<number | null>;
}

const checkout = path.dirname(path.dirname(import.meta.dirname));
/** What `npx guildhall` runs. */
const launcher = path.join(checkout, 'bin', 'guildhall.cjs');

export async function startDaemonProcess(
  place: DaemonHome,
  options: { readonly failpoints?: string; readonly databaseUrl?: string; readonly env?: Record<string, string>; readonly port?: number } = {},
): Promise<DaemonProcess> {
  const began = performance.now();
  rmSync(path.join(place.home, 'ready'), { force: true });
  const child = spawn(process.execPath, [launcher, 'up', '--port', String(options.port ?? 0), '--config', place.configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: place.home,
      GUILDHALL_HOME: place.home,
      ...(options.failpoints === undefined ? {} : { GUILDHALL_FAILPOINTS: options.failpoints }),
      ...(options.databaseUrl === undefined ? {} : { GUILDHALL_DATABASE_URL: options.databaseUrl }),
      ...options.env,
    },
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  const found = await announcement(place.home, child, () => printed);
  return {
    ...found,
    readyAfterMs: performance.now() - began,
    output: () => printed,
    ended,
    request: (method, route, body) => request(found, method, route, body),
    kill9: () => end(child, ended, 'SIGKILL').then(() => {}),
    stop: () => end(child, ended, 'SIGTERM'),
  };
}

interface Announced {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

async function announcement(home: string, child: ChildProcess, printed: () => string): Promise<Announced> {
  for (let waited = 0; waited < 3000; waited += 1) {
    if (child.exitCode !== null || child.signalCode !== null) throw new DaemonEnded(child.exitCode, printed());
    const found = readAnnouncement(path.join(home, 'daemon.json'));
    if (found !== undefined && found.pid === child.pid) return found;
    await pause(10);
  }
  throw new Error(`no daemon after 30 s:\n${printed()}`);
}

/** The daemon ended before it announced itself. */
export class DaemonEnded extends Error {
  readonly code: number | null;

  constructor(code: number | null, printed: string) {
    super(`the daemon ended with ${code ?? 'a signal'} before it was ready:\n${printed}`);
    this.code = code;
  }
}

function readAnnouncement(file: string): Announced | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof found !== 'object' || found === null || !('url' in found) || !('token' in found) || !('pid' in found)) return undefined;
    return typeof found.url === 'string' && typeof found.token === 'string' && typeof found.pid === 'number'
      ? { url: found.url, token: found.token, pid: found.pid }
      : undefined;
  } catch {
    return undefined;
  }
}

async function request(
  daemon: Announced,
  method: string,
  route: string,
  body: unknown,
): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  try {
    const response = await fetch(`${daemon.url}${route}`, {
      method,
      headers: { authorization: `Bearer ${daemon.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  } catch {
    return undefined;
  }
}

async function end(child: ChildProcess, ended: Promise<number | null>, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  child.kill(signal);
  return ended;
}
