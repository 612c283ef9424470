/**
 * Folders held open. A path below the workspace is walked one name at a time, each folder opened without following links **through the descriptor of its parent**
 * (`/proc/self/fd/<n>/<name>`, Linux' way to say `openat`), so that what was checked is what is used, whatever is swapped meanwhile.
 *
 * Where there is no `/proc/self/fd`, names are joined to paths and the chain from the root is compared (device and inode) before and after every use. That notices a
 * swap, but leaves a gap of a few microseconds that a program of the same user can win; Guildhall says so in `doctor`.
 */
import { constants, existsSync } from 'node:fs';
import { lstat, open, mkdir, type FileHandle } from 'node:fs/promises';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { refusalOfFsError } from './fs-error.ts';

/** How names are reached: through descriptors (exact), or through paths (noticing swaps). */
export type Anchor = 'descriptor' | 'path';

export function anchorOfThisSystem(): Anchor {
  return process.platform === 'linux' && existsSync('/proc/self/fd') ? 'descriptor' : 'path';
}

interface Link {
  readonly path: string;
  readonly dev: bigint;
  readonly ino: bigint;
}

/** An open folder. Close it, or `await using` it. */
export interface Folder extends AsyncDisposable {
  /** Where it is below the workspace, for messages. */
  readonly shown: string;
  /** Device and inode of the folder. */
  readonly identity: { readonly dev: bigint; readonly ino: bigint };
  /** A path of `name` in exactly this folder, good while the folder is open. */
  at(name: string): string;
  /** A path of the folder itself, good while it is open; also for a child process that starts in it. */
  readonly self: string;
  /** Refuses when the folder is no longer where it was opened. Always done where descriptors anchor it. */
  confirm(): Promise<Settled<null>>;
  /** Opens a folder in this one; with `create`, makes it when it is missing. A symbolic link is refused. */
  open(name: string, options?: { readonly create?: boolean }): Promise<Settled<Folder>>;
}

const openFolderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Opens the folder at an absolute path; its last name must not be a symbolic link. */
export async function openRoot(path: string, anchor: Anchor): Promise<Settled<Folder>> {
  return openAt(path, path, '.', [], anchor);
}

async function openAt(reach: string, path: string, shown: string, chain: readonly Link[], anchor: Anchor): Promise<Settled<Folder>> {
  let handle: FileHandle;
  try {
    handle = await open(reach, openFolderFlags);
  } catch (error) {
    return refuseFolder(reach, shown, error);
  }
  const { dev, ino } = await handle.stat({ bigint: true });
  const folder = heldFolder(handle, path, shown, [...chain, { path, dev, ino }], anchor);
  const confirmed = await folder.confirm();
  if (confirmed.ok) return done(folder);
  await handle.close();
  return confirmed;
}

async function refuseFolder(reach: string, shown: string, error: unknown): Promise<Settled<never>> {
  const found = await lstat(reach).catch(() => null);
  if (found?.isSymbolicLink() === true) return refuse('outside-workspace', `${shown} is a symbolic link, which file tools do not follow`);
  if (found !== null && !found.isDirectory()) return refuse('invalid-input', `${shown} is not a folder`);
  return refusalOfFsError(error, shown);
}

function heldFolder(handle: FileHandle, path: string, shown: string, chain: readonly Link[], anchor: Anchor): Folder {
  const self = anchor === 'descriptor' ? `/proc/self/fd/${handle.fd}` : path;
  const last = chain.at(-1);
  const folder: Folder = {
    shown,
    identity: { dev: last?.dev ?? 0n, ino: last?.ino ?? 0n },
    self,
    at: (name) => `${self}/${name}`,
    confirm: async () => (anchor === 'descriptor' ? done(null) : confirmChain(chain, shown)),
    async open(name, options = {}) {
      const inner = shown === '.' ? name : `${shown}/${name}`;
      const confirmed = await folder.confirm();
      if (!confirmed.ok) return confirmed;
      if (options.create === true) {
        const made = await makeFolder(folder.at(name), inner);
        if (!made.ok) return made;
      }
      return openAt(folder.at(name), `${path}/${name}`, inner, chain, anchor);
    },
    [Symbol.asyncDispose]: async () => handle.close(),
  };
  return folder;
}

async function makeFolder(reach: string, shown: string): Promise<Settled<null>> {
  try {
    await mkdir(reach, { mode: 0o755 });
    return done(null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return done(null);
    return refusalOfFsError(error, shown);
  }
}

async function confirmChain(chain: readonly Link[], shown: string): Promise<Settled<null>> {
  for (const link of chain) {
    const now = await lstat(link.path, { bigint: true }).catch(() => null);
    if (now === null || now.isSymbolicLink() || now.dev !== link.dev || now.ino !== link.ino) {
      return refuse('outside-workspace', `the way to ${shown} was changed while it was used; nothing was done`);
    }
  }
  return done(null);
}
