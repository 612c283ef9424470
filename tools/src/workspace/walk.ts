/** Goes through the folders of a workspace without following links, in the order of names. */
import { opendir } from 'node:fs/promises';
import type { Settled } from '@guildhall/protocol';
import type { Folder } from './folder.ts';
import type { Workspace } from './workspace.ts';

export interface Entry {
  /** Parsed path below the workspace. */
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
  /** The open folder that holds it; good until the walk moves on. */
  readonly folder: Folder;
}

export interface WalkOptions {
  /** Says whether to go into a folder. */
  readonly enter?: (entry: Entry) => boolean;
  readonly signal?: AbortSignal;
  /** Ends the walk after so many entries; `cut` of the report says that it did. */
  readonly mostEntries: number;
}

export interface WalkReport {
  entries: number;
  cut: boolean;
}

/** Folders nested deeper are not entered: each level of a walk holds a folder open. */
const mostDepth = 64;

/** Calls `visit` for every file and folder below `path`; symbolic links, pipes, sockets and devices are visited as `other` and never opened. `visit` ends the walk with `false`. */
export async function walkWorkspace(
  workspace: Workspace,
  path: string,
  options: WalkOptions,
  visit: (entry: Entry) => Promise<boolean | void>,
): Promise<Settled<WalkReport>> {
  const opened = await workspace.openFolder(path);
  if (!opened.ok) return opened;
  const report: WalkReport = { entries: 0, cut: false };
  await using folder = opened.value;
  await walkFolder(folder, options, visit, report, 0);
  return { ok: true, value: report };
}

async function walkFolder(
  folder: Folder,
  options: WalkOptions,
  visit: (entry: Entry) => Promise<boolean | void>,
  report: WalkReport,
  depth: number,
): Promise<boolean> {
  for (const { name, kind } of await readNames(folder, options.mostEntries - report.entries, report)) {
    if (options.signal?.aborted === true) return false;
    if (report.entries >= options.mostEntries) {
      report.cut = true;
      return false;
    }
    report.entries += 1;
    const entry: Entry = { path: folder.shown === '.' ? name : `${folder.shown}/${name}`, name, kind, folder };
    if ((await visit(entry)) === false) return false;
    if (kind !== 'folder' || options.enter?.(entry) === false) continue;
    if (depth >= mostDepth) {
      report.cut = true;
      continue;
    }
    const inner = await folder.open(name);
    if (!inner.ok) continue;
    await using child = inner.value;
    if (!(await walkFolder(child, options, visit, report, depth + 1))) return false;
  }
  return true;
}

/** The names in an open folder, at most `most`. */
export async function readNames(folder: Folder, most: number, report: Pick<WalkReport, 'cut'>): Promise<readonly { name: string; kind: Entry['kind'] }[]> {
  const names: { name: string; kind: Entry['kind'] }[] = [];
  const reader = await opendir(folder.self, { bufferSize: 1024 }).catch(() => null);
  if (reader === null) return names;
  for await (const found of reader) {
    if (names.length >= most) {
      report.cut = true;
      break;
    }
    names.push({ name: found.name, kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other' });
  }
  return names.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
