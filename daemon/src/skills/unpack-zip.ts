import { type Settled, done, refuse } from '@guildhall/protocol';
import { type Readable } from 'node:stream';
import { type Entry, type ZipFile, open } from 'yauzl';
import type { Crate } from './crate.ts';
import { folderLimits } from './read-folder.ts';

/** What the high half of an entry's attributes says of its kind, on Unix. */
const kinds = { mask: 0o170000, file: 0o100000, folder: 0o040000, setId: 0o6000 } as const;

/** Reads a zip into a crate, entry by entry. */
export async function unpackZip(file: string, crate: Crate): Promise<Settled<null>> {
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(file);
    if (zip.entryCount > folderLimits.entries) return refuse('too-large', `the archive has ${zip.entryCount} entries, more than ${folderLimits.entries}`);
    for (;;) {
      const entry = await nextEntry(zip);
      if (entry === undefined) return done(null);
      const added = await addEntry(zip, entry, crate);
      if (!added.ok) return added;
    }
  } catch (error) {
    return refuse('invalid-input', `the archive cannot be read: ${error instanceof Error ? error.message.slice(0, 200) : 'it is damaged'}`);
  } finally {
    zip?.close();
  }
}

async function addEntry(zip: ZipFile, entry: Entry, crate: Crate): Promise<Settled<null>> {
  const name = JSON.stringify(entry.fileName.slice(0, 120));
  const mode = entry.externalFileAttributes >>> 16;
  const kind = mode & kinds.mask;
  if (entry.isEncrypted()) return refuse('invalid-input', `${name} in the archive is encrypted`);
  if ((mode & kinds.setId) !== 0) return refuse('invalid-input', `the archive would give ${name} the rights of another user (setuid)`);
  if (kind !== 0 && kind !== kinds.file && kind !== kinds.folder)
    return refuse('invalid-input', `the archive holds a link or a special file (${name}); a skill has plain files and folders only`);
  if (entry.fileName.endsWith('/')) return crate.addFolder(entry.fileName);
  if (kind === kinds.folder) return refuse('invalid-input', `the archive says that ${name} is a folder, and holds it as a file`);
  return crate.addFile(entry.fileName, await openEntry(zip, entry));
}

function openZip(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(file, { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true }, (error, zip) =>
      error === null ? resolve(zip) : reject(error),
    );
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => zip.removeAllListeners('entry').removeAllListeners('end').removeAllListeners('error');
    zip.once('entry', (entry: Entry) => (stop(), resolve(entry)));
    zip.once('end', () => (stop(), resolve(undefined)));
    zip.once('error', (error: Error) => (stop(), reject(error)));
    zip.readEntry();
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error === null ? resolve(stream) : reject(error)));
  });
}
