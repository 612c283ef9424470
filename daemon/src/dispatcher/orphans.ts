/** Workers of this home whose claim is over, left by a daemon that did not live to end them. */
import { killCarriers, signalGroup } from './process-mark.ts';
import { lookAtWorker, type RunFolders } from './run-folder.ts';
import { runVariable } from './worker-environment.ts';

/** Ends every worker that lives and whose run is not among `live`. */
export async function endOrphans(folders: RunFolders, live: ReadonlySet<string>): Promise<void> {
  for (const run of await folders.list()) {
    if (live.has(run)) continue;
    const found = await lookAtWorker(folders.pathOf(run));
    if (found.kind !== 'known' || found.state.kind !== 'alive') continue;
    signalGroup(found, 'SIGKILL');
    killCarriers(runVariable(run));
  }
}
