/**
 * Runs sessions: at most one drive per session here, at most `maxParallel` in all. `wake` is a hint that a session has work; the store says what is true.
 *
 * States of a runner: open → draining → closed. While draining no turn begins; running ones are cut at the next safe point and go on at the next start.
 */
import type { Clock } from '@guildhall/kernel';
import { type DriveOutcome, driveTurn } from './drive-turn.ts';
import { type CutReason, TurnCut } from './turn-cut.ts';
import type { TurnDeps } from './turn-deps.ts';
import type { HeldTurn } from './turn.ts';

export interface SessionRunner {
  /** Looks whether the session has work, soon. Never throws. */
  wake(sessionKey: string): void;
  /** Stops the turn if it is driven here, at once. The store's mark is what counts; this only saves the wait. */
  stopTurn(turnId: string): void;
  running(): number;
  /** What cut the session's turn here the last time, until a turn of it ends. */
  lastFault(sessionKey: string): string | undefined;
  /** Resolves when nothing is driven any more, or after `withinMs` with what was still running cut off. */
  drain(withinMs: number): Promise<void>;
}

/**
 * A turn that was cut several times may be what cuts it. It is taken up again later and later after a start, so that the daemon is there for everybody else first.
 */
export interface Patience {
  /** Attempts that are made at once. */
  readonly attempts: number;
  /** The wait after the start for the next attempt; doubled for each further one. */
  readonly firstMs: number;
  readonly longestMs: number;
}

export const usualPatience: Patience = { attempts: 5, firstMs: 250, longestMs: 60_000 };

export interface RunnerOptions {
  readonly holder: string;
  readonly leaseMs: number;
  /** Sessions driven at once; those that `isChild` are not counted, because a parent waits for them. */
  readonly maxParallel: number;
  readonly isChild: (sessionKey: string) => boolean;
  readonly patience: Patience;
  /** A drive threw: a broken invariant or a dead store. The turn stays running and is taken up by the next sweep. */
  readonly onFault: (error: unknown, sessionKey: string) => void;
  readonly onEnd: (turn: HeldTurn['turn'], outcome: DriveOutcome) => void;
}

interface ActiveDrive {
  readonly stop: (why: CutReason) => void;
  turnId: string | undefined;
}

export function createSessionRunner(deps: TurnDeps, options: RunnerOptions): SessionRunner {
  const active = new Map<string, ActiveDrive>();
  const waiting = new Set<string>();
  const again = new Set<string>();
  const faults = new Map<string, string>();
  const startedAt = deps.clock.mono();
  let draining = false;
  let idle: (() => void) | undefined;

  const countParents = () => [...active.keys()].filter((key) => !options.isChild(key)).length;

  const wake = (sessionKey: string) => {
    if (draining) return;
    if (active.has(sessionKey)) again.add(sessionKey);
    else if (!options.isChild(sessionKey) && countParents() >= options.maxParallel) waiting.add(sessionKey);
    else void start(sessionKey);
  };

  const start = async (sessionKey: string) => {
    const drive: ActiveDrive = { stop: () => {}, turnId: undefined };
    active.set(sessionKey, drive);
    try {
      while (!draining && (await driveNext(sessionKey, drive)));
    } catch (error) {
      faults.set(sessionKey, error instanceof Error ? error.message : String(error));
      options.onFault(error, sessionKey);
    } finally {
      active.delete(sessionKey);
      if (active.size === 0) idle?.();
      const next = again.delete(sessionKey) ? sessionKey : waiting.values().next().value;
      if (next !== undefined) {
        waiting.delete(next);
        wake(next);
      }
    }
  };

  /** Drives the session's next turn to its end; false when there was none to drive. */
  const driveNext = async (sessionKey: string, drive: ActiveDrive): Promise<boolean> => {
    if (await mustWait(sessionKey)) return false;
    const begun = await deps.store.beginTurn(sessionKey, options.holder, options.leaseMs);
    if (!begun.ok) return false;
    const controller = new AbortController();
    const stop = (why: CutReason) => {
      if (!controller.signal.aborted) controller.abort(new TurnCut(why));
    };
    Object.assign(drive, { stop, turnId: begun.value.turn.id });
    if (draining) stop('drain');
    const heartbeat = keepLease(deps, begun.value, options.leaseMs, controller.signal, stop);
    try {
      const outcome = await driveTurn(deps, begun.value, controller.signal);
      faults.delete(sessionKey);
      options.onEnd(begun.value.turn, outcome);
      return outcome !== 'lost' && outcome !== 'yielded';
    } finally {
      stop('lost');
      await heartbeat;
      drive.turnId = undefined;
    }
  };

  /** Is the session's turn one to be patient with, and is it too early? Then it is looked at again in time. */
  const mustWait = async (sessionKey: string): Promise<boolean> => {
    const upMs = deps.clock.mono() - startedAt;
    if (upMs > options.patience.longestMs) return false;
    const cut = (await deps.store.readSession(sessionKey))?.runningTurn;
    const attempts = cut === undefined ? 0 : ((await deps.store.readTurn(cut))?.attempts ?? 0);
    const leftMs = waitFor(attempts, options.patience) - upMs;
    if (leftMs <= 0) return false;
    void deps.clock.sleep(leftMs).then(() => wake(sessionKey));
    return true;
  };

  return {
    wake,
    stopTurn(turnId) {
      for (const drive of active.values()) if (drive.turnId === turnId) drive.stop('cancel');
    },
    running: () => active.size,
    lastFault: (sessionKey) => faults.get(sessionKey),
    async drain(withinMs) {
      draining = true;
      if (active.size === 0) return;
      const emptied = new Promise<void>((resolve) => (idle = resolve));
      for (const drive of active.values()) drive.stop('drain');
      await within(deps.clock, emptied, withinMs);
    },
  };
}

/** How long after the start a turn with so many attempts behind it is taken up. */
function waitFor(attempts: number, patience: Patience): number {
  if (attempts < patience.attempts) return 0;
  return Math.min(patience.longestMs, patience.firstMs * 2 ** (attempts - patience.attempts));
}

/** Renews the lease at a third of its time until `signal` aborts; stops the drive when the lease is lost or a cancel was asked for. */
async function keepLease(
  deps: TurnDeps,
  { fence, turn }: HeldTurn,
  leaseMs: number,
  signal: AbortSignal,
  stop: (why: 'cancel' | 'lost') => void,
): Promise<void> {
  let failures = 0;
  for (;;) {
    await deps.clock.sleep(leaseMs / 3, signal);
    if (signal.aborted) return;
    try {
      const renewed = await deps.store.renewTurn(fence, turn.id, leaseMs);
      failures = 0;
      if (!renewed.ok) stop('lost');
      else if (renewed.value.cancelRequested) stop('cancel');
    } catch {
      failures += 1;
      if (failures >= 3) stop('lost');
    }
  }
}

async function within(clock: Clock, work: Promise<void>, ms: number): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, clock.sleep(ms, over.signal)]);
  over.abort();
}
