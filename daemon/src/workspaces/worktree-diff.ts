/** What has become of a worktree since it left its base: commits, changes that are not committed, and files git does not know yet. The worktree itself is not touched. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { done, type DiffView, type Settled } from '@guildhall/protocol';
import type { Git } from './git.ts';
import { isFolder, type Origin } from './worktree.ts';

const mostTextBytes = 1_000_000;
/** No program that a repository names turns the text into something else. */
const asItIs = ['--no-ext-diff', '--no-textconv', '--no-color', '--src-prefix=a/', '--dst-prefix=b/'];

export async function diffWorktree(git: Git, from: Origin, path: string): Promise<Settled<DiffView>> {
  if (!(await isFolder(path))) return describe(git, from, from.repository, [await mergeBase(git, from), from.branch]);
  const scratch = await mkdtemp(join(tmpdir(), 'guildhall-diff-'));
  try {
    const indexFile = join(scratch, 'index');
    const everything = await indexEverything(git, path, indexFile);
    return everything.ok ? await describe(git, from, path, ['--cached', await mergeBase(git, from)], indexFile) : everything;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Where the branch left its base, also after the base was merged into it; the commit it began from when the base is gone. */
export async function mergeBase(git: Git, from: Origin): Promise<string> {
  const found = await git(from.repository, ['merge-base', '--end-of-options', from.base, from.branch]);
  return found.ok ? found.value.trim() : from.commit;
}

/** An index of our own with all that is in the folder, begun from a copy of the worktree's, which knows what has not changed. */
async function indexEverything(git: Git, path: string, indexFile: string): Promise<Settled<string>> {
  const own = await git(path, ['rev-parse', '--git-path', 'index']);
  if (!own.ok) return own;
  const file = own.value.trim();
  await copyFile(isAbsolute(file) ? file : join(path, file), indexFile).catch(() => undefined);
  return git(path, ['add', '--all'], { indexFile });
}

async function describe(git: Git, from: Origin, folder: string, range: readonly string[], indexFile?: string): Promise<Settled<DiffView>> {
  const index = indexFile === undefined ? {} : { indexFile };
  const counted = await git(folder, ['diff', '--numstat', ...asItIs, ...range, '--'], index);
  if (!counted.ok) return counted;
  const text = await git(folder, ['diff', ...asItIs, ...range, '--'], { ...index, mostBytes: mostTextBytes + 1 });
  if (!text.ok) return text;
  const cut = Buffer.byteLength(text.value) > mostTextBytes;
  const counts = counted.value.split('\n').filter((line) => line !== '');
  const sum = (column: number) => counts.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0);
  return done({
    branch: from.branch,
    base: from.base,
    files: counts.length,
    insertions: sum(0),
    deletions: sum(1),
    text: cut ? text.value.slice(0, text.value.lastIndexOf('\n') + 1) : text.value,
    cut,
  });
}
