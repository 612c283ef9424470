/**
 * A throw-away PostgreSQL for tests: its own data directory, reached through a socket in it, gone when the tests are. It writes to disk as a real one does (fsync on).
 * `node scripts/postgres.ts` starts one to try things with, prints its URL and stops it at Ctrl-C.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { installWithApt } from './apt.ts';

/** The URL of a running server, or one sentence on why there is none. */
export type ProvidedPostgres = { readonly url: string } | { readonly missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    postgres: ProvidedPostgres;
  }
}

interface RunningPostgres {
  readonly url: string;
  /** Stops it as a crash would, and starts it again on the same data. */
  crashAndRestart(): void;
  stop(): Promise<void>;
}

/** Called by vitest once for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await startPostgres();
  project.provide('postgres', 'url' in started ? { url: started.url } : started);
  if ('missing' in started) console.log(`\nThere is no PostgreSQL, so its tests are skipped: ${started.missing}.`);
  return async () => {
    if ('url' in started) await started.stop();
  };
}

/** Starts a server of its own; `missing` says why there is none. */
export async function startPostgres(): Promise<RunningPostgres | { readonly missing: string }> {
  const programs = findPrograms() ?? installPrograms();
  if (typeof programs !== 'string') return programs;
  const owner = chooseOwner();
  const folder = mkdtempSync(path.join(tmpdir(), 'guildhall-pg-'));
  chmodSync(folder, 0o700);
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  try {
    return await startIn(folder, programs, owner);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    return { missing: `the one of this machine does not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function startIn(folder: string, programs: string, owner: Owner | undefined): Promise<RunningPostgres> {
  const identity = { cwd: folder, ...owner, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', HOME: folder } };
  const data = path.join(folder, 'data');
  execFileSync(path.join(programs, 'initdb'), ['-D', data, '-U', 'guildhall', '-A', 'trust', '-E', 'UTF8', '--locale=C'], { ...identity, stdio: 'pipe' });
  const settings = [
    "listen_addresses = ''",
    `unix_socket_directories = '${folder}'`,
    'max_connections = 200',
    'fsync = on',
    'synchronous_commit = on',
    'shared_buffers = 64MB',
  ];
  writeFileSync(path.join(data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
  // The shell waits for the end of its input, which comes when this process is gone, however it went; then it stops the server and clears up.
  const script =
    '"$0" -D "$1" >"$1/log" 2>&1 & cat >/dev/null; kill -INT "$(head -n 1 "$1/postmaster.pid")"; ' +
    'left=100; while [ -e "$1/postmaster.pid" ] && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done; rm -rf "$2"';
  const guard = spawn('/bin/sh', ['-c', script, path.join(programs, 'postgres'), data, folder], {
    ...identity,
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  await waitUntilReady(programs, folder, guard);
  return {
    url: `postgres://guildhall@/postgres?host=${encodeURIComponent(folder)}`,
    crashAndRestart() {
      const control = (...verb: readonly string[]) =>
        execFileSync(path.join(programs, 'pg_ctl'), ['-D', data, '-s', '-w', ...verb], { ...identity, stdio: 'ignore' });
      control('stop', '-m', 'immediate');
      control('start', '-l', path.join(data, 'log'));
    },
    async stop() {
      const ended = once(guard, 'exit');
      guard.stdin?.end();
      await ended;
    },
  };
}

async function waitUntilReady(programs: string, folder: string, guard: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (guard.exitCode !== null) throw new Error(`its process ended with code ${guard.exitCode}`);
    try {
      execFileSync(path.join(programs, 'pg_isready'), ['-q', '-h', folder], { stdio: 'ignore' });
      return;
    } catch {
      await pause(100);
    }
  }
  guard.stdin?.end();
  throw new Error('it was not ready within 30 seconds');
}

/** The directory with initdb, postgres and pg_isready: one on PATH, else the newest of Debian's. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = isThere(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...versions.map((version) => path.join(debian, version, 'bin'))];
  return folders.find((folder) => folder !== '' && ['initdb', 'postgres', 'pg_isready'].every((program) => isThere(path.join(folder, program))));
}

function installPrograms(): string | { readonly missing: string } {
  const installed = installWithApt(['postgresql']);
  if (!installed.ok) return { missing: installed.reason };
  return findPrograms() ?? { missing: 'the package postgresql brought no server' };
}

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; then it runs as the account its package made, else as nobody. */
function chooseOwner(): Owner | undefined {
  if (userInfo().uid !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue;
    }
  }
  return { uid: 65_534, gid: 65_534 };
}

if (import.meta.main) {
  const started = await startPostgres();
  if ('missing' in started) {
    console.error(`There is no PostgreSQL: ${started.missing}.`);
    process.exitCode = 1;
  } else {
    console.log(started.url);
    process.once('SIGINT', () => void started.stop());
    process.once('SIGTERM', () => void started.stop());
  }
}
