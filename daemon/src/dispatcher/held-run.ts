/** A run the dispatcher answers for: its claim is kept alive as long as its worker is watched, whatever the worker itself sends. */
import { claimOver, type BoardStore, type ClaimProof, type ClaimState, type Run, type Task } from '@guildhall/board';
import type { Clock } from '@guildhall/kernel';

export interface HeldRun {
  readonly task: Task;
  readonly run: Run;
  readonly leaseMs: number;
}

/** A run under watch. */
export interface Watch {
  /** Something may have happened to its claim or its worker. */
  wake(): void;
  /** Settles when worker and claim are over, or the watch was stopped. Never rejects. */
  readonly ended: Promise<void>;
  /** Ends the watch, not the worker. */
  stop(): void;
}

function proofOf({ run }: HeldRun): ClaimProof {
  return { task: run.task, tokenHash: run.tokenHash };
}

export interface ClaimWatch {
  readonly proof: ClaimProof;
  /** As last looked at. */
  state(): ClaimState;
  /** Since it was seen to be over; 0 while it lives. */
  overMs(): number;
  /** The next `look` asks the store. */
  doubt(): void;
  /** Asks the store when there is a reason to; a claim that is over stays so. */
  look(certainly: boolean): Promise<ClaimState>;
  /** Ends the renewing. */
  stop(): void;
}

interface ClaimDeps {
  readonly board: BoardStore;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}

/** Renews the claim three times in a lease until it is stopped; `onDoubt` once, when a renewal was refused. */
export function watchClaim(deps: ClaimDeps, held: HeldRun, onDoubt: () => void): ClaimWatch {
  const stopped = new AbortController();
  const proof = proofOf(held);
  let state: ClaimState = 'live';
  let overAt = 0;
  let doubted = false;
  const renew = async () => {
    while (!stopped.signal.aborted) {
      await deps.clock.sleep(held.leaseMs / 3, stopped.signal);
      if (stopped.signal.aborted) return;
      const renewed = await deps.board.renewClaim(proof, {});
      if (renewed.ok) continue;
      doubted = true;
      onDoubt();
      return;
    }
  };
  const renewing = (): Promise<void> =>
    renew().catch((error: unknown) => {
      deps.onFault(error);
      return renewing();
    });
  void renewing();
  return {
    proof,
    state: () => state,
    overMs: () => (state === 'live' ? 0 : deps.clock.mono() - overAt),
    doubt: () => void (doubted = true),
    async look(certainly) {
      if (state !== 'live' || !(certainly || doubted)) return state;
      doubted = false;
      const found = await readClaimState(deps.board, held);
      if (found !== 'live') overAt = deps.clock.mono();
      return (state = found);
    },
    stop: () => stopped.abort(),
  };
}

async function readClaimState(board: BoardStore, held: HeldRun): Promise<ClaimState> {
  if ((await board.findClaim(held.run.tokenHash)) !== undefined) return 'live';
  const facts = await board.readTaskDetail(held.run.task);
  return claimOver(facts?.runs.find(({ id }) => id === held.run.id)?.outcome ?? null);
}

/** How long the run has taken, on a clock that does not jump; what was before this daemon is told by the wall clock. */
export function stopwatch(clock: Clock, run: Run): () => number {
  const before = Math.max(0, clock.now() - run.startedAt);
  const from = clock.mono();
  return () => before + clock.mono() - from;
}

const afterFaultMs = 1000;

/**
 * Watches a run to its end, also when something fails in between: a worker nobody watches would live on beside the next one. `work` looks at what there is each time it begins. Never rejects.
 */
export async function watchOn(deps: ClaimDeps, stopped: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!stopped.aborted) {
    try {
      return await work();
    } catch (error) {
      deps.onFault(error);
      await deps.clock.sleep(afterFaultMs, stopped);
    }
  }
}

/** A wait between two looks that ends early when there is something to see. */
export interface Glance {
  hurry(): void;
  rest(ms: number): Promise<void>;
}

export function createGlance(clock: Clock, stopped: AbortSignal): Glance {
  let early = new AbortController();
  return {
    hurry: () => early.abort(),
    async rest(ms) {
      await clock.sleep(ms, AbortSignal.any([early.signal, stopped]));
      early = new AbortController();
    },
  };
}
