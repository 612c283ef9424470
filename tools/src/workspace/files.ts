/** Reading and writing single files of a workspace. Every name is reached through its open folder; only regular files with one name are touched. */
import { constants } from 'node:fs';
import { lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { refusalOfFsError } from './fs-error.ts';
import type { Folder } from './folder.ts';
import { isProtected } from './protected.ts';
import { namesOf, rootPath } from './path-text.ts';
import type { Workspace } from './workspace.ts';

export interface FileBytes {
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** Reads a whole file of at most `mostBytes`; `too-large` above. */
export async function readFileBytes(workspace: Workspace, path: string, mostBytes: number): Promise<Settled<FileBytes>> {
  const { parent, name } = splitPath(path);
  if (name === undefined) return refuse('invalid-input', `${path} is a folder`);
  const folder = await workspace.openFolder(parent);
  if (!folder.ok) return folder;
  await using held = folder.value;
  return await readFrom(held, name, mostBytes);
}

/** The same for a name in a folder that is already open. */
export async function readFrom(folder: Folder, name: string, mostBytes: number): Promise<Settled<FileBytes>> {
  const opened = await openRegular(folder, name);
  if (!opened.ok) return opened;
  const { handle, mode, size, shown } = opened.value;
  try {
    if (size > mostBytes) return refuse('too-large', `${shown} has ${size} bytes; at most ${mostBytes} can be read`, { bytes: size, limit: mostBytes });
    const bytes = await readUpTo(handle, mostBytes + 1);
    if (bytes.length > mostBytes) return refuse('too-large', `${shown} grew past ${mostBytes} bytes while it was read`);
    return done({ bytes, mode });
  } catch (error) {
    return refusalOfFsError(error, shown);
  } finally {
    await handle.close();
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly mode: number;
  readonly size: number;
  readonly shown: string;
}

/** Opens for reading without following links and without waiting for a pipe, then looks at what was really opened. */
async function openRegular(folder: Folder, name: string): Promise<Settled<OpenFile>> {
  const shown = pathIn(folder, name);
  const before = await lookAt(folder, name);
  if (!before.ok) return before;
  if (before.value === null) return refuse('not-found', `${shown} does not exist. See what does with search_files`);
  let handle: FileHandle;
  try {
    handle = await open(folder.at(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return refusalOfFsError(error, shown);
  }
  const stat = await handle.stat();
  const objection = objectionTo(stat, shown) ?? (await folder.confirm());
  if (objection.ok) return done({ handle, mode: stat.mode & 0o777, size: stat.size, shown });
  await handle.close();
  return objection;
}

interface Looked {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  readonly nlink: number;
}

/** What stands under a name, null when nothing does; a refusal for everything but a regular file with one name. */
async function lookAt(folder: Folder, name: string): Promise<Settled<{ readonly mode: number; readonly size: number } | null>> {
  const shown = pathIn(folder, name);
  try {
    const stat = await lstat(folder.at(name));
    const objection = objectionTo(stat, shown);
    return objection ?? done({ mode: stat.mode & 0o777, size: stat.size });
  } catch (error) {
    const refused = refusalOfFsError(error, shown);
    return !refused.ok && refused.refusal.code === 'not-found' ? done(null) : refused;
  }
}

function objectionTo(stat: Looked, shown: string): Settled<never> | null {
  if (stat.isSymbolicLink()) return refuse('outside-workspace', `${shown} is a symbolic link, which file tools do not follow`);
  if (stat.isDirectory()) return refuse('invalid-input', `${shown} is a folder`);
  if (!stat.isFile()) return refuse('not-allowed', `${shown} is a device, pipe or socket; file tools use regular files only`);
  if (stat.nlink > 1)
    return refuse(
      'outside-workspace',
      `${shown} has another name on this disk (a hard link), which may lie outside the workspace. Make a copy of it and use that`,
    );
  return null;
}

async function readUpTo(handle: FileHandle, most: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let total = 0;
  while (total < most) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(256 * 1024, most - total)), 0);
    if (bytesRead === 0) break;
    parts.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
  return Buffer.concat(parts);
}

export interface WriteOptions {
  /** Who writes: file tools may not touch protected files; the memory tool may. */
  readonly protectedToo?: boolean;
  /** Writes only if the file still holds exactly these bytes; `null` means it must not exist. */
  readonly expected?: Buffer | null;
}

/** Writes a file as a whole: readers see the old bytes or the new, never a part. Folders on the way are made. Tells whether the file is new. */
export async function writeFileBytes(
  workspace: Workspace,
  path: string,
  bytes: Uint8Array,
  options: WriteOptions = {},
): Promise<Settled<{ readonly created: boolean }>> {
  const { parent, name } = splitPath(path);
  if (name === undefined) return refuse('invalid-input', `${path} is a folder`);
  if (options.protectedToo !== true && isProtected(path)) return refuseProtected(path);
  if (bytes.length > workspace.quota.fileBytes) {
    return refuse('too-large', `${path} would have ${bytes.length} bytes; a file may have ${workspace.quota.fileBytes}`, { limit: workspace.quota.fileBytes });
  }
  const reserved = await workspace.reserve(bytes.length);
  if (!reserved.ok) return reserved;
  const folder = await workspace.openFolder(parent, { create: true });
  if (!folder.ok) return folder;
  await using held = folder.value;
  const before = await lookAt(held, name);
  if (!before.ok) return before;
  if (options.expected !== undefined) {
    const same = await holds(held, name, before.value === null, options.expected);
    if (!same.ok) return same;
  }
  return await replaceFile(workspace, held, name, bytes, before.value);
}

/** Why a path that is protected is refused. */
export function refuseProtected(path: string): Settled<never> {
  return refuse(
    'not-allowed',
    `${path} belongs to what this agent is (identity, memory, skills or version control) and cannot be written with file tools. For memory use the memory tool`,
  );
}

async function holds(folder: Folder, name: string, missing: boolean, expected: Buffer | null): Promise<Settled<null>> {
  const changed = refuse('wrong-state', `${pathIn(folder, name)} changed in the meantime; read it again`);
  if (expected === null || missing) return expected === null && missing ? done(null) : changed;
  const now = await readFrom(folder, name, expected.length);
  return now.ok && now.value.bytes.equals(expected) ? done(null) : changed;
}

async function replaceFile(
  workspace: Workspace,
  folder: Folder,
  name: string,
  bytes: Uint8Array,
  before: { readonly mode: number } | null,
): Promise<Settled<{ readonly created: boolean }>> {
  const draft = `.${workspace.ids.next('draft')}`;
  const shown = pathIn(folder, name);
  let renamed = false;
  try {
    const handle = await open(folder.at(draft), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, before?.mode ?? 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    const confirmed = await folder.confirm();
    if (!confirmed.ok) return confirmed;
    await rename(folder.at(draft), folder.at(name));
    renamed = true;
    return done({ created: before === null });
  } catch (error) {
    return refusalOfFsError(error, shown);
  } finally {
    if (!renamed) await unlink(folder.at(draft)).catch(() => undefined);
  }
}

function splitPath(path: string): { readonly parent: string; readonly name: string | undefined } {
  const names = namesOf(path);
  const parents = names.slice(0, -1);
  return { parent: parents.length === 0 ? rootPath : parents.join('/'), name: names.at(-1) };
}

function pathIn(folder: Folder, name: string): string {
  return folder.shown === '.' ? name : `${folder.shown}/${name}`;
}
