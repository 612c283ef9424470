/** Random verbs on a board and the same on the specification: the answers are the same, and at the end so is every task. */
import { systemClock, type Clock } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import fc from 'fast-check';
import { openStore, type Store, type StorePlace } from '../src/index.ts';
import { commands, compare, type Real } from './board-commands.ts';
import { Spec, specLeaseMs } from './board-spec.ts';
import { newLane } from './claim-fixtures.ts';
import { ids } from './databases.ts';

export interface ModelPlace {
  readonly place: StorePlace;
  /** Moves the lease time of a database that keeps its own. */
  readonly passLeaseTime: (ms: number) => Promise<void>;
}

export interface ModelFigures {
  operations: number;
  sequences: number;
  claims: number;
  /** Writes under a claim that had ended, lapsed or passed on; each was refused. */
  stale: number;
  reopened: number;
}

/** Runs random sequences until so many operations were tried and compared. Throws with the shortest sequence that differs. Answers the figures and the store, open. */
export async function compareBoards(at: ModelPlace, operations: number, seed: number, progress: (figures: ModelFigures) => void = () => undefined) {
  const figures: ModelFigures = { operations: 0, sequences: 0, claims: 0, stale: 0, reopened: 0 };
  const world = await openWorld(at);
  for (let round = 0; figures.operations < operations; round += 1) {
    await fc.assert(
      fc.asyncProperty(fc.commands([...commands], { maxCommands: 150, size: 'max' }), async (sequence) => {
        figures.sequences += 1;
        // What the sequence before left claimed is nobody's any more.
        await world.pass(2 * specLeaseMs);
        await world.store().board.reclaimLapsed(1_000);
        const spec = new Spec();
        const lanes = await newLanes(world.store(), spec);
        const real: Real = {
          ...world,
          lanes,
          figures,
          async reopen() {
            figures.reopened += 1;
            await world.reopen();
          },
        };
        await fc.asyncModelRun(() => ({ model: spec, real }), sequence);
        for (const task of spec.tasks.values()) await compare(world.store(), task);
      }),
      { numRuns: 10, seed: seed + round },
    );
    progress(figures);
  }
  return { figures, store: world.store() };
}

async function openWorld({ place, passLeaseTime }: ModelPlace) {
  const clock = stillClock();
  const open = async () => expectDone(await openStore(place, { clock, ids, boot: ids.next('boot') }));
  let store = await open();
  return {
    store: (): Store => store,
    tick: () => clock.pass(1),
    async pass(ms: number) {
      clock.pass(ms);
      await passLeaseTime(ms);
    },
    async reopen() {
      await store.close();
      store = await open();
    },
  };
}

/** A clock that moves only when told. */
function stillClock(): Clock & { pass(ms: number): void } {
  const begin = systemClock.now();
  let passed = 0;
  return { now: () => begin + passed, mono: () => passed, sleep: (ms, signal) => systemClock.sleep(ms, signal), pass: (ms) => void (passed += ms) };
}

/** Two lanes of their own for each sequence, so that sequences do not meet. */
async function newLanes(store: Store, spec: Spec): Promise<readonly string[]> {
  const prefix = ids.next('m').toLowerCase();
  const lanes = [
    { name: `${prefix}-a`, capacity: 1 },
    { name: `${prefix}-b`, capacity: 3 },
  ];
  for (const { name, capacity } of lanes) {
    expectDone(await store.board.registerLane(newLane({ name, capacity, leaseMs: specLeaseMs }), 'operator'));
    spec.lanes.set(name, { name, capacity, streak: 0, parkedUntil: 0 });
  }
  return lanes.map(({ name }) => name);
}
