/** Installs a skill into the staging place, where it is inert: read whole into a fresh folder, looked at, and moved to its name. After a refusal nothing is left behind. */
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Ids } from '@guildhall/kernel';
import { type Settled, done, refuse } from '@guildhall/protocol';
import type { FoundSkill } from '@guildhall/skills';
import { createCrate } from './crate.ts';
import { type FileContent, readFolder } from './read-folder.ts';
import { nameOfSkill, readSkill } from './read-skill.ts';
import { stagingPlace, stagingRoot } from './skill-places.ts';
import { unpackTar } from './unpack-tar.ts';
import { unpackZip } from './unpack-zip.ts';
import { codeOf } from '../system-error.ts';

export interface StagingParts {
  readonly home: string;
  readonly ids: Ids;
}

const mostArchive = 16 * 1024 * 1024;
/** Folders under way begin with it; what a crash left is removed at the next start. */
const underWay = '.fresh-';

/** `path` is a folder or an archive on this machine. An earlier staged one of the name makes way; an approved one is not touched. */
export async function stageSkill(parts: StagingParts, path: string, scope: string): Promise<Settled<FoundSkill>> {
  const fresh = join(stagingRoot(parts.home), `${underWay}${parts.ids.next('skill')}`);
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  try {
    const files = await bringIn(path, join(fresh, 'unpacked'));
    if (!files.ok) return files;
    const name = nameOfSkill(files.value);
    if (!name.ok) return name;
    const place = stagingPlace(parts.home, scope);
    const ready = join(fresh, 'ready');
    await writeFiles(ready, files.value);
    const read = await readSkill(ready, name.value, place.scope);
    if (!read.ok) return read;
    if (read.value.problem !== '') return refuse('invalid-input', `${name.value} cannot be staged: ${read.value.problem}`);
    const folder = join(place.folder, name.value);
    await mkdir(place.folder, { recursive: true, mode: 0o700 });
    await rm(folder, { recursive: true, force: true });
    await rename(ready, folder);
    return done({ ...read.value, folder });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Puts files where nothing is yet. */
export async function writeFiles(folder: string, files: readonly FileContent[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    await writeFile(join(folder, path), bytes, { flag: 'wx', mode: 0o600 });
  }
}

async function bringIn(path: string, unpacked: string): Promise<Settled<readonly FileContent[]>> {
  if (!isAbsolute(path))
    return refuse('invalid-input', `"${path.slice(0, 200)}" is no whole path; name the folder or archive from the root, on the machine of the daemon`);
  const found = await stat(path).catch((error: unknown) => codeOf(error));
  if (typeof found === 'string') return refuse('not-found', `there is nothing to be read at ${path.slice(0, 200)} (${found})`);
  if (found.isDirectory()) return readFolder(path);
  if (!found.isFile()) return refuse('invalid-input', `${path.slice(0, 200)} is neither a folder nor an archive`);
  if (found.size > mostArchive) return refuse('too-large', `the archive has ${found.size} bytes, more than ${mostArchive}`);
  await mkdir(unpacked, { mode: 0o700 });
  const taken = await unpack(path, unpacked, found.size);
  return taken.ok ? readUnpacked(unpacked) : taken;
}

/** What an archive is, it says itself in its first bytes. */
async function unpack(path: string, into: string, bytes: number): Promise<Settled<null>> {
  const crate = createCrate(into, bytes);
  const head = Buffer.alloc(265);
  await using handle = await open(path, 'r');
  await handle.read(head, 0, head.length, 0);
  if (head.subarray(0, 2).toString('latin1') === 'PK') return await unpackZip(path, crate);
  if (head[0] === 0x1f && head[1] === 0x8b) return await unpackTar(path, true, crate);
  if (head.subarray(257, 262).toString('latin1') === 'ustar') return await unpackTar(path, false, crate);
  return refuse('invalid-input', `${path.slice(0, 200)} is neither a folder nor a .zip, .tar or .tar.gz`);
}

/** The skill lies at the top, or in the one folder there is. */
async function readUnpacked(folder: string): Promise<Settled<readonly FileContent[]>> {
  const files = await readFolder(folder);
  if (!files.ok || files.value.some(({ path }) => path === 'SKILL.md')) return files;
  const [top, ...others] = [...new Set(files.value.map(({ path }) => path.split('/')[0] ?? ''))];
  if (top === undefined || others.length > 0 || files.value.some(({ path }) => !path.includes('/')))
    return refuse('invalid-input', 'the archive has no SKILL.md at its top, nor in a single folder');
  return readFolder(join(folder, top));
}

/** Removes what a crash left half unpacked. */
export async function clearStaging(home: string): Promise<void> {
  const names = await readdir(stagingRoot(home)).catch(() => []);
  for (const name of names) if (name.startsWith(underWay)) await rm(join(stagingRoot(home), name), { recursive: true, force: true });
}
