/**
 * A fresh folder that takes what an archive holds. Only relative names inside it, each once however it is spelled; only plain files and folders; never more than the limits. After a refusal nothing more goes
 * in, and whoever made the folder removes it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, type Settled, done, refuse } from '@guildhall/protocol';
import { folderLimits } from './read-folder.ts';

export interface Crate {
  addFolder(name: string): Promise<Settled<null>>;
  addFile(name: string, content: AsyncIterable<unknown>): Promise<Settled<null>>;
}

const mostName = 400;
/** Beyond the first bytes an archive may grow by this factor; texts do not shrink further. */
const mostRatio = 100;
const freeBytes = 64 * 1024;

export function createCrate(root: string, archiveBytes: number): Crate {
  const taken = new Map<string, { readonly spelled: string; readonly kind: 'file' | 'folder' }>();
  let entries = 0;
  let bytes = 0;
  const take = (name: string, kind: 'file' | 'folder'): Settled<string> => {
    entries++;
    if (entries > folderLimits.entries) return refuse('too-large', `the archive has more than ${folderLimits.entries} entries`);
    const path = safePath(name);
    if (!path.ok) return path;
    const parts = path.value.split('/');
    for (let depth = 1; depth <= parts.length; depth++) {
      const spelled = parts.slice(0, depth).join('/');
      const is = depth === parts.length ? kind : 'folder';
      const before = taken.get(folded(spelled));
      const isSame = before !== undefined && before.spelled === spelled && before.kind === 'folder' && is === 'folder';
      if (before !== undefined && !isSame) return refuse('invalid-input', `the archive names ${shown(spelled)} twice, as ${shown(before.spelled)} too`);
      taken.set(folded(spelled), { spelled, kind: is });
    }
    return path;
  };
  const mayHold = (more: number): Settled<null> => {
    bytes += more;
    if (bytes > folderLimits.bytes) return refuse('too-large', `the archive holds more than ${folderLimits.bytes} bytes`);
    if (bytes > freeBytes + archiveBytes * mostRatio) return refuse('too-large', `the archive grows to more than ${mostRatio} times its size`);
    return done(null);
  };
  return {
    async addFolder(name) {
      if (/^(\.\/?)?$/.test(name)) return done(null);
      const path = take(name, 'folder');
      if (path.ok) await mkdir(join(root, path.value), { recursive: true, mode: 0o700 });
      return path.ok ? done(null) : path;
    },
    async addFile(name, content) {
      const path = take(name, 'file');
      if (!path.ok) return path;
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) {
        if (!(chunk instanceof Uint8Array)) throw new Fault('odd-archive', 'an archive gave something else than bytes');
        const fits = mayHold(chunk.length);
        if (!fits.ok) return fits;
        chunks.push(chunk);
      }
      await mkdir(dirname(join(root, path.value)), { recursive: true, mode: 0o700 });
      await writeFile(join(root, path.value), Buffer.concat(chunks), { mode: 0o600, flag: 'wx' });
      return done(null);
    },
  };
}

function safePath(name: string): Settled<string> {
  const path = name.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  const parts = path.split('/');
  const isOdd = path === '' || path.length > mostName || /[\p{Cc}\p{Cf}\\:]/u.test(path) || !path.isWellFormed();
  if (isOdd || parts.some((part) => part === '' || part === '.' || part === '..' || /[. ]$/.test(part) || Buffer.byteLength(part) > 200))
    return refuse('invalid-input', `the archive names ${shown(name)}, which is no plain name inside it`);
  if (parts.length > folderLimits.depth) return refuse('too-large', `folders in the archive nest deeper than ${folderLimits.depth}`);
  return done(path);
}

/** What file systems may take for the same name. */
function folded(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase();
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 120));
}
