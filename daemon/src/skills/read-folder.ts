/** The files of a folder, within limits and without following a link. Anything but plain files and folders is refused. */
import { constants } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Settled, done, refuse } from '@guildhall/protocol';
import { codeOf } from '../system-error.ts';

export interface FileContent {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: Buffer;
}

export const folderLimits = { files: 200, bytes: 2 * 1024 * 1024, depth: 8, entries: 1000 } as const;

interface Count {
  files: number;
  entries: number;
  bytes: number;
}

/** In the order of their paths. `not-found` when there is no such folder; `too-large` beyond the limits; `invalid-input` for links, devices and odd names. */
export async function readFolder(folder: string): Promise<Settled<readonly FileContent[]>> {
  try {
    const files = await readInto(folder, '', 0, { files: 0, entries: 0, bytes: 0 });
    return files.ok ? done(files.value.toSorted((a, b) => (a.path < b.path ? -1 : 1))) : files;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('not-found', `there is no folder ${folder}`);
    if (code === '') throw error;
    return refuse('invalid-input', `${folder} cannot be read (${code})`);
  }
}

async function readInto(root: string, path: string, depth: number, count: Count): Promise<Settled<readonly FileContent[]>> {
  if (depth > folderLimits.depth) return refuse('too-large', `folders nest deeper than ${folderLimits.depth}`);
  if (!(await lstat(join(root, path))).isDirectory()) return refuse(path === '' ? 'not-found' : 'invalid-input', `${path === '' ? root : path} is no folder`);
  const files: FileContent[] = [];
  for await (const entry of await opendir(join(root, path))) {
    const inside = path === '' ? entry.name : `${path}/${entry.name}`;
    count.entries++;
    if (count.entries > folderLimits.entries) return refuse('too-large', `there are more than ${folderLimits.entries} entries`);
    if (/\p{Cc}/u.test(entry.name)) return refuse('invalid-input', `the name ${JSON.stringify(inside)} has a control character`);
    if (entry.isDirectory()) {
      const below = await readInto(root, inside, depth + 1, count);
      if (!below.ok) return below;
      files.push(...below.value);
      continue;
    }
    if (!entry.isFile()) return refuse('invalid-input', `${inside} is a link or a special file; a skill has plain files only`);
    const bytes = await readPlainFile(root, inside, count);
    if (!bytes.ok) return bytes;
    files.push({ path: inside, bytes: bytes.value });
  }
  return done(files);
}

async function readPlainFile(root: string, path: string, count: Count): Promise<Settled<Buffer>> {
  count.files++;
  if (count.files > folderLimits.files) return refuse('too-large', `there are more than ${folderLimits.files} files`);
  const handle = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) return refuse('invalid-input', `${path} is no plain file`);
    const left = folderLimits.bytes - count.bytes;
    if (found.size > left) return tooManyBytes();
    const buffer = Buffer.alloc(Math.min(found.size, left) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0) break;
      if (length === buffer.length) return refuse('invalid-input', `${path} grew while it was read`);
    }
    count.bytes += length;
    return done(buffer.subarray(0, length));
  } finally {
    await handle.close();
  }
}

function tooManyBytes(): Settled<never> {
  return refuse('too-large', `its files have more than ${folderLimits.bytes} bytes together`);
}
