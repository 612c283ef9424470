/**
 * Gives the ready tasks of spawnable lanes to workers, and watches each worker to its end. Persistent lanes are never touched.
 *
 * It begins with what is there: runs that an earlier daemon of this home had claimed are taken up — a worker that lives is watched on, one that never began is started, in the same run — and
 * workers without a claim are ended. Then a task that becomes ready starts its worker at once, by the event; a slow look finds what an event did not tell. Stopping it leaves the workers at work.
 */
import { claimToken, hashClaimToken, isDispatched, lanesToFill, type BoardStore, type Claimed, type Lane, type LaneRunner } from '@guildhall/board';
import type { Clock, Ids } from '@guildhall/kernel';
import { eventTypes, type EventType, type JournalEvent } from '@guildhall/protocol';
import { repeat, type Repeating } from '../flows/repeat.ts';
import type { JournalTail } from '../journal-tail.ts';
import type { HeldRun, Watch } from './held-run.ts';

export interface DispatcherDeps {
  readonly board: BoardStore;
  readonly tail: JournalTail;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of this home; no other dispatcher has it. */
  readonly dispatcherId: string;
  /** What tokens of claims are derived with. */
  readonly installationKey: string;
  /** Starts or takes up the worker of a run. */
  readonly watch: (held: HeldRun, runner: LaneRunner) => Watch;
  /** Ends workers that live and whose run is none of these. */
  readonly endOrphans: (runs: ReadonlySet<string>) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

const slowLookMs = 5000;
/** Lanes are known by their events; so many looks apart they are read again. */
const looksToReadLanes = 12;
const taskEvents: readonly EventType[] = eventTypes.filter((type) => type.startsWith('task.'));
const laneEvents: readonly EventType[] = eventTypes.filter((type) => type.startsWith('lane.'));

export async function startDispatcher(deps: DispatcherDeps): Promise<Repeating> {
  const dispatcher = createDispatcher(deps);
  const stopListening = [deps.tail.on(taskEvents, dispatcher.onTaskEvent), deps.tail.on(laneEvents, dispatcher.onLaneEvent)];
  await dispatcher.takeUp();
  const looking = repeat(deps.clock, slowLookMs, dispatcher.lookAround, deps.onFault);
  return {
    async stop() {
      for (const stop of stopListening) stop();
      await looking.stop();
      await dispatcher.stop();
    },
  };
}

function createDispatcher(deps: DispatcherDeps) {
  const { board, clock } = deps;
  const prefix = requestPrefix(deps.dispatcherId);
  const lanes = new Map<string, Lane>();
  const watches = new Map<string, Watch>();
  const filling = new Map<string, { again: boolean }>();
  const background = new Set<Promise<void>>();
  let stopped = false;
  let looks = 0;

  const inBackground = (work: Promise<void>) => {
    const settled = work.catch(deps.onFault).finally(() => background.delete(settled));
    background.add(settled);
  };

  const readLanes = async () => {
    const all = await board.listLanes();
    lanes.clear();
    for (const { lane } of all) if (isDispatched(lane)) lanes.set(lane.name, lane);
  };

  /** As the store has it now; a lane that is gone takes nothing more. */
  const readLane = async (name: string) => {
    const lane = (await board.findLanes([name])).get(name);
    if (lane !== undefined && isDispatched(lane)) lanes.set(name, lane);
    else lanes.delete(name);
    kick(name);
  };

  /** One worker for each task at a time: the process of an earlier run may still be ending. */
  const startWatch = async ({ task, run }: Omit<HeldRun, 'leaseMs'>) => {
    for (let before = watches.get(task.id); before !== undefined; before = watches.get(task.id)) await before.ended;
    const lane = lanes.get(run.lane);
    if (stopped || lane === undefined || lane.runner === null) return;
    const watch = deps.watch({ task, run, leaseMs: lane.leaseMs }, lane.runner);
    watches.set(task.id, watch);
    await watch.ended.finally(() => watches.delete(task.id));
    kick(run.lane);
  };

  const fill = async (lane: string, state: { again: boolean }) => {
    try {
      while (!stopped && state.again) {
        state.again = false;
        for (let claimed = await claimNext(deps, lane); claimed !== null; claimed = stopped ? null : await claimNext(deps, lane))
          inBackground(startWatch(claimed));
      }
    } finally {
      filling.delete(lane);
    }
  };

  /** The lane may have room and work. */
  const kick = (lane: string) => {
    const under = filling.get(lane);
    if (under !== undefined) under.again = true;
    if (under !== undefined || stopped || !lanes.has(lane)) return;
    const state = { again: true };
    filling.set(lane, state);
    inBackground(fill(lane, state));
  };

  return {
    async takeUp() {
      await readLanes();
      const mine = (await board.liveClaims()).filter(({ run }) => run.requestId.startsWith(prefix));
      await deps.endOrphans(new Set(mine.map(({ run }) => run.id)));
      for (const held of mine) inBackground(startWatch(held));
    },
    async lookAround() {
      looks += 1;
      if (looks % looksToReadLanes === 0) await readLanes();
      const ready = await board.lanesWithWork([...lanes.keys()], 1);
      for (const lane of lanesToFill([...lanes.values()], ready, clock.now())) kick(lane);
    },
    onTaskEvent: (event: JournalEvent) => {
      const { task, status, assignee } = event.data ?? {};
      if (typeof task === 'string' && event.type !== 'task.heartbeat') watches.get(task)?.wake();
      if (status === 'ready' && typeof assignee === 'string') kick(assignee);
    },
    onLaneEvent: (event: JournalEvent) => {
      const lane = event.data?.['lane'];
      if (typeof lane === 'string') inBackground(readLane(lane));
    },
    async stop() {
      stopped = true;
      for (const watch of watches.values()) watch.stop();
      await Promise.all(background);
    },
  };
}

async function claimNext({ board, ids, dispatcherId, installationKey }: DispatcherDeps, lane: string): Promise<Claimed | null> {
  const requestId = `${requestPrefix(dispatcherId)}${ids.next('claim')}`;
  const tokenHashFor = (task: string, epoch: number) => hashClaimToken(claimToken(installationKey, { task, epoch, requestId }));
  const claimed = await board.claimTask({ lane, requestId, runId: ids.next('run'), tokenHashFor });
  return claimed.ok ? claimed.value : null;
}

/** The claims of a dispatcher are known by their request ids, also to the daemon that starts after this one. */
export function requestPrefix(dispatcherId: string): string {
  return `dispatch:${dispatcherId}:`;
}
