/** The board behind the doors, put together. */
import type { BoardOperations } from '../../board-operations.ts';
import type { BoardDeps } from './board-deps.ts';
import { claimOperations } from './claims.ts';
import { importOperations } from './import.ts';
import { laneOperations } from './lanes.ts';
import { boardReads, taskOperations } from './tasks.ts';
import { worktreeOperations } from './worktrees.ts';

export function boardOperations(deps: BoardDeps): BoardOperations {
  return {
    ...boardReads(deps),
    ...taskOperations(deps),
    ...claimOperations(deps),
    ...laneOperations(deps),
    ...importOperations(deps),
    ...worktreeOperations(deps),
  };
}
