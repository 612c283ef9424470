/** Tasks, runs and lanes as the doors show them to one caller. Neither tokens nor their hashes are in them. */
import { isParked, verbsFor, type Board, type Claimed, type Lane, type LaneCounts, type Run, type Task } from '@guildhall/board';
import type { BoardView, ClaimStateView, LaneView, RunView, TaskView } from '@guildhall/protocol';
import type { BoardDeps } from './board-deps.ts';
import { isOwn, type Who } from './who-may.ts';

export function viewBoard({ name, title, createdAt, archiveDoneAfterDays }: Board): BoardView {
  return { name, title, createdAt, archiveDoneAfterDays };
}

/** With one look at all their assignees. */
export async function viewTasks(deps: Pick<BoardDeps, 'store' | 'clock'>, tasks: readonly Task[], who: Who): Promise<TaskView[]> {
  const names = new Set(tasks.flatMap(({ assignee }) => (assignee === null ? [] : [assignee])));
  const lanes = names.size === 0 ? new Map<string, Lane>() : await deps.store.findLanes([...names]);
  const now = deps.clock.now();
  return tasks.map((task) => viewTask(task, stateOf(task.assignee, lanes, now), who));
}

export async function viewOne(deps: Pick<BoardDeps, 'store' | 'clock'>, task: Task, who: Who): Promise<TaskView> {
  const lanes = task.assignee === null ? new Map<string, Lane>() : await deps.store.findLanes([task.assignee]);
  return viewTask(task, stateOf(task.assignee, lanes, deps.clock.now()), who);
}

function stateOf(assignee: string | null, lanes: ReadonlyMap<string, Lane>, now: number): TaskView['assigneeState'] {
  if (assignee === null) return 'none';
  const lane = lanes.get(assignee);
  if (lane === undefined || lane.state === 'unregistered') return 'unknown';
  if (lane.state === 'drained') return 'drained';
  return isParked(lane, now) ? 'parked' : 'available';
}

export function viewTask(task: Task, assigneeState: TaskView['assigneeState'], who: Who): TaskView {
  const { provenance: _provenance, blockedCount: _blockedCount, childCount: _childCount, ...shown } = task;
  return { ...shown, labels: [...task.labels], acceptance: [...task.acceptance], assigneeState, verbs: [...verbsOf(task, who)] };
}

/** A lane that holds the task is asked to show the token; what it may do then is what it is shown. */
function verbsOf(task: Task, who: Who): readonly string[] {
  const holds = who.kind === 'holder' || (who.lane !== undefined && task.lane === who.lane) || (who.kind === 'operator' && who.tokenHash !== undefined);
  const own = verbsFor(who.kind, task.status, isOwn(who, task));
  return holds ? [...new Set([...own, ...verbsFor('holder', task.status, true)])] : own;
}

export function viewRun(run: Run): RunView {
  const { id, task, lane, epoch, attempt, startedAt, endedAt, outcome, summary, reason, metadata, lastHeartbeatAt, note, progress } = run;
  const worker = run.worker === null ? null : { pid: run.worker.pid, startedAt: run.worker.startedAt };
  const shown = { id, task, lane, epoch, attempt, startedAt, endedAt, outcome, summary, reason, metadata, lastHeartbeatAt, note, progress, worker };
  return { ...shown, artifacts: [...run.artifacts], evidence: [...run.evidence] };
}

export function viewClaimState(claim: { readonly lane: string; readonly epoch: number; readonly expiresInMs: number; readonly runId: string }): ClaimStateView {
  return { lane: claim.lane, epoch: claim.epoch, expiresInMs: claim.expiresInMs, runId: claim.runId };
}

/** Lease time is no wall time: only how long is left can be told, from now. */
export function expiry(deps: Pick<BoardDeps, 'clock'>, { expiresInMs }: Pick<Claimed, 'expiresInMs'>) {
  return { expiresAt: deps.clock.now() + expiresInMs, expiresInMs };
}

export function viewLane(deps: Pick<BoardDeps, 'clock' | 'waiting'>, { lane, held, ready }: LaneCounts): LaneView {
  const { name, kind, claimMode, capacity, description, leaseMs, runner, version, registeredAt, lastSeenAt } = lane;
  const parked = isParked(lane, deps.clock.now());
  return {
    name,
    kind,
    claimMode,
    allowedStatusMutations: 'own-claimed-only',
    capacity,
    labels: [...lane.labels],
    description,
    leaseMs,
    command: runner?.kind === 'command' ? [...runner.argv] : null,
    agent: runner?.kind === 'agent' ? runner.agent : null,
    state: lane.state === 'active' && parked ? 'parked' : lane.state,
    parked: parked ? lane.parked : null,
    version,
    registeredAt,
    lastSeenAt,
    waiting: deps.waiting.countWaiting(name),
    held,
    ready,
  };
}
