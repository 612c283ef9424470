/** Where the work of a task happens. A workspace is made with the first run, kept over all attempts, and removed when its task is archived — a worktree only when nothing in it would be lost. */
import { mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { Task } from '@guildhall/board';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { createQueue } from '../one-at-a-time.ts';
import type { Git } from './git.ts';
import { isFolder, openWorktree, removeCleanWorktree } from './worktree.ts';

export interface Workspaces {
  /** The absolute path; `invalid-input` says what is wrong with what the task asks for. */
  open(task: Task): Promise<Settled<string>>;
  /** The folder of a task that has one of its own, whether it is there or not. */
  ownFolder(task: Pick<Task, 'id'>): string;
  /** Tasks that have a folder. */
  list(): Promise<readonly string[]>;
  /** For an archived task. */
  close(task: Task): Promise<void>;
}

export function createWorkspaces(home: string, git: Git): Workspaces {
  const root = join(home, 'kanban', 'workspaces');
  const inRepository = createQueue();
  const ownFolder = ({ id }: Pick<Task, 'id'>) => join(root, id);

  return {
    ownFolder,
    async open(task) {
      if (!/^[A-Za-z0-9][\w-]*$/u.test(task.id)) return refuse('invalid-input', `the id ${JSON.stringify(task.id)} cannot be the name of a folder`);
      const { workspace } = task;
      if (workspace.kind === 'directory') return openDirectory(home, workspace.path);
      const path = ownFolder(task);
      if (workspace.kind === 'worktree') return inRepository(workspace.repository, () => openWorktree(git, task.id, workspace, path));
      await mkdir(path, { recursive: true, mode: 0o700 });
      return done(path);
    },
    async list() {
      const found = await readdir(root).catch(() => []);
      return found.filter((name) => /^[\w-]+$/u.test(name));
    },
    async close(task) {
      const { workspace } = task;
      if (workspace.kind === 'scratch') await rm(ownFolder(task), { recursive: true, force: true });
      if (workspace.kind === 'worktree') await inRepository(workspace.repository, () => removeCleanWorktree(git, ownFolder(task)));
    },
  };
}

/** As it is, but never the daemon's own home: what lies there is nobody's to work on. */
async function openDirectory(home: string, path: string): Promise<Settled<string>> {
  if (!isAbsolute(path)) return refuse('invalid-input', `the directory "${path}" is not an absolute path`);
  if (!(await isFolder(path))) return refuse('invalid-input', `the directory ${path} does not exist on this machine`);
  const inHome = relative(await realpath(home), await realpath(path));
  if (inHome === '' || !(inHome.startsWith('..') || isAbsolute(inHome)))
    return refuse('invalid-input', `the directory ${path} is inside the home of this daemon`);
  return done(path);
}
