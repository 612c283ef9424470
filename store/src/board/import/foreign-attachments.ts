/**
 * Files that belong to a foreign board. Only what lies in the board's own attachment folders is read, links resolved: a row of a foreign database must not be able to fetch any other file of
 * this machine.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import type { NewAttachment } from '@guildhall/board';
import { sha256 } from '@guildhall/kernel';
import { done, refuse, type Settled } from '@guildhall/protocol';
import type { Skipped } from './foreign-board.ts';
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

export interface FoundFile<A extends ForeignAttachment = ForeignAttachment> {
  readonly attachment: A;
  /** Its real path. */
  readonly file: string;
}

interface ForeignFiles<A extends ForeignAttachment = ForeignAttachment> {
  readonly byTask: ReadonlyMap<string, readonly FoundFile<A>[]>;
  /** What cannot be taken over, and why. */
  readonly skipped: readonly Skipped[];
  /** Found or not. */
  readonly count: number;
}

export async function findFiles<A extends ForeignAttachment>(
  wanted: readonly { readonly task: string; readonly attachment: A }[],
  folders: readonly string[],
): Promise<ForeignFiles<A>> {
  const byTask = new Map<string, FoundFile<A>[]>();
  const skipped: Skipped[] = [];
  for (const { task, attachment } of wanted) {
    const found = await findAttachment(attachment, folders);
    if (found.ok) byTask.set(task, [...(byTask.get(task) ?? []), { attachment, file: found.value }]);
    else skipped.push({ what: `attachment ${attachment.name} of ${task}`, reason: found.refusal.message });
  }
  return { byTask, skipped, count: wanted.length };
}

/** The real path of the file. */
async function findAttachment(attachment: ForeignAttachment, folders: readonly string[]): Promise<Settled<string>> {
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
    sha256: sha256(bytes),
    author: attachment.author,
  };
}
