/** Where a database file may be, and what to say when it cannot be used there. */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { done, Fault, refuse, type Settled } from '@guildhall/protocol';
import { networkFileSystemOf } from './network-file-system.ts';
import { asStorageFault } from './storage-fault.ts';

/** The real path of the file, in a directory that exists and is local. */
export function choosePlace(file: string): Settled<string> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const real = existsSync(file) ? realpathSync(file) : join(realpathSync(dirname(file)), basename(file));
  const network = networkFileSystemOf(dirname(real));
  if (network !== undefined) {
    return refuse('storage-unavailable', `${dirname(real)} lies on ${network}, where SQLite's locks do not hold. Use a local directory, or PostgreSQL`, {
      file: real,
      fileSystem: network,
    });
  }
  if (!existsSync(real) && existsSync(`${real}-wal`)) {
    return refuse(
      'storage-unavailable',
      `${real} is gone, but the log that belongs to it is still there. Nothing new was made in its place; put the file back, or restore a backup`,
      { file: real },
    );
  }
  return done(real);
}

/** The refusal for an error that means the storage; anything else is thrown on. */
export function refuseStorage(error: unknown, file: string): Settled<never> {
  const fault = asStorageFault(error, file);
  if (fault instanceof Fault && fault.code === 'storage-unavailable') return refuse('storage-unavailable', fault.message, { file });
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (['EACCES', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EIO'].includes(code)) {
    return refuse('storage-unavailable', `the database ${file} cannot be opened: ${String(error)}. Check the directory, its rights and the room on its disk`, {
      file,
    });
  }
  throw error;
}
