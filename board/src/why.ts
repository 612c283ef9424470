/**
 * Why a task is not getting on: a walk from the task towards what it waits for, the first broken link first. The first finding that is not ok is the reason; each that somebody can do
 * something about names the command.
 */
import type { FindingView, TaskStatus } from '@guildhall/protocol';
import { broken, fine, span, waits } from './finding.ts';
import { operatorLane } from './lane.ts';
import { asFinding, hindranceOf, type LaneSituation } from './lane-hindrance.ts';
import type { LinkedTask } from './ports.ts';
import type { Run } from './run.ts';
import type { Task } from './task.ts';

export interface TaskSituation {
  readonly task: Task;
  readonly parents: readonly LinkedTask[];
  /** The situation of the open parent that `worstParent` names, unless the walk was cut short. */
  readonly parent: TaskSituation | undefined;
  /** The assignee's lane, or the one that holds it; undefined when nobody is assigned. */
  readonly lane: LaneSituation | undefined;
  /** Null when no live lease stands behind it. */
  readonly claim: { readonly expiresInMs: number } | null;
  readonly run: Run | undefined;
  /** Since when its run has shown no progress; undefined without a run. */
  readonly quietSince: number | undefined;
  /** Ready tasks of its lane that go first. */
  readonly ahead: number;
  /** What stands behind a running task, such as the turn of an agent and what that waits for. */
  readonly behind: readonly FindingView[];
}

export interface DaemonSituation {
  readonly now: number;
  readonly draining: boolean;
}

/** A run that has shown no progress for so long is worth a look, however often it says that it lives. */
export const quietRunMs = 2 * 3_600_000;

/** A time that passed so long ago has been missed, not just not been noticed yet. */
const missedMs = 60_000;

export function explainTask(situation: TaskSituation, daemon: DaemonSituation): readonly FindingView[] {
  return explanations[situation.task.status](situation, daemon);
}

/** Of the parents that are not done, the one that will take longest to be. */
export function worstParent(parents: readonly LinkedTask[]): LinkedTask | undefined {
  const order = ['archived', 'blocked', 'triage', 'review', 'todo', 'scheduled', 'ready', 'running'];
  return parents.filter(({ status }) => status !== 'done').toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0];
}

function explainParents({ task, parents, parent }: TaskSituation, daemon: DaemonSituation): readonly FindingView[] {
  const worst = worstParent(parents);
  if (worst === undefined)
    return [broken('task', `${task.id} is ${task.status} although every task before it is done; the board lost a step`, 'guildhall db verify')];
  if (worst.status === 'archived')
    return [
      broken(
        'dependency',
        `${task.id} waits for ${worst.id}, ${worst.title}, which was archived and will never be done`,
        `guildhall kanban unlink ${worst.id} ${task.id}`,
      ),
    ];
  const open = parents.filter(({ status }) => status !== 'done').length;
  const more = open > 1 ? ` and ${open - 1} more` : '';
  const waiting = waits('dependency', `${task.id} waits for ${worst.id}, ${worst.title}, which is ${worst.status}${more}`, `guildhall why ${worst.id}`);
  return [...(parent === undefined ? [] : explainTask(parent, daemon)), waiting];
}

function explainStart(task: Task, now: number): FindingView {
  const startAt = task.startAt ?? 0;
  if (now - startAt > missedMs)
    return broken('start', `${task.id} was to begin ${span(now - startAt)} ago, and nothing woke it`, `guildhall kanban schedule ${task.id} --at now`);
  return waits('start', `${task.id} begins ${new Date(startAt).toISOString()}, in ${span(startAt - now)}`, `guildhall kanban schedule ${task.id} --at now`);
}

function explainReady({ task, lane, ahead }: TaskSituation, daemon: DaemonSituation): readonly FindingView[] {
  if (daemon.draining) return [waits('daemon', 'the daemon is shutting down and hands out nothing new', 'guildhall up')];
  if (lane === undefined) return [broken('assignee', `${task.id} is ready, but nobody is assigned to it`, `guildhall kanban assign ${task.id} LANE`)];
  if (lane.name === operatorLane) return [waits('assignee', `${task.id} is ready and waits for a person to take it`, `guildhall kanban claim ${task.id}`)];
  const hindrance = hindranceOf(lane, daemon.now);
  const since = span(daemon.now - (task.readyAt ?? task.updatedAt));
  const { forbidden } = task.provenance;
  if (forbidden.length > 0 && lane.counts !== undefined && lane.counts.lane.runner?.kind !== 'agent')
    return [
      broken(
        'lane',
        `the chain of ${task.id} may not do ${forbidden.join(', ')}, and nothing holds the lane ${lane.name} to that: it is no agent, so it does not get it`,
        `guildhall kanban assign ${task.id} LANE`,
      ),
    ];
  if (hindrance !== undefined) return [asFinding(hindrance), fine('task', `${task.id} has been ready for ${since}`)];
  if (ahead > 0)
    return [
      waits(
        'queue',
        `${ahead} ready tasks of ${lane.name} go before ${task.id}, which has priority ${task.priority}`,
        `guildhall kanban list --assignee ${lane.name} --status ready`,
      ),
    ];
  return [fine('lane', `${lane.name} takes tasks and ${task.id} is next; it has been ready for ${since}`)];
}

function explainRunning({ task, lane, claim, run, quietSince, behind }: TaskSituation, now: number): readonly FindingView[] {
  const holder = task.lane ?? lane?.name ?? 'nobody';
  const reclaim = `guildhall kanban reclaim ${task.id}`;
  if (claim === null || run === undefined)
    return [broken('claim', `${task.id} is running in ${holder}, but the claim has lapsed and was not taken back`, reclaim)];
  const beat = run.lastHeartbeatAt ?? run.startedAt;
  const alive = fine('claim', `${holder} has worked on ${task.id} for ${span(now - run.startedAt)}; its last sign of life is ${span(now - beat)} old`);
  const hurdles = behind.filter((finding) => !finding.ok);
  if (hurdles.length > 0) return [...hurdles, alive];
  if (task.maxRuntimeMs !== null && now - run.startedAt > task.maxRuntimeMs + missedMs)
    return [broken('claim', `${task.id} was to take at most ${span(task.maxRuntimeMs)} and is at it for ${span(now - run.startedAt)}`, reclaim), alive];
  if (quietSince !== undefined && now - quietSince > quietRunMs)
    return [waits('progress', `${holder} says that it lives, but has shown no progress on ${task.id} for ${span(now - quietSince)}`, reclaim), alive];
  return [alive, ...behind];
}

function explainBlock(situation: TaskSituation, daemon: DaemonSituation): readonly FindingView[] {
  const { task, parents } = situation;
  const { block } = task;
  const unblock = `guildhall kanban unblock ${task.id}`;
  if (block === null) return [broken('block', `${task.id} is blocked, and nobody said why`, unblock)];
  if (block.kind === 'dependency') {
    if (worstParent(parents) !== undefined) return explainParents(situation, daemon);
    return [broken('block', `${task.id} is blocked until other tasks are done, but there are none it waits for: ${block.reason}`, unblock)];
  }
  if (block.kind === 'transient' && block.liftsAt !== null) {
    const late = daemon.now - block.liftsAt;
    if (late > missedMs) return [broken('block', `${task.id} was to be tried again ${span(late)} ago, and nothing woke it: ${block.reason}`, unblock)];
    return [waits('block', `${task.id} is tried again in ${span(-late)}: ${block.reason}`, unblock)];
  }
  const need = block.kind === 'capability' ? 'something its lane cannot do' : 'an answer from a person';
  return [broken('block', `${task.id} needs ${need}: ${block.reason}`, unblock)];
}

const explanations: Readonly<Record<TaskStatus, (situation: TaskSituation, daemon: DaemonSituation) => readonly FindingView[]>> = {
  triage: ({ task }) => [waits('task', `${task.id} is in triage: somebody has to say what is to be done`, `guildhall kanban specify ${task.id}`)],
  todo: explainParents,
  scheduled: ({ task }, { now }) => [explainStart(task, now)],
  ready: explainReady,
  running: (situation, { now }) => explainRunning(situation, now),
  blocked: explainBlock,
  review: ({ task }) => [waits('review', `${task.id} waits for ${task.reviewer} to accept it or send it back`, `guildhall kanban review ${task.id} --accept`)],
  done: ({ task }) => [fine('task', `${task.id} is done`)],
  archived: ({ task }) => [fine('task', `${task.id} is archived; nothing more happens with it`)],
};
