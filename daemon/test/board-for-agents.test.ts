/** What an agent may do with the board in its turn, and what becomes of the chain of cause. */
import { rootProvenance } from '@guildhall/authority';
import { hashClaimToken } from '@guildhall/board';
import { systemClock } from '@guildhall/kernel';
import { expectDone, refuse, type Provenance, type TaskRequest } from '@guildhall/protocol';
import type { Store } from '@guildhall/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ids, sqliteDatabase, type TestDatabase } from '../../store/test/databases.ts';
import type { BoardCaller, BoardOperations } from '../src/board-operations.ts';
import { createClaimCredentials, type ClaimCredentials } from '../src/operations/board/claim-credentials.ts';
import { claimOperations } from '../src/operations/board/claims.ts';
import { laneOperations } from '../src/operations/board/lanes.ts';
import { boardReads, taskOperations } from '../src/operations/board/tasks.ts';

let database: TestDatabase;
let store: Store;
let credentials: ClaimCredentials;
let board: Pick<
  BoardOperations,
  | keyof ReturnType<typeof taskOperations>
  | keyof ReturnType<typeof claimOperations>
  | keyof ReturnType<typeof boardReads>
  | keyof ReturnType<typeof laneOperations>
>;

beforeEach(async () => {
  database = sqliteDatabase();
  store = await database.open();
  credentials = createClaimCredentials(store.board);
  const deps = {
    store: store.board,
    journal: store.journal,
    clock: systemClock,
    ids,
    home: '/nowhere',
    databaseFile: undefined,
    worktrees: { diffTask: noWorktree, openPullRequest: noWorktree },
    installationKey: 'a key for tests',
    waiting: { claim: async () => ({ ok: true, value: null }) as const, countWaiting: () => 0, stop: async () => {} },
    credentials,
    chainLimits: () => ({ depth: 16, handoffs: 16 }),
    isDraining: () => false,
    revoked: () => {},
  };
  board = { ...boardReads(deps), ...taskOperations(deps), ...claimOperations(deps), ...laneOperations(deps) };
});
afterEach(() => database.dispose());

async function noWorktree() {
  return refuse('not-available', 'there are no worktrees here');
}

const operator: BoardCaller = { kind: 'credential', credential: { id: 'cred_op', scopes: ['operator'], label: '', createdAt: 0 } };
const root = rootProvenance({ id: 'root_1', origin: 'telegram:kim', trust: 'person', agent: 'coder', via: 'message', ref: 'm1' });

function agent(name: string, provenance: Provenance = root): BoardCaller {
  return { kind: 'agent', agent: name, provenance, turnId: 'turn_1' };
}

async function make(by: BoardCaller, request: Partial<TaskRequest> = {}) {
  const { id } = expectDone(await board.createTask('default', { title: 'Sweep the hall', ...request }, by));
  const task = await store.board.readTask(id);
  if (task === undefined) throw new Error('it was not made');
  return task;
}

test('the task of an agent goes on with the chain of its turn, with no more trust than a peer', async () => {
  const task = await make(agent('coder'));
  expect(task).toMatchObject({ createdBy: 'agent:coder' });
  expect(task.provenance).toMatchObject({
    root: 'root_1',
    origin: 'telegram:kim',
    trust: 'peer',
    depth: 1,
    hops: [
      { via: 'message', actor: 'telegram:kim', ref: 'm1' },
      { via: 'task', actor: 'agent:coder', ref: task.id },
    ],
  });
});

test('a chain that may not do something gives tasks to agents and to people only', async () => {
  await store.board.setAgentLanes([{ agent: 'writer', capacity: 1 }], 'daemon');
  const usual = { claimMode: 'pull', allowedStatusMutations: 'own-claimed-only', capacity: 1, description: '', leaseMs: 60_000 } as const;
  expectDone(await board.registerLane({ ...usual, labels: [], kind: 'spawnable', name: 'builder', command: ['make'] }, operator));
  expectDone(await board.registerLane({ ...usual, labels: [], kind: 'persistent', name: 'poller' }, operator));
  const forbidding = agent('coder', { ...root, forbidden: ['db_write'] });
  for (const assignee of ['writer', 'operator']) expect((await make(forbidding, { assignee })).provenance.forbidden).toEqual(['db_write']);
  for (const assignee of ['builder', 'poller', 'nobody-yet']) {
    expect(await board.createTask('default', { title: 'x', assignee }, forbidding)).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
    expect((await make(agent('coder'), { assignee })).assignee).toBe(assignee);
  }
});

test('tasks that lead to tasks end after eight', async () => {
  let provenance = root;
  for (let link = 0; link < 8; link += 1) provenance = (await make(agent('coder', provenance))).provenance;
  expect(await board.createTask('default', { title: 'one more' }, agent('coder', provenance))).toMatchObject({ ok: false, refusal: { code: 'limit-reached' } });
});

test('an agent chooses no workspace, and moves only what it made', async () => {
  const chosen = await board.createTask('default', { title: 'x', workspace: { kind: 'directory', path: '/tmp' } }, agent('coder'));
  expect(chosen).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
  const theirs = await make(operator);
  const own = await make(agent('coder'));
  const file = { name: 'a', content: 'eA==' };
  const refused = { ok: false, refusal: { code: 'not-allowed' } };
  expect(await board.linkTasks(own.id, theirs.id, agent('coder'))).toMatchObject(refused);
  expect(await board.linkTasks(theirs.id, own.id, agent('writer'))).toMatchObject(refused);
  expect(await board.linkTasks(theirs.id, own.id, agent('coder'))).toMatchObject({ ok: true, value: { status: 'todo' } });
  expect(await board.attach(theirs.id, file, agent('coder'))).toMatchObject(refused);
  expect(await board.attach(own.id, file, agent('coder'))).toMatchObject({ ok: true });
  expect(await board.comment(theirs.id, 'I have a question', agent('coder'))).toMatchObject({ ok: true, value: { author: 'agent:coder' } });
  expect(await board.block(theirs.id, { kind: 'needs_input', reason: 'x' }, agent('coder'))).toMatchObject(refused);
  for (const ask of [
    board.reclaimTask(own.id, '', agent('coder')),
    board.archiveTask(own.id, agent('coder')),
    board.reviewTask(own.id, 'accept', '', agent('coder')),
  ])
    expect(await ask).toMatchObject(refused);
  expect(await board.complete(own.id, { summary: 'x' }, agent('coder'))).toMatchObject(refused);
});

test('the bearer of a claim writes on its task without showing the token again, and on no other', async () => {
  const task = await make(operator, { assignee: 'operator' });
  const other = await make(operator, { assignee: 'operator' });
  const token = 'ghclaim_for-this-test';
  const request = { lane: 'operator', requestId: 'r', runId: ids.next('run'), task: task.id, tokenHashFor: () => hashClaimToken(token) };
  expectDone(await store.board.claimTask(request));
  const credential = await credentials.find(token);
  if (credential === undefined) throw new Error('the token is no credential');
  const bearer: BoardCaller = { kind: 'credential', credential };
  expect(await board.comment(other.id, 'x', bearer)).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
  expect(await board.readTask(other.id, bearer)).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
  expect(await board.complete(task.id, { summary: 'x' }, bearer)).toMatchObject({ ok: true, value: { status: 'done' } });
  expect(await credentials.find(token)).toBeUndefined();
});

test('nobody but a lane and the operator claims, and a claim cannot be told apart from its credential', async () => {
  const task = await make(operator, { assignee: 'operator' });
  const signal = new AbortController().signal;
  expect(await board.claim('operator', {}, agent('coder'), 0, signal)).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
  const made: BoardCaller = { kind: 'credential', credential: { id: 'claim:run_1', scopes: [`claim:${task.id}`], label: '', createdAt: 0 } };
  expect(await board.complete(task.id, { summary: 'x' }, made)).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
});
