/**
 * A SQLite file of another program, read without touching it. It is copied together with its log, because opening it in place would write to it; the copy is checked and belongs to us alone.
 *
 * Never give it the database of this daemon: opening and closing that file a second time in this process would drop its locks.
 */
import { constants } from 'node:fs';
import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { applicationId, readPragma } from '../../sqlite/connection.ts';
import { checkInFreshThread } from '../../sqlite/reader-thread.ts';

export interface ForeignFile {
  /** Where the original is. */
  readonly folder: string;
  readonly db: DatabaseSync;
  close(): Promise<void>;
}

/** `own` is the database of this daemon, where that is a file. */
export async function openForeignFile(file: string, own: string | undefined): Promise<Settled<ForeignFile>> {
  const looked = await look(file, own);
  if (!looked.ok) return looked;
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-import-'));
  const drop = () => rm(folder, { recursive: true, force: true });
  const opened = await openCopy(file, join(folder, 'board.db')).catch(async (error: unknown) => {
    await drop();
    return refuseFile(file, error);
  });
  if (!opened.ok) {
    await drop();
    return opened;
  }
  const db = opened.value;
  return done({
    folder: dirname(file),
    db,
    async close() {
      db.close();
      await drop();
    },
  });
}

const header = 'SQLite format 3\0';

/** What it is, before anything of it is opened. */
async function look(file: string, own: string | undefined): Promise<Settled<null>> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  if (found === undefined) return refuse('not-found', `there is no file ${file}`, { file });
  const ours = own === undefined ? undefined : await stat(own, { bigint: true }).catch(() => undefined);
  if (ours?.ino === found.ino && ours.dev === found.dev) return refuse('invalid-input', `${file} is the database of this daemon itself`, { file });
  if (!found.isFile()) return refuse('invalid-input', `${file} is not a file; name the database itself`, { file });
  const unfit = await unfitFile(file);
  if (unfit !== undefined) return refuse('invalid-input', unfit, { file });
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0);
      if (bytesRead === header.length && buffer.toString('latin1') === header) return done(null);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return refuseFile(file, error);
  }
  return refuse('invalid-input', `${file} is not a SQLite database${found.size === 0n ? '; it is empty' : ''}`, { file });
}

/** All of it is copied: a pipe among it would never end, and a device or a file without measure would fill the disk. */
async function unfitFile(file: string): Promise<string | undefined> {
  let bytes = 0;
  for (const ending of companions) {
    const found = await stat(`${file}${ending}`).catch(() => undefined);
    if (found === undefined) continue;
    if (!found.isFile()) return `${file}${ending} is not a file; a database with such a companion is not read`;
    bytes += found.size;
  }
  return bytes > mostFileBytes ? `${file} has ${bytes} bytes with its log; a board of up to ${mostFileBytes} is taken over` : undefined;
}

async function openCopy(file: string, copy: string): Promise<Settled<DatabaseSync>> {
  const copied = await copyWhileStill(file, copy);
  if (!copied.ok) return copied;
  const db = new DatabaseSync(copy, { allowExtension: false, enableForeignKeyConstraints: false });
  try {
    // Reading the first page folds the log into the copy, or rolls back what a crash left half-written.
    db.exec('pragma trusted_schema = off; pragma journal_mode = delete');
    const damage = await checkInFreshThread(copy).catch((error: unknown) => [causeOf(error)]);
    if (damage.length > 0) throw new Error(`it is damaged (${damage.join('; ')}). Mend it there, or import a backup of it`);
    if (readPragma(db, 'application_id') === applicationId) throw new Error('it is a database of Guildhall; take it over with: guildhall db restore FILE');
    return done(db);
  } catch (error) {
    db.close();
    return refuseFile(file, error);
  }
}

/** In the words of SQLite: those for our own database would mislead. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The file, its write-ahead log, and the journal a crash may have left. The index of the log (-shm) is rebuilt from it. */
const companions = ['', '-wal', '-journal'];
const tries = 5;
const mostFileBytes = 8_000_000_000;

/** Copies again when the other program wrote meanwhile. */
async function copyWhileStill(file: string, copy: string): Promise<Settled<null>> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const before = await stamp(file);
    for (const ending of companions) {
      await rm(`${copy}${ending}`, { force: true });
      await copyFile(`${file}${ending}`, `${copy}${ending}`, constants.COPYFILE_FICLONE).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    }
    if ((await stamp(file)) === before) return done(null);
  }
  return refuse('wrong-state', `another program keeps writing to ${file}. Stop it, then import again`, { file });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function stamp(file: string): Promise<string> {
  const stats = await Promise.all(companions.map((ending) => stat(`${file}${ending}`, { bigint: true }).catch(() => undefined)));
  return stats.map((found) => `${found?.ino} ${found?.size} ${found?.mtimeNs}`).join('|');
}

function refuseFile(file: string, error: unknown) {
  return refuse('invalid-input', `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { file });
}
