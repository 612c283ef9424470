/** What was changed in the worktree of a task, and asking for it to be merged. */
import type { BoardOperations } from '../../board-operations.ts';
import type { BoardDeps } from './board-deps.ts';
import { mayAsk, whoIs } from './who-may.ts';

export function worktreeOperations({ worktrees, credentials }: BoardDeps): Pick<BoardOperations, 'diffTask' | 'openPullRequest'> {
  return {
    diffTask: worktrees.diffTask,
    async openPullRequest(task, request, by) {
      const who = whoIs(by, credentials);
      const allowed = mayAsk(who, 'open-pull-request');
      return allowed.ok ? worktrees.openPullRequest(task, request, who.actor) : allowed;
    },
  };
}
