/**
 * What is wrong with the board although no single task says so:
 *
 * - **stranded**: ready for long, and its lane would not take it however long it waits;
 * - **zombie**: running with a claim that lapsed, or with one that is renewed and renewed while nothing comes of it;
 * - **starvation**: ready for long while its lane is full, or takes others first.
 *
 * Each names the culprit and the command.
 */
import type { FindingView } from '@guildhall/protocol';
import { broken, span, waits } from './finding.ts';
import { operatorLane } from './lane.ts';
import { hindranceOf, oldestFirst, type Hold, type LaneSituation } from './lane-hindrance.ts';
import type { Task } from './task.ts';
import { quietRunMs } from './why.ts';

const strandedAfterMs = 10 * 60_000;
const starvedAfterMs = 30 * 60_000;
const highestPriority = 1000;

export interface AlarmFacts {
  readonly now: number;
  /** The ready task of each assignee that waits longest; null: those nobody is assigned to. */
  readonly waiting: readonly { readonly assignee: string | null; readonly task: Task }[];
  /** Running tasks whose claim has lapsed. */
  readonly lapsed: readonly Task[];
  /** Live claims of all lanes. */
  readonly holds: readonly Hold[];
  /** Since when a run has shown no progress. */
  readonly quietSince: (hold: Hold) => number;
  readonly lane: (name: string) => LaneSituation;
}

/** None when all is well. */
export function findAlarms(facts: AlarmFacts): readonly FindingView[] {
  return [
    ...facts.lapsed.map(lapsedClaim),
    ...facts.waiting.flatMap((wait) => asList(strandedOrStarved(wait, facts))),
    ...facts.holds.flatMap((hold) => asList(quietRun(hold, facts))),
  ];
}

function lapsedClaim(task: Task): FindingView {
  return broken(
    'zombie',
    `${task.id} is running in ${task.lane ?? 'no lane'}, whose claim has lapsed; it was not taken back`,
    `guildhall kanban reclaim ${task.id}`,
  );
}

function quietRun(hold: Hold, { now, quietSince }: AlarmFacts): FindingView | undefined {
  const quietMs = now - quietSince(hold);
  if (quietMs <= quietRunMs) return undefined;
  const { task, run } = hold;
  return waits(
    'zombie',
    `${run.lane} keeps saying that it lives, but has shown no progress on ${task.id} for ${span(quietMs)}`,
    `guildhall kanban reclaim ${task.id}`,
  );
}

function strandedOrStarved({ assignee, task }: AlarmFacts['waiting'][number], facts: AlarmFacts): FindingView | undefined {
  const waitedMs = facts.now - (task.readyAt ?? task.updatedAt);
  if (waitedMs <= strandedAfterMs || assignee === operatorLane) return undefined;
  const waited = `${task.id} has been ready for ${span(waitedMs)}`;
  if (assignee === null) return broken('stranded', `${waited}, and nobody is assigned to it`, `guildhall kanban assign ${task.id} LANE`);
  const lane = facts.lane(assignee);
  const hindrance = hindranceOf(lane, facts.now);
  if (hindrance !== undefined && hindrance.kind !== 'full') return broken('stranded', `${waited}, and ${hindrance.message}`, hindrance.remedy);
  if (waitedMs <= starvedAfterMs) return undefined;
  const overtaking = overtakers(task, lane.holds);
  if (overtaking !== undefined) return waits('starvation', `${waited}; ${overtaking.words}`, `guildhall kanban edit ${task.id} --priority ${overtaking.above}`);
  return hindrance === undefined ? undefined : waits('starvation', `${waited}; ${hindrance.message}`, hindrance.remedy);
}

/** Tasks with a higher priority that its lane began after it was ready, and the priority that goes before them. */
function overtakers(task: Task, holds: readonly Hold[]): { readonly words: string; readonly above: number } | undefined {
  const since = task.readyAt ?? task.updatedAt;
  const later = oldestFirst(holds).filter((hold) => hold.run.startedAt > since && hold.task.priority > task.priority);
  if (later.length === 0) return undefined;
  const named = later.slice(0, 3).map((hold) => `${hold.task.id} (priority ${hold.task.priority})`);
  const above = Math.min(highestPriority, Math.max(...later.map((hold) => hold.task.priority)) + 1);
  return { words: `since then ${later[0]?.run.lane ?? ''} took ${named.join(', ')} before it, which has priority ${task.priority}`, above };
}

function asList<T>(item: T | undefined): readonly T[] {
  return item === undefined ? [] : [item];
}
