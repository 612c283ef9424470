/** What was changed in the worktree of a task, and asking for it to be merged. */
import { refuse } from '@guildhall/protocol';
import type { BoardOperations } from '../../board-operations.ts';

export function worktreeOperations(): Pick<BoardOperations, 'diffTask' | 'openPullRequest'> {
  return {
    diffTask: async () => refuse('not-available', 'This daemon keeps no worktrees yet.'),
    openPullRequest: async () => refuse('not-available', 'This daemon keeps no worktrees yet.'),
  };
}
