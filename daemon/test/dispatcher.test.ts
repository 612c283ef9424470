import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rootProvenance } from '@guildhall/authority';
import { claimToken, hashClaimToken, type Claimed, type TaskFacts } from '@guildhall/board';
import { systemClock, systemIds } from '@guildhall/kernel';
import { expectDone } from '@guildhall/protocol';
import { openStore, type Store } from '@guildhall/store';
import { requestPrefix, startDispatcher } from '../src/dispatcher/dispatcher.ts';
import { endOrphans } from '../src/dispatcher/orphans.ts';
import { runFolders } from '../src/dispatcher/run-folder.ts';
import { spawnWorker } from '../src/dispatcher/spawn-worker.ts';
import { watchWorker } from '../src/dispatcher/watch-worker.ts';
import type { Repeating } from '../src/flows/repeat.ts';
import { startJournalTail, type JournalTail } from '../src/journal-tail.ts';
import { createGit } from '../src/workspaces/git.ts';
import { createWorkspaces, type Workspaces } from '../src/workspaces/workspaces.ts';

const clock = systemClock;
const ids = systemIds(clock.now);
const installationKey = 'a key for tests';
const dispatcherId = 'disp_test';

let home: string;
let store: Store;
let tail: JournalTail;
let dispatcher: Repeating | undefined;
const faults: unknown[] = [];

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'guildhall-dispatch-'));
  store = expectDone(await openStore({ kind: 'sqlite', file: path.join(home, 'guildhall.db') }, { clock, ids, boot: ids.next('boot') }));
  tail = await startJournalTail(store.journal, store.wakeups.onAppend, clock, (error) => faults.push(error));
});
afterEach(async () => {
  await dispatcher?.stop();
  await endOrphans(runFolders(home), new Set());
  await tail.stop();
  await store.close();
  rmSync(home, { recursive: true, force: true });
  expect(faults.splice(0)).toEqual([]);
});

async function dispatch(changes: Partial<Workspaces> = {}, board = store.board) {
  const folders = runFolders(home);
  const workspaces = { ...createWorkspaces(home, createGit({})), ...changes };
  const variables = { PATH: process.env['PATH'] ?? '' };
  const limited = new Map<string, number>();
  const countLimited = (lane: string, is: boolean) => {
    limited.set(lane, is ? (limited.get(lane) ?? 0) + 1 : 0);
    return limited.get(lane) ?? 0;
  };
  const onFault = (error: unknown) => void faults.push(error);
  const tokenOf = (run: Claimed['run']) => claimToken(installationKey, run);
  const deps = { board, clock, folders, workspaces, variables, url: () => 'http://127.0.0.1:1', tokenOf, countLimited, onFault };
  dispatcher = await startDispatcher({
    board: store.board,
    tail,
    clock,
    ids,
    dispatcherId,
    installationKey,
    watch: (held, runner) => {
      if (runner.kind !== 'command') throw new Error('no agents here');
      return watchWorker(deps, held, runner);
    },
    endOrphans: (live) => endOrphans(folders, live),
    onFault,
  });
}

async function registerFactory(program: string | readonly string[], leaseMs = 60_000): Promise<void> {
  const runner = { kind: 'command' as const, argv: typeof program === 'string' ? ['/bin/sh', '-c', program] : program };
  const lasting = { capacity: 5, labels: [], description: '', leaseMs, runner, credential: null };
  expectDone(await store.board.registerLane({ name: 'factory', kind: 'spawnable', claimMode: 'pull', ...lasting }, 'operator'));
}

async function task(maxAttempts = 1): Promise<string> {
  const id = ids.next('task');
  const provenance = rootProvenance({ id: 'root', origin: 'operator', trust: 'operator', agent: 'main', via: 'task', ref: id });
  const nothing = { body: '', priority: 0, labels: [], startAt: null, acceptance: [], parents: [], metadata: {}, maxRuntimeMs: null, idempotencyKey: null };
  const made = await store.board.createTask({
    ...nothing,
    id,
    board: 'default',
    title: 'Work',
    assignee: 'factory',
    review: 'none',
    reviewer: 'operator',
    evidenceRequired: false,
    maxAttempts,
    workspace: { kind: 'scratch' },
    triage: false,
    provenance,
    createdBy: 'operator',
  });
  return expectDone(made).task.id;
}

async function claim(requestId: string): Promise<Claimed> {
  const tokenHashFor = (won: string, epoch: number) => hashClaimToken(claimToken(installationKey, { task: won, epoch, requestId }));
  const claimed = expectDone(await store.board.claimTask({ lane: 'factory', requestId, runId: ids.next('run'), tokenHashFor }));
  if (claimed === null) throw new Error('there was nothing to claim');
  return claimed;
}

async function until(id: string, holds: (facts: TaskFacts) => boolean): Promise<TaskFacts> {
  for (let tries = 0; tries < 3000; tries += 1) {
    const facts = await store.board.readTaskDetail(id);
    if (facts !== undefined && holds(facts)) return facts;
    await pause(10);
  }
  throw new Error(`it did not become so: ${JSON.stringify(await store.board.readTaskDetail(id))}`);
}
const isBlocked = (facts: TaskFacts) => facts.task.status === 'blocked';

describe('a dispatcher that begins where another was cut', () => {
  test('starts the worker of a run that was claimed and never began, in the same run', async () => {
    await registerFactory(`echo "$GUILDHALL_KANBAN_RUN_ID" >> ${home}/started; exit 3`);
    const id = await task();
    const { run } = await claim(`${requestPrefix(dispatcherId)}1`);
    await dispatch();
    const facts = await until(id, isBlocked);
    expect(facts.runs).toMatchObject([{ id: run.id, outcome: 'crashed', worker: { pid: expect.any(Number) } }]);
    expect(readFileSync(`${home}/started`, 'utf8')).toBe(`${run.id}\n`);
  });

  test('takes up a worker that was started and not recorded, and hears how it ends', async () => {
    const line = `echo "$$" >> ${home}/started; while [ ! -e ${home}/go ]; do sleep 0.02; done; exit 4`;
    await registerFactory(line);
    const id = await task();
    const { run } = await claim(`${requestPrefix(dispatcherId)}1`);
    const folder = await runFolders(home).make(run.id);
    const environment = { PATH: process.env['PATH'] ?? '', GUILDHALL_KANBAN_RUN_ID: run.id };
    expectDone(await spawnWorker({ folder, argv: ['/bin/sh', '-c', line], workspace: home, environment, onExit: () => undefined }));
    await dispatch();
    await until(id, ({ runs }) => runs[0]?.worker !== null);
    writeFileSync(`${home}/go`, '');
    const facts = await until(id, isBlocked);
    expect(facts.runs).toMatchObject([{ id: run.id, outcome: 'crashed', reason: expect.stringContaining('exit code 4') }]);
    expect(readFileSync(`${home}/started`, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('leaves alone what others have claimed for the lane: by hand, or on another machine', async () => {
    await registerFactory(`touch ${home}/started; exit 0`);
    const [byHand, elsewhere] = [await task(), await task()];
    await claim('by hand');
    await claim(`${requestPrefix('disp_other')}1`);
    await dispatch();
    const own = await task();
    await until(own, isBlocked);
    for (const id of [byHand, elsewhere]) expect(await until(id, () => true)).toMatchObject({ task: { status: 'running' }, runs: [{ worker: null }] });
    expect(existsSync(`${home}/kanban/runs`)).toBe(true);
  });

  test('does not give a worker a token that opens nothing', async () => {
    await registerFactory(`touch ${home}/started`);
    const id = await task();
    const requestId = `${requestPrefix(dispatcherId)}1`;
    expectDone(await store.board.claimTask({ lane: 'factory', requestId, runId: ids.next('run'), tokenHashFor: () => 'of another key' }));
    await dispatch();
    expect((await until(id, isBlocked)).runs[0]).toMatchObject({ outcome: 'crashed', reason: expect.stringContaining('installation key') });
    expect(existsSync(`${home}/started`)).toBe(false);
  });
});

test('a claim lives while its workspace is made, however long that takes', async () => {
  await registerFactory('exit 3', 1000);
  const usual = createWorkspaces(home, createGit({}));
  const slow: Partial<Workspaces> = { open: (of) => pause(2500).then(() => usual.open(of)) };
  await dispatch(slow);
  const id = await task();
  expect((await until(id, isBlocked)).runs).toMatchObject([{ outcome: 'crashed' }]);
  expect(await store.board.reclaimLapsed(10)).toEqual([]);
});

test('a worker is watched on when the store failed for a moment', async () => {
  await registerFactory('exit 3');
  let failures = 2;
  const findClaim: Store['board']['findClaim'] = async (hash) => {
    failures -= 1;
    if (failures >= 0) throw new Error('the disk is full');
    return store.board.findClaim(hash);
  };
  await dispatch({}, { ...store.board, findClaim });
  expect((await until(await task(), isBlocked)).runs).toMatchObject([{ outcome: 'crashed', reason: expect.stringContaining('exit code 3') }]);
  expect(faults.splice(0)).toHaveLength(2);
});

test('a program that is not there fails the run with what the shell says', async () => {
  await registerFactory(['/no/such/program']);
  await dispatch();
  const facts = await until(await task(), isBlocked);
  expect(facts.runs[0]).toMatchObject({ outcome: 'crashed', reason: expect.stringMatching(/exit code 127[\s\S]*no\/such\/program/u) });
});

test('a lane that is limited again is parked for longer', async () => {
  await registerFactory('exit 75');
  await dispatch();
  const id = await task();
  const pauses: number[] = [];
  for (let times = 1; times <= 3; times += 1) {
    await until(id, ({ runs }) => runs.length === times && runs.every(({ outcome }) => outcome === 'rate-limited'));
    const found = await store.board.readLane('factory');
    pauses.push(Math.round(((found?.lane.parked?.until ?? 0) - clock.now()) / 60_000));
    expectDone(await store.board.resumeLane('factory', 'operator'));
  }
  expect(pauses).toEqual([1, 2, 4]);
});

test('a worker that ends its claim may tidy up before it ends', async () => {
  await registerFactory(`while [ ! -e ${home}/go ]; do sleep 0.02; done; sleep 0.5; touch ${home}/tidied`);
  await dispatch();
  const id = await task();
  const facts = await until(id, ({ runs }) => runs[0]?.worker !== undefined && runs[0].worker !== null);
  const tokenHash = facts.runs[0]?.tokenHash ?? '';
  expectDone(await store.board.completeClaim({ task: id, tokenHash }, { summary: 'done', metadata: {}, artifacts: [], evidence: [], review: false }));
  writeFileSync(`${home}/go`, '');
  for (let tries = 0; tries < 1000 && !existsSync(`${home}/tidied`); tries += 1) await pause(10);
  expect(existsSync(`${home}/tidied`)).toBe(true);
});
