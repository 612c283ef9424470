/** Copies of a SQLite file: taken while the daemon writes, checked before they count, never over something that is there. */
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { findDamage, openReader } from './connection.ts';

/** The whole file in one step, so that writes in between do not make it begin again. */
const allPages = 0x7f_ff_ff_ff;

export interface BackupFile {
  readonly file: string;
  readonly bytes: number;
}

/** Copies `source` to `target` and checks the copy. Refuses to overwrite; leaves nothing behind when it fails. */
export async function copyDatabase(source: string, target: string): Promise<Settled<BackupFile>> {
  if (existsSync(target))
    return refuse('already-exists', `${target} is there already; a backup never overwrites a file. Choose another name`, { file: target });
  const partial = `${target}.${process.pid}.partial`;
  try {
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    await copyPages(source, partial);
    const damage = checkCopy(partial);
    if (damage.length > 0)
      return refuse('failed', `the copy ${target} is damaged (${damage.join('; ')}), so it was thrown away. Check the disk, then try again`, { file: target });
    syncFile(partial);
    linkSync(partial, target);
    syncFile(dirname(target));
    return done({ file: target, bytes: statSync(target).size });
  } catch (error) {
    return refuse('storage-unavailable', `no backup was written to ${target}: ${error instanceof Error ? error.message : String(error)}`, { file: target });
  } finally {
    for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${ending}`, { force: true });
  }
}

/** A connection of its own, so that the copy is one snapshot and the daemon goes on writing. */
async function copyPages(source: string, partial: string): Promise<void> {
  closeSync(openSync(partial, 'wx', 0o600));
  const from = openReader(source);
  try {
    await backup(from, partial, { rate: allPages });
  } finally {
    from.close();
  }
}

/** One file without companions, read back whole. */
function checkCopy(partial: string): readonly string[] {
  const copy = new DatabaseSync(partial);
  try {
    copy.exec('pragma journal_mode = delete');
    return findDamage(copy);
  } finally {
    copy.close();
  }
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
