/** What a task had on this machine goes when it is archived: the folders of its runs, and its workspace as far as nothing in it would be lost. */
import type { BoardStore } from '@guildhall/board';
import type { RunFolders } from '../dispatcher/run-folder.ts';
import type { JournalTail } from '../journal-tail.ts';
import { createQueue } from '../one-at-a-time.ts';
import type { Workspaces } from '../workspaces/workspaces.ts';
import type { Repeating } from './repeat.ts';

export function archivedTaskLeaves(deps: {
  readonly board: BoardStore;
  readonly tail: JournalTail;
  readonly folders: RunFolders;
  readonly workspaces: Workspaces;
  readonly onFault: (error: unknown) => void;
}): Repeating {
  const inOrder = createQueue();
  const leave = async (id: string) => {
    const facts = await deps.board.readTaskDetail(id);
    if (facts?.task.status !== 'archived') return;
    for (const run of facts.runs) await deps.folders.remove(run.id);
    await deps.workspaces.close(facts.task);
  };
  const leaveLater = (id: string) => void inOrder('leaving', () => leave(id)).catch(deps.onFault);
  const stopListening = deps.tail.on(['task.archived'], ({ data }) => {
    if (typeof data?.['task'] === 'string') leaveLater(data['task']);
  });
  // What was archived while no daemon of this home listened.
  void deps.workspaces.list().then((tasks) => {
    for (const task of tasks) leaveLater(task);
  }, deps.onFault);
  return {
    async stop() {
      stopListening();
      await inOrder('leaving', async () => {});
    },
  };
}
