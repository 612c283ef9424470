/**
 * One daemon for each database file. The lock is an open exclusive transaction on `daemon.lock`, a SQLite file beside the database: the operating system frees it the moment
 * its holder dies, however it dies. Who holds it is written in `daemon.lock.json`, for people and for the refusal the second daemon gets.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { z } from 'zod';
import { sqliteCode } from './storage-fault.ts';

const Holder = z.object({ pid: z.number().int(), boot: z.string(), url: z.string().nullable() });
type LockHolder = z.infer<typeof Holder>;

export interface DaemonLock {
  /** Writes down where the holder can be reached. */
  announce(url: string): void;
  /** Whether `daemon.lock` is still the file that was locked. */
  isInPlace(): boolean;
  release(): void;
}

/** How long two daemons that start at the same instant wait for one of them to win, milliseconds. */
const settleMs = 250;

/** Takes the lock of a directory, or refuses with `already-running`, naming the process and its URL. */
export function takeDaemonLock(directory: string, boot: string): Settled<DaemonLock> {
  const lockFile = join(directory, 'daemon.lock');
  const holderFile = `${lockFile}.json`;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile, { timeout: settleMs });
    lock.exec('begin exclusive');
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === 5) return refuse('already-running', describeHolder(lockFile, readHolder(holderFile)), { ...readHolder(holderFile) });
    return refuse('storage-unavailable', `the lock ${lockFile} cannot be taken: ${String(error)}. Check that the directory exists and may be written`, {
      file: lockFile,
    });
  }
  const held = lock;
  const lockedFile = statSync(lockFile, { bigint: true }).ino;
  const write = (url: string | null) => {
    writeFileSync(`${holderFile}.new`, `${JSON.stringify({ pid: process.pid, boot, url })}\n`, { mode: 0o600 });
    renameSync(`${holderFile}.new`, holderFile);
  };
  try {
    write(null);
  } catch (error) {
    held.close();
    return refuse('storage-unavailable', `${holderFile} cannot be written: ${String(error)}. Free some disk space, or give back the right to write`, {
      file: holderFile,
    });
  }
  return done({
    announce: write,
    isInPlace: () => statSync(lockFile, { bigint: true, throwIfNoEntry: false })?.ino === lockedFile,
    release() {
      rmSync(holderFile, { force: true });
      held.close();
    },
  });
}

/** Who wrote the file last; undefined when nobody did, or it cannot be read. */
function readHolder(holderFile: string): LockHolder | undefined {
  try {
    const parsed = Holder.safeParse(JSON.parse(readFileSync(holderFile, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function describeHolder(lockFile: string, holder: LockHolder | undefined): string {
  if (holder === undefined) return `another daemon holds ${lockFile}; stop it first`;
  const where = holder.url === null ? 'it is still starting' : `it answers at ${holder.url}`;
  return `a daemon already runs on this database: process ${holder.pid}, ${where}. Use that one, or stop it first`;
}
