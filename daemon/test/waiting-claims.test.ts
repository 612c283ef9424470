/** Requests that wait for work, on a real store: what they cost while nothing happens, and what finds the work when its event is lost. */
import { systemClock } from '@guildhall/kernel';
import type { Claimed } from '@guildhall/board';
import type { Settled } from '@guildhall/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '@guildhall/store';
import { attempt, newLane, newTask } from '../../store/test/claim-fixtures.ts';
import { sqliteDatabase, value, type TestDatabase } from '../../store/test/databases.ts';
import { startJournalTail, type JournalTail } from '../src/journal-tail.ts';
import { createWaitingClaims, type WaitingClaims } from '../src/waiting-claims.ts';

let database: TestDatabase;
let store: Store;
let tail: JournalTail;
let waiting: WaitingClaims;
let leave: AbortController;
const faults: unknown[] = [];
const counted = { attempts: 0, looks: 0 };

beforeEach(async () => {
  database = sqliteDatabase();
  store = await database.open();
  leave = new AbortController();
  Object.assign(counted, { attempts: 0, looks: 0 });
});
afterEach(async () => {
  leave.abort();
  await waiting.stop();
  await tail.stop();
  await database.dispose();
  expect(faults.splice(0)).toEqual([]);
});

/** Follows the journal, or hears nothing of it. */
async function open(hears: 'everything' | 'nothing'): Promise<void> {
  const onFault = (error: unknown) => void faults.push(error);
  tail = await startJournalTail(store.journal, store.wakeups.onAppend, systemClock, onFault);
  const heard: JournalTail = hears === 'everything' ? tail : { ...tail, on: () => () => {} };
  const lanesWithWork: Store['board']['lanesWithWork'] = (names, limit) => {
    counted.looks += 1;
    return store.board.lanesWithWork(names, limit);
  };
  waiting = createWaitingClaims({ store: { lanesWithWork, touchLanes: store.board.touchLanes }, tail: heard, clock: systemClock, onFault });
}

async function lane(capacity = 1000): Promise<string> {
  return value(await store.board.registerLane(newLane({ capacity }), 'operator')).name;
}

async function task(assignee: string, board = 'default'): Promise<string> {
  return value(await store.board.createTask(newTask({ assignee, board }))).task.id;
}

function wait(name: string, how: { readonly board?: string; readonly signal?: AbortSignal } = {}): Promise<Settled<Claimed | null>> {
  const request = attempt(name, how.board === undefined ? {} : { board: how.board });
  const claim = async () => {
    const answer = await store.board.claimTask(request);
    counted.attempts += 1;
    return answer;
  };
  return waiting.claim(
    {
      lane: name,
      requestId: request.requestId,
      attempt: claim,
      isPassing: async ({ code }) => code === 'limit-reached',
      ...(how.board === undefined ? {} : { board: how.board }),
    },
    60_000,
    how.signal ?? leave.signal,
  );
}

async function untilLooks(more: number): Promise<void> {
  const before = counted.looks;
  await expect.poll(() => counted.looks, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(before + more);
}

async function untilAttempts(count: number): Promise<void> {
  await expect.poll(() => counted.attempts, { timeout: 20_000, interval: 20 }).toBe(count);
}

test('a thousand waiting lanes ask once, share one look, and a task wakes the one it is for', async () => {
  await open('everything');
  const lanes: string[] = [];
  for (let at = 0; at < 1000; at += 1) lanes.push(await lane());
  const waits = lanes.map((name) => wait(name));
  await untilAttempts(1000);
  const cpu = process.cpuUsage();
  const began = performance.now();
  await untilLooks(2);
  const spent = process.cpuUsage(cpu);
  console.log(`      a thousand lanes idle: ${((spent.user + spent.system) / 10 / (performance.now() - began)).toFixed(1)} % of one processor`);
  expect(counted.attempts).toBe(1000);
  const made = await task(lanes[700] ?? '');
  expect(value((await waits[700]) ?? { ok: true, value: null })?.task.id).toBe(made);
  await untilLooks(1);
  expect(counted.attempts).toBe(1001);
});

test('work whose event was lost is found by the look', async () => {
  await open('nothing');
  const name = await lane();
  const waits = [wait(name), wait(name), wait(name)];
  await untilAttempts(3);
  const made = [await task(name), await task(name)];
  const won = await Promise.all(waits.slice(0, 2));
  expect(won.map((each) => value(each)?.task.id ?? 'nothing').toSorted()).toEqual(made.toSorted());
  await untilLooks(2);
  expect(counted.attempts).toBe(5);
});

test('a crowd that waits on one lane costs one attempt for each task, not one for each of the crowd', async () => {
  await open('everything');
  const name = await lane();
  const won: string[] = [];
  const crowd = Array.from({ length: 60 }, async () => {
    const claimed = value(await wait(name));
    if (claimed !== null) won.push(claimed.task.id);
  });
  await untilAttempts(60);
  const made = [await task(name), await task(name), await task(name)];
  await expect.poll(() => won.toSorted(), { timeout: 20_000, interval: 20 }).toEqual(made.toSorted());
  await untilLooks(1);
  // A look that comes between a task and its event may wake one more for each.
  expect(counted.attempts).toBeLessThanOrEqual(66);
  leave.abort();
  await Promise.all(crowd);
});

test('a lane that has its hands full is not asked for again and again, and gets the next task when one is done', async () => {
  await open('everything');
  const name = await lane(1);
  await task(name);
  const first = value(await wait(name));
  const second = await task(name);
  const next = wait(name);
  // Somebody for whom the looks go on.
  const other = wait(await lane());
  await untilLooks(2);
  const before = counted.attempts;
  await untilLooks(2);
  expect(counted.attempts).toBe(before);
  if (first !== null)
    value(
      await store.board.completeClaim(
        { task: first.task.id, tokenHash: first.run.tokenHash },
        { summary: 'x', metadata: {}, artifacts: [], evidence: [], review: false },
      ),
    );
  let got: string | undefined;
  const arrived = next.then((answer) => (got = value(answer)?.task.id));
  // Well before the rare look at lanes that are held back.
  await expect.poll(() => got, { timeout: 15_000, interval: 20 }).toBe(second);
  await arrived;
  leave.abort();
  expect(value(await other)).toBeNull();
});

test('a waiter that wants another board neither takes the work nor stands in its way', async () => {
  await open('everything');
  value(await store.board.createBoard({ name: 'other', title: 'Other', archiveDoneAfterDays: null }, 'operator'));
  const name = await lane();
  const choosy = wait(name, { board: 'other' });
  await untilAttempts(1);
  const any = wait(name);
  await untilAttempts(2);
  const made = await task(name);
  expect(value(await any)?.task.id).toBe(made);
  expect(counted.attempts).toBe(3);
  const wanted = await task(name, 'other');
  expect(value(await choosy)?.task.id).toBe(wanted);
});

test('who left does not stand in the way, and whoever waits when the daemon stops is told that there was nothing', async () => {
  await open('everything');
  const name = await lane();
  const gone = new AbortController();
  const left = wait(name, { signal: gone.signal });
  await untilAttempts(1);
  const stays = wait(name);
  const stopped = wait(name);
  await untilAttempts(3);
  gone.abort();
  expect(value(await left)).toBeNull();
  const made = await task(name);
  expect(value(await stays)?.task.id).toBe(made);
  await waiting.stop();
  expect(value(await stopped)).toBeNull();
});
