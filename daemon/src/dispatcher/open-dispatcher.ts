/** The dispatcher of this home, joined to what it starts: programs for lanes with a command, turns for agents. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { claimToken, type LaneRunner } from '@guildhall/board';
import type { Ids } from '@guildhall/kernel';
import type { SessionRunner } from '@guildhall/sessions';
import { archivedTaskLeaves } from '../flows/archived-task-leaves.ts';
import type { Repeating } from '../flows/repeat.ts';
import { type TaskTurnDeps, watchTurn } from '../flows/task-opens-turn.ts';
import type { Foundation } from '../foundation.ts';
import type { JournalTail } from '../journal-tail.ts';
import { acceptAsRole } from '../roles/mending-run.ts';
import type { Roles } from '../roles/role-catalogue.ts';
import type { Team } from '../team.ts';
import { createGit } from '../workspaces/git.ts';
import { plainRemotePullRequests } from '../workspaces/plain-remote.ts';
import { taskWorktrees, type TaskWorktrees } from '../workspaces/task-worktree.ts';
import { createWorkspaces, type Workspaces } from '../workspaces/workspaces.ts';
import { startDispatcher } from './dispatcher.ts';
import type { HeldRun } from './held-run.ts';
import { endOrphans } from './orphans.ts';
import { runFolders } from './run-folder.ts';
import { watchWorker } from './watch-worker.ts';
import { codeOf } from '../system-error.ts';

export interface DispatcherParts {
  readonly home: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly foundation: Foundation;
  readonly tail: JournalTail;
  readonly team: Team;
  readonly runner: SessionRunner;
  readonly workspaces: Workspaces;
  readonly roles: () => Roles;
  /** Where workers reach the daemon. */
  readonly url: string;
  readonly onFault: (error: unknown) => void;
}

export async function openDispatcher(parts: DispatcherParts): Promise<Repeating> {
  const { home, variables, foundation, tail, team, runner, workspaces, url, onFault } = parts;
  const { clock, ids, store, config, installationKey } = foundation;
  const board = store.board;
  const folders = runFolders(home);
  const tokenOf = (run: HeldRun['run']) => claimToken(installationKey, run);
  const worker = { board, clock, folders, workspaces, variables, url: () => url, tokenOf, countLimited: countInARow(), onFault };
  const { policyOf } = team.directory;
  const mending = { roleStore: store.roles, roles: parts.roles, ids, policyOf, maxQueued: () => config.current().limits.queuedMessages };
  const asRole: TaskTurnDeps['acceptAsRole'] = (facts, run, agent) => acceptAsRole(mending, facts, run, agent);
  const turn = { board, store: store.sessions, runner: () => runner, tail, clock, ids, policyOf, acceptAsRole: asRole, onFault };
  const watch = (held: HeldRun, by: LaneRunner) => (by.kind === 'command' ? watchWorker(worker, held, by) : watchTurn(turn, held, by.agent));
  const leaving = archivedTaskLeaves({ board, tail, folders, workspaces, onFault });
  const dispatcher = await startDispatcher({
    board,
    tail,
    clock,
    ids,
    dispatcherId: await dispatcherId(home, ids),
    installationKey,
    watch,
    endOrphans: (live) => endOrphans(folders, live),
    onFault,
  });
  return {
    async stop() {
      await leaving.stop();
      await dispatcher.stop();
    },
  };
}

export interface WorkPlaces {
  readonly workspaces: Workspaces;
  readonly worktrees: TaskWorktrees;
}

/** Workspaces of tasks, and what can be asked of those that are worktrees. */
export function openWorkPlaces(home: string, variables: Readonly<Record<string, string>>, { clock, store }: Foundation): WorkPlaces {
  const git = createGit(variables);
  const workspaces = createWorkspaces(home, git);
  return { workspaces, worktrees: taskWorktrees({ board: store.board, git, workspaces, pullRequests: plainRemotePullRequests(git, clock) }) };
}

/** Runs of a lane that were limited, in a row; forgotten when the daemon stops. */
function countInARow(): (lane: string, limited: boolean) => number {
  const counts = new Map<string, number>();
  return (lane, limited) => {
    const count = limited ? (counts.get(lane) ?? 0) + 1 : 0;
    if (count === 0) counts.delete(lane);
    else counts.set(lane, count);
    return count;
  };
}

/** Stays the same for a home, whatever the machine is called, so that the daemon knows its claims again. */
async function dispatcherId(home: string, ids: Ids): Promise<string> {
  const file = join(home, 'kanban', 'dispatcher-id');
  await mkdir(join(home, 'kanban'), { recursive: true, mode: 0o700 });
  await writeFile(file, ids.next('disp'), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
  return (await readFile(file, 'utf8')).trim();
}
