import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Settled, done, refuse } from '@guildhall/protocol';
import { extract, type Header } from 'tar-stream';
import type { Crate } from './crate.ts';

/** With the headers of every entry that is let in; what unpacks to more is cut there. */
const mostUnpacked = 16 * 1024 * 1024;

/** Reads a tar, packed by gzip or not, into a crate. */
export async function unpackTar(file: string, isPacked: boolean, crate: Crate): Promise<Settled<null>> {
  const entries = extract();
  const source = createReadStream(file);
  const flowing = isPacked ? pipeline(source, createGunzip(), cutAt(mostUnpacked), entries) : pipeline(source, cutAt(mostUnpacked), entries);
  // Heard below; said here so that an early end is no unhandled one.
  flowing.catch(() => undefined);
  try {
    for await (const entry of entries) {
      const added = await addEntry(entry.header, entry, crate);
      if (!added.ok) return added;
      entry.resume();
    }
    await flowing;
    return done(null);
  } catch (error) {
    if (error instanceof TooMuch) return refuse('too-large', `the archive unpacks to more than ${mostUnpacked} bytes`);
    return refuse('invalid-input', `the archive cannot be read: ${error instanceof Error ? error.message.slice(0, 200) : 'it is damaged'}`);
  } finally {
    source.destroy();
    entries.destroy();
  }
}

async function addEntry({ name, type, mode }: Header, content: AsyncIterable<unknown>, crate: Crate): Promise<Settled<null>> {
  if ((mode & 0o6000) !== 0) return refuse('invalid-input', `the archive would give ${JSON.stringify(name.slice(0, 120))} the rights of another user (setuid)`);
  if (type === 'directory') return crate.addFolder(name);
  if (type === 'file' || type === 'contiguous-file') return crate.addFile(name, content);
  return refuse('invalid-input', `the archive holds a ${type} (${JSON.stringify(name.slice(0, 120))}); a skill has plain files and folders only`);
}

class TooMuch extends Error {}

function cutAt(most: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      bytes += chunk.length;
      if (bytes > most) next(new TooMuch());
      else next(null, chunk);
    },
  });
}
