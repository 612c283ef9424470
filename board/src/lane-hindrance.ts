/** Why a lane takes nothing now. Both the explanation of one task and the alarms over all of them ask this. */
import type { FindingView } from '@guildhall/protocol';
import { broken, fine, span, waits } from './finding.ts';
import { isParked, operatorLane } from './lane.ts';
import type { LaneCounts } from './ports.ts';
import type { Run } from './run.ts';
import type { Task } from './task.ts';

/** A live claim. */
export interface Hold {
  readonly task: Task;
  readonly run: Run;
  readonly expiresInMs: number;
}

export interface LaneSituation {
  readonly name: string;
  /** Undefined: nobody registered it. */
  readonly counts: LaneCounts | undefined;
  /** Requests of it for work that wait right now, on this daemon. */
  readonly waiting: number;
  readonly holds: readonly Hold[];
}

export interface Hindrance {
  readonly kind: 'unknown' | 'drained' | 'parked' | 'full' | 'absent';
  readonly message: string;
  readonly remedy: string;
}

/** A persistent lane that neither waits for work nor was heard of for so long is not there. */
const absentAfterMs = 120_000;

/** Undefined when it would take a task. */
export function hindranceOf(situation: LaneSituation, now: number): Hindrance | undefined {
  const { name, counts } = situation;
  if (name === operatorLane) return undefined;
  if (counts === undefined || counts.lane.state === 'unregistered')
    return { kind: 'unknown', message: `there is no lane or agent ${name}`, remedy: `guildhall kanban lanes register ${name} --kind persistent` };
  const { lane } = counts;
  const resume = `guildhall kanban lanes resume ${name}`;
  if (lane.state === 'drained') return { kind: 'drained', message: `the lane ${name} is drained and takes nothing new`, remedy: resume };
  if (isParked(lane, now)) return { kind: 'parked', message: `the lane ${name} is parked ${parkedWords(lane.parked, now)}`, remedy: resume };
  if (counts.held >= lane.capacity) return fullLane(situation, lane.capacity, now);
  return absence(situation, counts, now);
}

/** What the lane is doing, first what hinders it. */
export function explainLane(situation: LaneSituation, now: number): readonly FindingView[] {
  const { name, counts, holds } = situation;
  const held = oldestFirst(holds).map(({ task, run }) => fine('claim', `it holds ${task.id}, ${task.title}, for ${span(now - run.startedAt)}`));
  if (name === operatorLane)
    return [waits('lane', `${name} is a person; ${counts?.ready ?? 0} tasks wait for one`, `guildhall kanban list --assignee ${name}`), ...held];
  const hindrance = hindranceOf(situation, now);
  const ready = counts?.ready ?? 0;
  if (hindrance !== undefined) return [asFinding(hindrance), fine('board', `${ready} ${ready === 1 ? 'task is' : 'tasks are'} ready for it`), ...held];
  return [fine('lane', `${name} takes tasks; it holds ${counts?.held ?? 0} of ${counts?.lane.capacity ?? 0}, and ${ready} are ready for it`), ...held];
}

export function asFinding({ kind, message, remedy }: Hindrance): FindingView {
  return kind === 'full' || kind === 'parked' ? waits('lane', message, remedy) : broken('lane', message, remedy);
}

/** Who has kept a claim longest. */
export function oldestFirst(holds: readonly Hold[]): readonly Hold[] {
  return holds.toSorted((a, b) => a.run.startedAt - b.run.startedAt);
}

function parkedWords(parked: { readonly reason: string; readonly until: number | null } | null, now: number): string {
  const until = parked?.until ?? null;
  return `${until === null ? 'until somebody resumes it' : `for ${span(until - now)} more`}: ${parked?.reason ?? ''}`;
}

function fullLane({ name, holds }: LaneSituation, capacity: number, now: number): Hindrance {
  const culprits = oldestFirst(holds);
  const named = culprits.slice(0, 3).map(({ task, run }) => `${task.id} for ${span(now - run.startedAt)}`);
  const rest = culprits.length > named.length ? ` and ${culprits.length - named.length} more` : '';
  return {
    kind: 'full',
    message: `the lane ${name} is full: it holds ${named.join(', ')}${rest}, and may hold ${capacity}`,
    remedy: `guildhall why ${culprits[0]?.task.id ?? name}`,
  };
}

/** A spawnable lane needs nobody; the others show that they live by waiting, by asking, or by the heartbeats of what they hold. */
function absence({ name, waiting, holds }: LaneSituation, { lane }: LaneCounts, now: number): Hindrance | undefined {
  if (lane.kind === 'spawnable' || waiting > 0) return undefined;
  const signs = [lane.lastSeenAt, ...holds.flatMap(({ run }) => [run.startedAt, run.lastHeartbeatAt])].filter((at) => at !== null);
  const last = signs.length === 0 ? undefined : Math.max(...signs);
  if (last !== undefined && now - last <= absentAfterMs) return undefined;
  const seen = last === undefined ? 'was never seen' : `was last seen ${span(now - last)} ago`;
  return {
    kind: 'absent',
    message: `the lane ${name} ${seen}, and nobody asks for its tasks`,
    remedy: `start its worker; it asks with: guildhall kanban claim --lane ${name} --wait 30s`,
  };
}
