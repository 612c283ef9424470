/**
 * One run of a lane with a program, from the claim to the end of its last process.
 *
 * It looks at the folder of the run: nothing there → makes the workspace and starts the program; a process there, also one that an earlier daemon started → watches it. A claim that is over ends
 * the worker; a worker that is over ends the claim.
 */
import { hashClaimToken, judgeWorker, quotaPauseMs, type BoardStore, type LaneRunner, type WorkerState } from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';
import type { Settled } from '@guildhall/protocol';
import type { Workspaces } from '../workspaces/workspaces.ts';
import { createGlance, stopwatch, watchClaim, watchOn, type ClaimWatch, type Glance, type HeldRun, type Watch } from './held-run.ts';
import { killCarriers, signalGroup } from './process-mark.ts';
import { boundLog, lastLines, lookAtWorker, type FoundWorker, type RunFolders } from './run-folder.ts';
import { spawnWorker } from './spawn-worker.ts';
import { runVariable, workerEnvironment } from './worker-environment.ts';

export interface WorkerDeps {
  readonly board: BoardStore;
  readonly clock: Clock;
  readonly folders: RunFolders;
  readonly workspaces: Workspaces;
  /** The daemon's; an allow-list of them is handed on. */
  readonly variables: Readonly<Record<string, string>>;
  readonly url: () => string;
  /** The token of a run's claim, derived again. */
  readonly tokenOf: (run: HeldRun['run']) => string;
  /** Counts how a run of the lane ended; answers how many in a row were limited. */
  readonly countLimited: (lane: string, limited: boolean) => number;
  readonly onFault: (error: unknown) => void;
}

type CommandRunner = Extract<LaneRunner, { readonly kind: 'command' }>;
type KnownWorker = Extract<FoundWorker, { readonly kind: 'known' }>;

const lookEveryMs = 1000;
const lookWhileEndingMs = 50;

export function watchWorker(deps: WorkerDeps, held: HeldRun, runner: CommandRunner): Watch {
  const stopped = new AbortController();
  const glance = createGlance(deps.clock, stopped.signal);
  const claim = watchClaim(deps, held, glance.hurry);
  const watching: Watching = { deps, held, claim, glance, stopped: stopped.signal, folder: deps.folders.pathOf(held.run.id) };
  const ended = watchOn(deps, stopped.signal, () => watchToTheEnd(watching, runner)).finally(claim.stop);
  const wake = () => {
    claim.doubt();
    glance.hurry();
  };
  return { wake, ended, stop: () => stopped.abort() };
}

interface Watching {
  readonly deps: WorkerDeps;
  readonly held: HeldRun;
  readonly claim: ClaimWatch;
  readonly glance: Glance;
  readonly stopped: AbortSignal;
  readonly folder: string;
}

async function watchToTheEnd(watching: Watching, runner: CommandRunner): Promise<void> {
  const { deps, held, claim, stopped, folder } = watching;
  await deps.folders.make(held.run.id);
  const found = await lookAtWorker(folder);
  if (found.kind === 'unstarted') {
    const why = await startWorker(watching, runner);
    if (why !== null) return give(watching, why);
  }
  const worker = await introduction(watching);
  if (worker === undefined) return stopped.aborted ? undefined : give(watching, { failed: 'its process ended before it had begun' });
  if (held.run.worker === null) await deps.board.recordWorker(claim.proof, { pid: worker.pid, mark: worker.mark, startedAt: deps.clock.now() });
  await followWorker(watching, worker);
}

/** Why there is no process: a person has to look, it failed, or it is not wanted any more. */
type NotStarted = { readonly blocked: string } | { readonly failed: string } | 'not-wanted';

/** Null when the program is started. */
async function startWorker({ deps, held, claim, glance, stopped, folder }: Watching, { argv }: CommandRunner): Promise<NotStarted | null> {
  const { task, run } = held;
  const token = deps.tokenOf(run);
  if (hashClaimToken(token) !== run.tokenHash) return { failed: 'the installation key is another than the one its claim was made with' };
  const workspace = await deps.workspaces.open(task);
  if (!workspace.ok) return { blocked: `its workspace could not be opened: ${workspace.refusal.message}` };
  const wanted = await claim.look(true);
  if (stopped.aborted || wanted !== 'live') return 'not-wanted';
  const place = { task: task.id, run: run.id, token, workspace: workspace.value, board: task.board, url: deps.url() };
  const environment = workerEnvironment(deps.variables, place);
  const started = await trying(() => spawnWorker({ folder, argv, workspace: workspace.value, environment, onExit: glance.hurry }));
  return started === null ? null : { failed: started };
}

/** The system may also throw, when it has no room for a file or a process. */
async function trying(start: () => Promise<Settled<null>>): Promise<string | null> {
  try {
    const started = await start();
    return started.ok ? null : started.refusal.message;
  } catch (error) {
    return `the worker could not be started: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function give({ deps, claim }: Watching, why: NotStarted): Promise<void> {
  if (why === 'not-wanted') return;
  if ('failed' in why) await deps.board.failClaim(claim.proof, 'crashed', why.failed);
  else await deps.board.blockClaim(claim.proof, { kind: 'needs_input', reason: why.blocked, dependsOn: [], retryAfterMs: null });
}

/** A process that took the run and has not said who it is by then never will. */
const introductionMs = 5000;

/** The process of the run, as soon as it has said who it is. */
async function introduction({ deps, stopped, folder }: Watching): Promise<KnownWorker | undefined> {
  const from = deps.clock.mono();
  for (let pauseMs = 1; !stopped.aborted; pauseMs = Math.min(pauseMs * 2, 100)) {
    const found = await lookAtWorker(folder);
    if (found.kind === 'known') return found;
    if (deps.clock.mono() - from > introductionMs) return undefined;
    await deps.clock.sleep(pauseMs, stopped);
  }
  return undefined;
}

async function followWorker(watching: Watching, first: KnownWorker): Promise<void> {
  const { deps, held, claim, glance, stopped, folder } = watching;
  const ranMs = stopwatch(deps.clock, held.run);
  let askedAt: number | null = null;
  while (!stopped.aborted) {
    const found = await lookAtWorker(folder);
    const worker: WorkerState = found.kind === 'known' ? found.state : { kind: 'gone' };
    await claim.look(worker.kind !== 'alive');
    const askedMs = askedAt === null ? null : deps.clock.mono() - askedAt;
    const step = judgeWorker({ claim: claim.state(), worker, ranMs: ranMs(), maxRuntimeMs: held.task.maxRuntimeMs, overMs: claim.overMs(), askedMs });
    if (step.do === 'fail') return failRun(watching, step.outcome, step.reason);
    if (step.do === 'forget') return forgetRun(watching);
    if (step.do === 'ask') {
      askedAt = deps.clock.mono();
      signalGroup(first, 'SIGTERM');
    }
    if (step.do === 'kill') endGroup(watching, first);
    await boundLog(folder);
    await glance.rest(askedAt === null ? lookEveryMs : lookWhileEndingMs);
  }
}

function endGroup({ held }: Watching, worker: KnownWorker): void {
  signalGroup(worker, 'SIGKILL');
  killCarriers(runVariable(held.run.id));
}

async function forgetRun({ deps, held }: Watching): Promise<void> {
  killCarriers(runVariable(held.run.id));
  deps.countLimited(held.run.lane, false);
}

/** Nothing of the worker is left when its claim ends. A lane that is out of quota is parked first, so that it cannot take the task again in between. */
async function failRun({ deps, held, claim, folder }: Watching, outcome: Parameters<BoardStore['failClaim']>[1], reason: string): Promise<void> {
  killCarriers(runVariable(held.run.id));
  const printed = await lastLines(folder);
  const whole = printed === '' ? reason : `${reason}. It printed last:\n${printed}`;
  const inARow = deps.countLimited(held.run.lane, outcome === 'rate-limited');
  if (outcome === 'rate-limited') await deps.board.parkLane(held.run.lane, whole, deps.clock.now() + quotaPauseMs(inARow), 'daemon');
  await deps.board.failClaim(claim.proof, outcome, whole);
}
