/** Boards of other programs, taken over part by part. Importing again adds what is new. */
import { isAbsolute } from 'node:path';
import { rootProvenance } from '@guildhall/authority';
import { Fault, done, refuse, type ImportReport, type ImportRequest, type Settled } from '@guildhall/protocol';
import { openForeignBoard, type ForeignBoard } from '@guildhall/store';
import type { BoardOperations } from '../../board-operations.ts';
import type { BoardDeps } from './board-deps.ts';
import { mayAsk, whoIs } from './who-may.ts';

type ImportDeps = Pick<BoardDeps, 'store' | 'clock' | 'ids' | 'credentials' | 'databaseFile' | 'chainLimits'>;

/** Things left out that are named one by one. */
const mostNamed = 500;
const keysAtOnce = 500;

export function importOperations(deps: ImportDeps): Pick<BoardOperations, 'importBoard'> {
  return {
    async importBoard(board, request, by) {
      const who = whoIs(by, deps.credentials);
      const allowed = mayAsk(who, 'import');
      if (!allowed.ok) return allowed;
      const known = (await deps.store.listBoards()).some(({ name }) => name === board);
      if (!known) return refuse('not-found', `there is no board "${board}"; make it with: guildhall kanban boards create ${board}`, { board });
      if (!isAbsolute(request.path))
        return refuse('invalid-input', `${request.path} says not from where; give the whole path on the machine of the daemon`, { path: request.path });
      const opened = await openForeignBoard({
        format: request.format,
        file: request.path,
        own: deps.databaseFile,
        ids: deps.ids,
        now: deps.clock.now(),
        provenanceOf: (task) =>
          rootProvenance({ id: deps.ids.next('root'), origin: who.actor, trust: 'peer', via: 'task', ref: task, limits: deps.chainLimits() }),
      });
      if (!opened.ok) return opened;
      try {
        return await takeOver(deps, board, { request, foreign: opened.value, actor: who.actor });
      } finally {
        await opened.value.close();
      }
    },
  };
}

interface Import {
  readonly request: ImportRequest;
  readonly foreign: ForeignBoard;
  readonly actor: string;
}

async function takeOver({ store }: ImportDeps, board: string, { request, foreign, actor }: Import): Promise<Settled<ImportReport>> {
  const present = new Set<string>();
  for (let from = 0; from < foreign.keys.length; from += keysAtOnce)
    for (const key of await store.findImported(board, foreign.format, foreign.keys.slice(from, from + keysAtOnce))) present.add(key);
  const coming = foreign.without(present);
  const report = (imported: Readonly<Record<string, number>>) =>
    done({ format: foreign.format, dryRun: request.dryRun, found: { ...foreign.found }, imported: { ...imported }, skipped: named(foreign.skipped) });
  if (request.dryRun) return report(coming);
  const total: Record<string, number> = Object.fromEntries(Object.keys(coming).map((kind) => [kind, 0]));
  try {
    for await (const part of foreign.parts(present)) {
      const imported = await store.importTasks(board, part, actor);
      if (!imported.ok) return imported;
      for (const [kind, count] of Object.entries(imported.value.imported)) total[kind] = (total[kind] ?? 0) + count;
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'foreign-board') throw error;
    return refuse('invalid-input', `${error.message}. ${total['tasks'] ?? 0} tasks came over before it; import again once the file is mended`, {
      file: request.path,
    });
  }
  return report(total);
}

function named(skipped: ForeignBoard['skipped']): ImportReport['skipped'] {
  const first = skipped.slice(0, mostNamed).map(({ what, reason }) => ({ what, reason }));
  const rest = skipped.length - first.length;
  return rest === 0 ? first : [...first, { what: `${rest} more`, reason: 'for reasons like these' }];
}
