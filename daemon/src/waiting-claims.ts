/**
 * Requests that wait for work. Each lane has its waiters in the order they came; work that becomes ready wakes one of them for each task, so that a crowd costs no more than the work
 * there is. A woken waiter asks the store, which alone decides who gets what.
 *
 * A waiter is `asking` (its attempt is under way) or `idle`. A hint that finds all waiters asking makes the first of them ask again, so that nothing is missed between an attempt and
 * the wait after it. Hints come from the journal, also from other daemons, and may get lost: every `lookEveryMs` one query for all waiting lanes together finds what was missed.
 *
 * A lane that was told it may take nothing now (its capacity is used up, it is drained or parked) is `held back`: only an event of its own, or a rare look, wakes it.
 */
import type { Claimed, LaneVerbs, BoardReads } from '@guildhall/board';
import { deadline, type Clock } from '@guildhall/kernel';
import { done, type EventType, type JournalEvent, type Refusal, type Settled } from '@guildhall/protocol';
import { repeat } from './flows/repeat.ts';
import type { JournalTail } from './journal-tail.ts';

export interface WaitingClaims {
  /** Asks, and asks again whenever there may be work, until it is answered with a claim or a refusal for good; null when `waitMs` was over, `signal` aborted or the daemon stops. */
  claim(request: WaitingRequest, waitMs: number, signal: AbortSignal): Promise<Settled<Claimed | null>>;
  countWaiting(lane: string): number;
  /** Ends every wait with null; the attempts under way are finished. */
  stop(): Promise<void>;
}

interface WaitingRequest {
  readonly lane: string;
  readonly requestId: string;
  readonly board?: string;
  readonly attempt: () => Promise<Settled<Claimed | null>>;
  /** Is this refusal over once the lane is free, resumed or no longer parked? */
  readonly isPassing: (refusal: Refusal) => Promise<boolean>;
}

interface Waiter {
  readonly requestId: string;
  readonly board: string | undefined;
  state: 'asking' | 'idle';
  askAgain: boolean;
  wake: () => void;
}

interface WaitingLane {
  readonly waiters: Set<Waiter>;
  /** Monotonic time before which the look at all lanes passes it by; events of its own do not. */
  heldBackUntil: number;
  /** The last look found more work than it woke waiters for: each that gets some wakes the next. */
  moreWork: boolean;
}

const lookEveryMs = 2000;
const heldBackMs = 30_000;
const presenceEveryMs = 30_000;
/** Waiters of one lane that a look wakes at once. */
const wokenPerLook = 16;

/** After these a task may be ready, if they say so. */
const readying = [
  'task.created',
  'task.changed',
  'task.specified',
  'task.promoted',
  'task.unblocked',
  'task.unlinked',
  'task.released',
  'task.reclaimed',
  'task.timed-out',
  'task.crashed',
  'task.reviewed',
  'task.imported',
] as const satisfies readonly EventType[];
/** After these a lane may hold one task less. */
const freeing = ['task.completed', 'task.blocked', 'task.released', 'task.reclaimed', 'task.timed-out', 'task.crashed'] as const satisfies readonly EventType[];
const laneOpens = ['lane.resumed', 'lane.changed', 'lane.registered'] as const satisfies readonly EventType[];

export function createWaitingClaims(deps: {
  readonly store: Pick<BoardReads, 'lanesWithWork'> & Pick<LaneVerbs, 'touchLanes'>;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly onFault: (error: unknown) => void;
}): WaitingClaims {
  const { clock, store } = deps;
  const lanes = new Map<string, WaitingLane>();
  const stopped = new AbortController();

  const hint = (name: string, board: string | undefined) => {
    const lane = lanes.get(name);
    if (lane === undefined) return;
    lane.heldBackUntil = 0;
    wakeOne(lane, board);
  };
  const lookAt = async (names: readonly string[]) => {
    if (names.length === 0) return;
    for (const [name, count] of await store.lanesWithWork(names, wokenPerLook)) wakeSome(lanes.get(name), count);
  };
  const subscriptions = [
    deps.tail.on(readying, (event) => {
      const { assignee, status } = namesIn(event);
      if (assignee !== undefined && status === 'ready') hint(assignee, boardOf(event));
    }),
    deps.tail.on(freeing, (event) => {
      const { assignee, lane = assignee } = namesIn(event);
      if (lane !== undefined && (lanes.get(lane)?.heldBackUntil ?? 0) > clock.mono()) hint(lane, undefined);
    }),
    deps.tail.on(laneOpens, (event) => {
      const { lane: name = '' } = namesIn(event);
      const lane = lanes.get(name);
      if (lane === undefined) return;
      lane.heldBackUntil = 0;
      void lookAt([name]).catch(deps.onFault);
    }),
    deps.tail.on(['lane.unregistered'], (event) => {
      for (const waiter of lanes.get(namesIn(event).lane ?? '')?.waiters ?? []) wake(waiter);
    }),
  ];

  const look = async () => {
    const now = clock.mono();
    await lookAt([...lanes].flatMap(([name, lane]) => (lane.heldBackUntil > now ? [] : [name])));
  };
  const tellPresence = async () => {
    if (lanes.size > 0) await store.touchLanes([...lanes.keys()]);
  };
  const looking = repeat(clock, lookEveryMs, look, deps.onFault);
  const presence = repeat(clock, presenceEveryMs, tellPresence, deps.onFault);

  const enter = (request: WaitingRequest): { readonly lane: WaitingLane; readonly waiter: Waiter } => {
    const lane = lanes.get(request.lane) ?? { waiters: new Set(), heldBackUntil: 0, moreWork: false };
    lanes.set(request.lane, lane);
    const waiter: Waiter = { requestId: request.requestId, board: request.board, state: 'asking', askAgain: false, wake: () => {} };
    lane.waiters.add(waiter);
    return { lane, waiter };
  };
  const leave = (name: string, lane: WaitingLane, waiter: Waiter) => {
    lane.waiters.delete(waiter);
    if (lane.waiters.size === 0 && lanes.get(name) === lane) lanes.delete(name);
  };

  return {
    async claim(request, waitMs, signal) {
      if (waitMs <= 0) return request.attempt();
      const limit = deadline(waitMs, signal, stopped.signal);
      const { lane, waiter } = enter(request);
      try {
        return await askUntilAnswered(request, lane, waiter, limit.signal, () => (lane.heldBackUntil = clock.mono() + heldBackMs));
      } finally {
        limit.clear();
        leave(request.lane, lane, waiter);
      }
    },
    countWaiting: (name) => lanes.get(name)?.waiters.size ?? 0,
    async stop() {
      stopped.abort();
      for (const unsubscribe of subscriptions) unsubscribe();
      await Promise.all([looking.stop(), presence.stop()]);
    },
  };
}

async function askUntilAnswered(
  request: WaitingRequest,
  lane: WaitingLane,
  waiter: Waiter,
  signal: AbortSignal,
  holdBack: () => void,
): Promise<Settled<Claimed | null>> {
  while (!signal.aborted) {
    waiter.state = 'asking';
    waiter.askAgain = false;
    const answer = await request.attempt();
    if (answer.ok && answer.value !== null) {
      tellTwins(lane, waiter);
      if (lane.moreWork) wakeOne(lane, undefined);
      return answer;
    }
    lane.moreWork = false;
    if (!answer.ok) {
      if (!(await request.isPassing(answer.refusal))) return answer;
      holdBack();
    }
    if (!waiter.askAgain) await idle(waiter, signal);
  }
  return done(null);
}

/** The same request waits twice when its client lost the connection and asked again: both are answered with the one claim. */
function tellTwins(lane: WaitingLane, winner: Waiter): void {
  for (const waiter of lane.waiters) if (waiter !== winner && waiter.requestId === winner.requestId) wake(waiter);
}

function idle(waiter: Waiter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    waiter.state = 'idle';
    waiter.wake = end;
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

function wake(waiter: Waiter): void {
  if (waiter.state === 'asking') {
    waiter.askAgain = true;
    return;
  }
  waiter.state = 'asking';
  waiter.wake();
}

/** The first idle waiter that would take a task of this board; when all are asking already, one of them asks again. */
function wakeOne(lane: WaitingLane, board: string | undefined): void {
  let asking: Waiter | undefined;
  for (const waiter of lane.waiters) {
    if (waiter.board !== undefined && board !== undefined && waiter.board !== board) continue;
    if (waiter.state === 'idle') return wake(waiter);
    if (!waiter.askAgain) asking ??= waiter;
  }
  if (asking !== undefined) wake(asking);
}

/** As many as there is work for; those that want one board only come on top, because whose work it is is not known here. */
function wakeSome(lane: WaitingLane | undefined, count: number): void {
  if (lane === undefined) return;
  lane.moreWork = count >= wokenPerLook;
  let left = count;
  let choosy = wokenPerLook;
  for (const waiter of lane.waiters) {
    if (waiter.state !== 'idle') continue;
    if (waiter.board === undefined ? left-- > 0 : choosy-- > 0) wake(waiter);
    if (left <= 0 && choosy <= 0) return;
  }
}

function namesIn(event: JournalEvent): { readonly assignee?: string; readonly lane?: string; readonly status?: string } {
  const { assignee, lane, status } = event.data ?? {};
  return {
    ...(typeof assignee === 'string' ? { assignee } : {}),
    ...(typeof lane === 'string' ? { lane } : {}),
    ...(typeof status === 'string' ? { status } : {}),
  };
}

function boardOf(event: JournalEvent): string | undefined {
  return event.stream.startsWith('board:') ? event.stream.slice('board:'.length) : undefined;
}
