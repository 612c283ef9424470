/** What SQLite says when the file, the disk or the rights to them are not to be had, as the fault callers know. */
import { Fault } from '@guildhall/protocol';

/** Primary result codes that mean the storage, not the statement. */
const storageCodes: Readonly<Record<number, string>> = {
  5: 'is locked by another program',
  6: 'is locked by another connection',
  8: 'is read-only; give back the right to write',
  10: 'cannot be read or written; check the disk',
  11: 'is damaged; stop the daemon and restore a backup with: guildhall db restore FILE',
  13: 'has no room left; free some disk space',
  14: 'cannot be opened; check that the directory exists and may be written',
  26: 'is not a SQLite database; restore a backup with: guildhall db restore FILE',
};

/** The primary result code of an error of `node:sqlite`. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** The error as a `storage-unavailable` fault when it means the storage; else the error itself. */
export function asStorageFault(error: unknown, file: string): unknown {
  const words = storageCodes[sqliteCode(error) ?? 0];
  if (words === undefined) return error;
  return new Fault('storage-unavailable', `the database ${file} ${words}. Nothing was changed; it goes on by itself once the cause is gone`, { cause: error });
}
