/** The board behind the doors. */
import { refuse } from '@guildhall/protocol';
import type { BoardOperations } from '../../board-operations.ts';
import { importOperations } from './import.ts';
import { worktreeOperations } from './worktrees.ts';

export function boardOperations(): BoardOperations {
  const later = async () => refuse('not-available', 'This daemon has no board yet.');
  return {
    listBoards: async () => [],
    createBoard: later,
    readBoard: later,
    listTasks: later,
    readTask: later,
    createTask: later,
    changeTask: later,
    specifyTask: later,
    linkTasks: later,
    unlinkTasks: later,
    unblockTask: later,
    reviewTask: later,
    reclaimTask: later,
    archiveTask: later,
    claim: later,
    heartbeat: later,
    complete: later,
    block: later,
    release: later,
    comment: later,
    attach: later,
    readAttachment: later,
    annotate: later,
    listLanes: async () => [],
    readLane: later,
    registerLane: later,
    unregisterLane: later,
    rotateLaneToken: later,
    drainLane: later,
    resumeLane: later,
    parkLane: later,
    readLaneEvents: later,
    ...importOperations(),
    ...worktreeOperations(),
  };
}
