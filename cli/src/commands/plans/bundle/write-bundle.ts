import { lstat, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { BundleFile } from './render-bundle.ts';

/** Writes the files below `folder`, which must be new or empty unless `force`. What is written over is replaced, never followed: no link in the folder leads what is written elsewhere. */
export async function writeBundle(folder: string, files: readonly BundleFile[], force: boolean): Promise<Settled<null>> {
  try {
    await mkdir(folder, { recursive: true });
    if (!force && (await readdir(folder)).length > 0)
      return refuse('already-exists', `${folder} is not empty. Name another folder with --to, or write over what is there with --force.`, { folder });
    for (const file of files) {
      const written = await writeOne(folder, file);
      if (!written.ok) return written;
    }
    return done(null);
  } catch (error) {
    return refuse('failed', `${folder} cannot be written: ${String(error)}. Name another folder with --to.`, { folder });
  }
}

async function writeOne(folder: string, { path: below, content }: BundleFile): Promise<Settled<null>> {
  const parts = below.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const at = path.join(folder, ...parts.slice(0, depth));
    await mkdir(at).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    if (!(await lstat(at)).isDirectory())
      return refuse(
        'outside-workspace',
        `${at} is no folder of the report: a link or a file is in its place. Take it away, or name another folder with --to.`,
        { path: at },
      );
  }
  const file = path.join(folder, ...parts);
  await rm(file, { force: true });
  await writeFile(file, content, { flag: 'wx' });
  return done(null);
}
