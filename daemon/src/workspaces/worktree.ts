/**
 * A git worktree for each task that asks for one: a folder of its own on a branch of its own. What it began from is written beside it when it is complete, so that a folder without that note
 * is one whose making was cut short, and nobody has worked in it.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { done, refuse, type Settled, type Workspace } from '@guildhall/protocol';
import { z } from 'zod';
import { isPlainName, type Git } from './git.ts';

export type WorktreeRequest = Extract<Workspace, { readonly kind: 'worktree' }>;

const origin = z.strictObject({
  repository: z.string(),
  branch: z.string(),
  /** The branch it began from, or the commit where there was none. */
  base: z.string(),
  /** The commit it began from. */
  commit: z.string(),
});

/** Where a worktree came from. */
export type Origin = z.infer<typeof origin>;

/** Opens the worktree of a task, making it the first time. */
export async function openWorktree(git: Git, task: string, request: WorktreeRequest, path: string): Promise<Settled<string>> {
  const known = await readOrigin(path);
  if (known !== undefined && (await isFolder(path))) return done(path);
  const begin = await chooseOrigin(git, task, request);
  if (!begin.ok) return begin;
  const made = await addWorktree(git, known ?? begin.value, path);
  if (!made.ok) return made;
  await writeFile(`${notePath(path)}.new`, JSON.stringify(known ?? begin.value), { mode: 0o600 });
  await rename(`${notePath(path)}.new`, notePath(path));
  return done(path);
}

export async function readOrigin(path: string): Promise<Origin | undefined> {
  const text = await readFile(notePath(path), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : origin.parse(JSON.parse(text));
}

function notePath(path: string): string {
  return `${path}.origin.json`;
}

async function chooseOrigin(git: Git, task: string, request: WorktreeRequest): Promise<Settled<Origin>> {
  const top = (await isFolder(request.repository)) ? await git(request.repository, ['rev-parse', '--absolute-git-dir']) : undefined;
  if (top?.ok === false && top.refusal.code === 'invalid-input') return top;
  if (top?.ok !== true) return refuse('invalid-input', `${request.repository} is not a git repository on this machine`);
  const branch = request.branch ?? `guildhall/${task}`;
  const named = request.base ?? (await currentBranch(git, request.repository));
  for (const name of [branch, named]) if (!isPlainName(name)) return refuse('invalid-input', `"${name}" is no name of a branch`);
  const commit = await git(request.repository, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${named}^{commit}`]);
  if (!commit.ok)
    return refuse('invalid-input', `${request.repository} has nothing called "${named}" to begin from; make a first commit, or name another base`);
  return done({ repository: request.repository, branch, base: named, commit: commit.value.trim() });
}

async function currentBranch(git: Git, repository: string): Promise<string> {
  const symbolic = await git(repository, ['symbolic-ref', '--short', '--quiet', 'HEAD']);
  if (symbolic.ok) return symbolic.value.trim();
  const detached = await git(repository, ['rev-parse', 'HEAD']);
  return detached.ok ? detached.value.trim() : 'HEAD';
}

/** What lies at the path was left by a making that was cut short, or is missing; a branch that is there already is worked on further. */
async function addWorktree(git: Git, from: Origin, path: string): Promise<Settled<string>> {
  await rm(path, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await git(from.repository, ['worktree', 'prune']);
  const exists = await git(from.repository, ['show-ref', '--verify', '--quiet', `refs/heads/${from.branch}`]);
  const what = exists.ok ? [path, from.branch] : ['-b', from.branch, path, from.commit];
  return git(from.repository, ['worktree', 'add', '--quiet', ...what]);
}

/** Removes a worktree in which nothing is lost: its commits stay on the branch. Answers whether it did. */
export async function removeCleanWorktree(git: Git, path: string): Promise<boolean> {
  const known = await readOrigin(path);
  if (known === undefined) return false;
  if (await isFolder(path)) {
    const changes = await git(path, ['status', '--porcelain', '--untracked-files=normal']);
    if (!changes.ok || changes.value !== '') return false;
    const removed = await git(known.repository, ['worktree', 'remove', path]);
    if (!removed.ok) return false;
  }
  await rm(notePath(path), { force: true });
  return true;
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
