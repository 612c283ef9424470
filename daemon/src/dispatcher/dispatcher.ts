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
const taskEvents: readonly EventType[] = eventTypes.filter((type) => type.startsWith('task.'));
const laneEvents: readonly EventType[] = eventTypes.filter((type) => type.startsWith('lane.'));

export async function startDispatcher(deps: DispatcherDeps): Promise<Repeating> {
  const dispatcher = createDispatcher(deps);
  const stopListening = [deps.tail.on(taskEvents, dispatcher.onTaskEvent), deps.tail.on(laneEvents, dispatcher.onLaneEvent)];
  await dispatcher.refreshLanes();
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
  const { board, clock, ids } = deps;
  const prefix = requestPrefix(deps.dispatcherId);
  let lanes: ReadonlyMap<string, Lane> = new Map();
  const watches = new Map<string, Watch>();
  const filling = new Map<string, { again: boolean }>();
  const background = new Set<Promise<void>>();
  let stopped = false;

  const inBackground = (work: Promise<void>) => {
    const settled = work.catch(deps.onFault).finally(() => background.delete(settled));
    background.add(settled);
  };

  const refreshLanes = async () => {
    const all = await board.listLanes();
    lanes = new Map(all.flatMap(({ lane }) => (isDispatched(lane) ? [[lane.name, lane]] : [])));
  };

  /** One worker for each task at a time: the process of an earlier run may still be ending. */
  const startWatch = async ({ task, run }: Omit<HeldRun, 'leaseMs'>) => {
    await watches.get(task.id)?.ended;
    const lane = lanes.get(run.lane);
    if (stopped || lane === undefined || lane.runner === null || watches.has(task.id)) return;
    const watch = deps.watch({ task, run, leaseMs: lane.leaseMs }, lane.runner);
    watches.set(task.id, watch);
    await watch.ended;
    watches.delete(task.id);
    kick(run.lane);
  };

  const claimNext = async (lane: string): Promise<Claimed | null> => {
    const requestId = `${prefix}${ids.next('claim')}`;
    const tokenHashFor = (task: string, epoch: number) => hashClaimToken(claimToken(deps.installationKey, { task, epoch, requestId }));
    const claimed = await board.claimTask({ lane, requestId, runId: ids.next('run'), tokenHashFor });
    return claimed.ok ? claimed.value : null;
  };

  const fill = async (lane: string, state: { again: boolean }) => {
    while (!stopped && state.again) {
      state.again = false;
      for (let claimed = await claimNext(lane); claimed !== null; claimed = stopped ? null : await claimNext(lane)) inBackground(startWatch(claimed));
    }
    filling.delete(lane);
  };

  /** The lane may have room and work. */
  const kick = (lane: string) => {
    const under = filling.get(lane);
    if (under !== undefined) under.again = true;
    if (under !== undefined || stopped || !lanes.has(lane)) return;
    const state = { again: true };
    filling.set(lane, state);
    inBackground(fill(lane, state).finally(() => filling.delete(lane)));
  };

  const fillLanes = async () => {
    const ready = await board.lanesWithWork([...lanes.keys()], 1);
    for (const lane of lanesToFill([...lanes.values()], ready, clock.now())) kick(lane);
  };

  return {
    refreshLanes,
    async takeUp() {
      const mine = (await board.liveClaims()).filter(({ run }) => run.requestId.startsWith(prefix));
      await deps.endOrphans(new Set(mine.map(({ run }) => run.id)));
      for (const held of mine) inBackground(startWatch(held));
    },
    async lookAround() {
      await refreshLanes();
      await fillLanes();
    },
    onTaskEvent: (event: JournalEvent) => {
      const { task, status, assignee } = event.data ?? {};
      if (typeof task === 'string' && event.type !== 'task.heartbeat') watches.get(task)?.wake();
      if (status === 'ready' && typeof assignee === 'string') kick(assignee);
    },
    onLaneEvent: () => inBackground(refreshLanes().then(fillLanes)),
    async stop() {
      stopped = true;
      for (const watch of watches.values()) watch.stop();
      await Promise.all(background);
    },
  };
}

/** The claims of a dispatcher are known by their request ids, also to the daemon that starts after this one. */
export function requestPrefix(dispatcherId: string): string {
  return `dispatch:${dispatcherId}:`;
}
