/** Branch → diff → pull request, for the tasks that work in a worktree. */
import type { BoardStore, Task } from '@guildhall/board';
import { done, refuse, type DiffView, type PullRequestRequest, type PullRequestView, type Settled } from '@guildhall/protocol';
import { isPlainName, type Git } from './git.ts';
import type { PullRequestPort } from './pull-requests.ts';
import { diffWorktree, mergeBase } from './worktree-diff.ts';
import { readOrigin, type Origin } from './worktree.ts';
import type { Workspaces } from './workspaces.ts';

export interface TaskWorktrees {
  diffTask(task: string): Promise<Settled<DiffView>>;
  openPullRequest(task: string, request: PullRequestRequest, actor: string): Promise<Settled<PullRequestView>>;
}

interface WorktreeDeps {
  readonly board: BoardStore;
  readonly git: Git;
  readonly workspaces: Workspaces;
  readonly pullRequests: PullRequestPort;
}

export function taskWorktrees(deps: WorktreeDeps): TaskWorktrees {
  return {
    async diffTask(id) {
      const found = await findWorktree(deps, id);
      return found.ok ? diffWorktree(deps.git, found.value.origin, deps.workspaces.ownFolder(found.value.task)) : found;
    },
    async openPullRequest(id, request, actor) {
      const found = await findWorktree(deps, id);
      return found.ok ? openPullRequest(deps, found.value, request, actor) : found;
    },
  };
}

interface Found {
  readonly task: Task;
  readonly origin: Origin;
}

async function findWorktree({ board, workspaces }: WorktreeDeps, id: string): Promise<Settled<Found>> {
  const task = await board.readTask(id);
  if (task === undefined) return refuse('not-found', `there is no task "${id.slice(0, 80)}"`, { task: id });
  if (task.workspace.kind !== 'worktree')
    return refuse('wrong-state', `task ${id} works in a ${task.workspace.kind} workspace; only a task with a worktree has a branch to compare`, { task: id });
  const origin = await readOrigin(workspaces.ownFolder(task));
  if (origin === undefined)
    return refuse('wrong-state', `the worktree of task ${id} is not there: it is made with the first run on this machine`, { task: id });
  return done({ task, origin });
}

async function openPullRequest({ board, git, pullRequests }: WorktreeDeps, { task, origin }: Found, asked: PullRequestRequest, actor: string) {
  const { repository, branch, base } = origin;
  const { remote } = asked;
  if (!isPlainName(remote) || !(await hasRemote(git, repository, remote)))
    return refuse('invalid-input', `${repository} has no remote "${remote}"; add one with: git remote add`, { remote });
  const head = await newCommit(git, origin);
  if (!head.ok) return head;
  const pushed = await git(repository, ['push', '--quiet', remote, `refs/heads/${branch}:refs/heads/${branch}`]);
  if (!pushed.ok) return refuse('upstream-failed', `${branch} could not be pushed to ${remote}: ${pushed.refusal.message}`);
  const title = asked.title ?? task.title;
  const body = asked.body ?? (await lastSummary(board, task));
  const opened = await pullRequests.open({ repository, remote, branch, base, head: head.value, title, body, task: task.id });
  if (!opened.ok) return refuse('upstream-failed', `the pull request could not be opened: ${opened.refusal.message}`);
  const view = { ...opened.value, branch, base, remote };
  const noted = await board.annotateTask(task.id, { pullRequest: view }, actor);
  return noted.ok ? done(view) : noted;
}

async function hasRemote(git: Git, repository: string, remote: string): Promise<boolean> {
  const found = await git(repository, ['remote']);
  return found.ok && found.value.split('\n').includes(remote);
}

/** The commit the branch is at, when it has any of its own. */
async function newCommit(git: Git, origin: Origin): Promise<Settled<string>> {
  const head = await git(origin.repository, ['rev-parse', '--verify', '--end-of-options', `refs/heads/${origin.branch}`]);
  if (!head.ok) return head;
  const commits = await git(origin.repository, ['rev-list', '--count', `${await mergeBase(git, origin)}..refs/heads/${origin.branch}`]);
  if (!commits.ok) return commits;
  if (commits.value.trim() === '0')
    return refuse('wrong-state', `${origin.branch} has no commit that ${origin.base} has not; commit the work in the worktree first`);
  return done(head.value.trim());
}

/** What the last run that finished says it did. */
async function lastSummary(board: BoardStore, task: Task): Promise<string> {
  const facts = await board.readTaskDetail(task.id);
  return facts?.runs.findLast(({ summary }) => summary !== '')?.summary ?? task.body;
}
