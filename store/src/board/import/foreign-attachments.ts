/**
 * Files that belong to a foreign board. Only what lies in the board's own attachment folders is read, links resolved: a row of a foreign database must not be able to fetch any other file of
 * this machine.
 */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import type { NewAttachment } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { fileName } from './foreign-words.ts';

/** The most an attachment here may have. */
export const mostAttachmentBytes = 6_000_000;

export interface ForeignAttachment {
  readonly name: string;
  readonly mediaType: string;
  readonly author: string;
  /** Where it may be: absolute, or relative to one of the folders. The first that is there counts. */
  readonly places: readonly string[];
}

/** The real path of the file. */
export async function findAttachment(attachment: ForeignAttachment, folders: readonly string[]): Promise<Settled<string>> {
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  let outside = false;
  for (const place of attachment.places) {
    for (const candidate of isAbsolute(place) ? [place] : folders.map((folder) => join(folder, place))) {
      const real = await realpath(candidate).catch(() => undefined);
      if (real === undefined) continue;
      if (roots.some((root) => root !== undefined && real.startsWith(`${root}${sep}`))) return judge(real);
      outside = true;
    }
  }
  if (outside) return refuse('outside-workspace', `it lies outside the attachments of that board: ${attachment.places[0] ?? ''}`);
  return refuse('not-found', `the file is not there: ${attachment.places[0] ?? ''}`);
}

async function judge(file: string): Promise<Settled<string>> {
  const found = await stat(file);
  if (!found.isFile()) return refuse('invalid-input', `it is not a file: ${file}`);
  if (found.size > mostAttachmentBytes) return refuse('too-large', `it has ${found.size} bytes; an attachment may have ${mostAttachmentBytes}`);
  return done(file);
}

/** Undefined when it went away or grew since it was found. */
export async function readAttachment(id: string, attachment: ForeignAttachment, file: string): Promise<NewAttachment | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || bytes.byteLength > mostAttachmentBytes) return undefined;
  return {
    id,
    name: fileName(attachment.name),
    mediaType: attachment.mediaType.slice(0, 100),
    content: bytes.toString('base64'),
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    author: attachment.author,
  };
}
