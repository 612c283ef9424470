import { statSync } from 'node:fs';
import { Fault } from '@guildhall/protocol';
import type { DaemonLock } from './daemon-lock.ts';

/** Finds a database file, log or lock that was deleted or replaced under a running daemon: what is written then would be lost. */
export function sameFileAssertion(file: string, lock: DaemonLock): () => void {
  const inode = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
  const opened = { file: inode(file), wal: inode(`${file}-wal`) };
  return () => {
    if (inode(file) === opened.file && inode(`${file}-wal`) === opened.wal && lock.isInPlace()) return;
    throw new Fault(
      'storage-unavailable',
      `the files of the database ${file} were moved or replaced while it was open. Nothing more is written; stop the daemon, put the files back, and start it again`,
    );
  };
}
