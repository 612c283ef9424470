/**
 * What the dispatcher decides; it does nothing itself. A spawnable lane's worker — a process, or a turn of an agent — is started for one run and watched until both are over: the worker
 * and its claim.
 *
 *     claim live:  worker lives → watch · over its time → end it, then `timed-out` · ended by itself → its outcome
 *     claim over:  worker lives → end it (at once when the claim was taken away, after a while when the worker ended it) · ended → forget
 */
import type { RunOutcome } from '@guildhall/protocol';
import { mayTake, type Lane, type LaneRunner } from './lane.ts';
import type { FailedOutcome } from './run.ts';

/** A lane whose workers we start. A persistent lane is never one. */
export function isDispatched(lane: Lane): lane is Lane & { readonly runner: LaneRunner } {
  return lane.kind === 'spawnable' && lane.runner !== null && lane.state !== 'unregistered';
}

/** The lanes that may get work now and have some. How many tasks each may hold is counted where it claims. */
export function lanesToFill(lanes: readonly Lane[], ready: ReadonlyMap<string, number>, now: number): readonly string[] {
  return lanes.filter((lane) => isDispatched(lane) && mayTake(lane, now) && (ready.get(lane.name) ?? 0) > 0).map((lane) => lane.name);
}

/** `finished`: completed, blocked or given back by the worker. `taken`: it lapsed, or somebody ended it. */
export type ClaimState = 'live' | 'finished' | 'taken';

/** What became of a claim that is over, by the outcome of its run; a run without an outcome has lapsed and waits to be taken back. */
export function claimOver(outcome: RunOutcome | null): Exclude<ClaimState, 'live'> {
  return outcome === 'completed' || outcome === 'blocked' || outcome === 'released' ? 'finished' : 'taken';
}

/** `gone`: it left no exit code, as after a SIGKILL or when the machine went down. */
export type WorkerState = { readonly kind: 'alive' } | { readonly kind: 'exited'; readonly code: number } | { readonly kind: 'gone' };

export interface WorkerFacts {
  readonly claim: ClaimState;
  readonly worker: WorkerState;
  readonly ranMs: number;
  readonly maxRuntimeMs: number | null;
  /** Since the claim was over; 0 while it lives. */
  readonly overMs: number;
  /** Since it was asked to end; null: not yet. */
  readonly askedMs: number | null;
}

/** What to do next. `ask` and `kill` go to the whole group of processes; `because` is for people. */
export type WorkerStep =
  | { readonly do: 'watch' }
  | { readonly do: 'ask'; readonly because: string }
  | { readonly do: 'kill' }
  | { readonly do: 'fail'; readonly outcome: FailedOutcome | 'rate-limited'; readonly reason: string }
  | { readonly do: 'forget' };

/** A worker says with this code that it stopped for its quota or its login, as `EX_TEMPFAIL` does. */
export const tryLaterCode = 75;

/** Exit codes from here on are a shell's word for a signal. */
const endedBySignal = 128;

/** How long a worker may tidy up after it has ended its claim, and between SIGTERM and SIGKILL. */
export const workerPatience = { lingerMs: 10_000, graceMs: 5000 } as const;

export function judgeWorker(facts: WorkerFacts): WorkerStep {
  const overtime = facts.maxRuntimeMs !== null && facts.ranMs >= facts.maxRuntimeMs;
  if (facts.worker.kind === 'alive') return judgeLiving(facts, overtime);
  if (facts.claim !== 'live') return { do: 'forget' };
  if (overtime && (facts.askedMs !== null || facts.worker.kind === 'gone' || facts.worker.code >= endedBySignal))
    return { do: 'fail', outcome: 'timed-out', reason: `it ran longer than ${facts.maxRuntimeMs} ms` };
  if (facts.worker.kind === 'gone') return { do: 'fail', outcome: 'crashed', reason: 'it was killed and left no exit code' };
  return judgeExit(facts.worker.code);
}

function judgeLiving({ claim, overMs, askedMs, maxRuntimeMs }: WorkerFacts, overtime: boolean): WorkerStep {
  if (askedMs !== null) return askedMs >= workerPatience.graceMs ? { do: 'kill' } : { do: 'watch' };
  if (claim === 'taken') return { do: 'ask', because: 'its claim was taken back' };
  if (claim === 'finished') return overMs >= workerPatience.lingerMs ? { do: 'ask', because: 'it goes on after its claim has ended' } : { do: 'watch' };
  return overtime ? { do: 'ask', because: `it ran longer than ${maxRuntimeMs} ms` } : { do: 'watch' };
}

function judgeExit(code: number): WorkerStep {
  if (code === tryLaterCode) return { do: 'fail', outcome: 'rate-limited', reason: `it ended with exit code ${code}: try again later` };
  if (code === 0) return { do: 'fail', outcome: 'protocol-violation', reason: 'it ended with exit code 0 and had not completed, blocked or released the task' };
  return { do: 'fail', outcome: 'crashed', reason: `it ended with exit code ${code}` };
}

export type TurnState =
  | { readonly kind: 'active' }
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly reason: string };

export interface TurnFacts {
  readonly claim: ClaimState;
  readonly turn: TurnState;
  readonly ranMs: number;
  readonly maxRuntimeMs: number | null;
}

/** `cancel` asks the turn to stop; `ask-person`: somebody stopped the turn on purpose, and trying again by ourselves would undo that. */
export type TurnStep =
  | { readonly do: 'watch' }
  | { readonly do: 'cancel' }
  | { readonly do: 'ask-person'; readonly reason: string }
  | { readonly do: 'fail'; readonly outcome: FailedOutcome; readonly reason: string }
  | { readonly do: 'forget' };

const mostAnswerChars = 4000;

/** An answer alone ends no task: only what the agent said with its tools does. The answer is kept with the failure. A turn whose claim it has finished itself may say its last words. */
export function judgeTurn({ claim, turn, ranMs, maxRuntimeMs }: TurnFacts): TurnStep {
  const overtime = maxRuntimeMs !== null && ranMs >= maxRuntimeMs;
  if (turn.kind === 'active') return claim === 'taken' || (claim === 'live' && overtime) ? { do: 'cancel' } : { do: 'watch' };
  if (claim !== 'live') return { do: 'forget' };
  if (turn.kind === 'answered')
    return {
      do: 'fail',
      outcome: 'protocol-violation',
      reason: `the agent answered without completing or blocking the task. It said: ${turn.text.slice(0, mostAnswerChars)}`,
    };
  if (overtime) return { do: 'fail', outcome: 'timed-out', reason: `its turn ran longer than ${maxRuntimeMs} ms` };
  if (turn.kind === 'cancelled') return { do: 'ask-person', reason: `its turn was cancelled: ${turn.reason}` };
  return { do: 'fail', outcome: 'crashed', reason: `its turn failed: ${turn.reason}` };
}

const firstQuotaPauseMs = 60_000;
const longestQuotaPauseMs = 60 * 60_000;

/** How long a lane is parked after the n-th `rate-limited` run in a row, from 1: a minute, doubling, at most an hour. */
export function quotaPauseMs(inARow: number): number {
  return Math.min(firstQuotaPauseMs * 2 ** Math.min(Math.max(inARow - 1, 0), 20), longestQuotaPauseMs);
}
