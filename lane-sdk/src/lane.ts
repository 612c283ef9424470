/** A lane's own side: ask for work, do it, tell how it went. */
import { randomUUID } from 'node:crypto';
import type { ClaimAnswer } from '@guildhall/protocol';
import { holdClaim, type Claim, type Finish, type HeldClaim } from './claim.ts';
import { openWire } from './wire.ts';

export interface LaneOptions {
  /** Where the daemon answers, such as http://127.0.0.1:4733. */
  readonly url: string;
  /** The token that `guildhall kanban lanes register` printed. */
  readonly token: string;
  readonly lane: string;
  /** What runs in the lane; shown to people. */
  readonly version?: string;
}

export interface ClaimOptions {
  /** How long to wait for a task, milliseconds; 0 looks once. */
  readonly waitMs?: number;
  /** Exactly this task. */
  readonly task?: string;
  readonly board?: string;
  readonly signal?: AbortSignal;
}

export interface WorkOptions {
  /** Ends the loop: what is being worked on is given back. */
  readonly signal?: AbortSignal;
  /** Tasks at once; the lane's capacity has the last word. Default 1. */
  readonly parallel?: number;
  readonly board?: string;
  /** Told of work that threw, and of claims that were lost. Must not throw. */
  readonly onTrouble?: (error: unknown, claim: Claim) => void;
}

export interface Lane {
  /** A task to hold, or undefined when none came within `waitMs`. Refused: `LaneRefusal`. A lost answer is asked for again and gives the same claim. */
  claim(options?: ClaimOptions): Promise<Claim | undefined>;
  /**
   * Works until `signal` aborts. `task` gets one claim at a time and says how it ends; it may also finish the claim itself and give back nothing. When it throws, the task is blocked as
   * `transient` with the error's message and tried again later; when it neither finishes nor throws, the same.
   */
  work(task: (claim: Claim) => Promise<Finish | undefined>, options?: WorkOptions): Promise<void>;
}

const waitForWorkMs = 30_000;

export function openLane(options: LaneOptions): Lane {
  const wire = openWire(options.url, options.token);

  const take = async (ask: ClaimOptions): Promise<HeldClaim | undefined> => {
    const requestId = randomUUID();
    const waitMs = ask.waitMs ?? 0;
    const body = {
      requestId,
      ...(ask.task === undefined ? {} : { task: ask.task }),
      ...(ask.board === undefined ? {} : { board: ask.board }),
      ...(options.version === undefined ? {} : { version: options.version }),
    };
    const answer = await wire.ask<ClaimAnswer>('POST', `/v1/lanes/${encodeURIComponent(options.lane)}/claims?waitMs=${waitMs}`, {
      body,
      signal: ask.signal,
      timeoutMs: waitMs + 10_000,
    });
    return answer === undefined ? undefined : holdClaim(wire, answer, ask.signal);
  };

  const workOn = async (held: HeldClaim, task: (claim: Claim) => Promise<Finish | undefined>, work: WorkOptions): Promise<void> => {
    const { claim } = held;
    try {
      const finish = await task(claim);
      if (finish !== undefined) await conclude(claim, finish);
      else if (!held.isFinished()) await claim.block({ kind: 'transient', reason: 'the worker ended without saying how' });
    } catch (error) {
      work.onTrouble?.(error, claim);
      if (held.isFinished() || isLost(claim, work.signal)) return;
      await giveBack(claim, error, work.signal?.aborted === true).catch((trouble: unknown) => work.onTrouble?.(trouble, claim));
    } finally {
      held.letGo();
    }
  };

  return {
    claim: async (ask = {}) => (await take(ask))?.claim,
    async work(task, work = {}) {
      const one = async (): Promise<void> => {
        while (work.signal?.aborted !== true) {
          const held = await take({
            waitMs: waitForWorkMs,
            ...(work.board === undefined ? {} : { board: work.board }),
            ...(work.signal === undefined ? {} : { signal: work.signal }),
          }).catch((error: unknown) => {
            if (work.signal?.aborted === true) return undefined;
            throw error;
          });
          if (held !== undefined) await workOn(held, task, work);
        }
      };
      await Promise.all(Array.from({ length: work.parallel ?? 1 }, one));
    },
  };
}

/** Lost to another; not merely stopped from here. */
function isLost(claim: Claim, stop: AbortSignal | undefined): boolean {
  return claim.signal.aborted && stop?.aborted !== true;
}

async function conclude(claim: Claim, finish: Finish): Promise<void> {
  if (finish.as === 'complete') {
    const { as: _, ...completion } = finish;
    await claim.complete(completion);
    return;
  }
  if (finish.as === 'block') {
    const { as: _, ...block } = finish;
    await claim.block(block);
    return;
  }
  await claim.release(finish.reason);
}

async function giveBack(claim: Claim, error: unknown, stopped: boolean): Promise<void> {
  const reason = error instanceof Error && error.message !== '' ? error.message : String(error);
  if (stopped) await claim.release('the lane was stopped');
  else await claim.block({ kind: 'transient', reason: reason.slice(0, 10_000) });
}
