/** Calling a handoff off, in every status and with everything it led to. */
import { deriveProvenance } from '@guildhall/authority';
import type { CancelledPart } from '@guildhall/handoffs';
import type { Provenance } from '@guildhall/protocol';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { attempt, claim, newLane, newTask, proofOf } from './claim-fixtures.ts';
import { ids, onBothDatabases, refusalOf, value } from './databases.ts';
import { newRequest, requested, startOf, started, underWay, withinTurn } from './handoff-chain-fixtures.ts';
import { eventsOf, newRun, openedRole } from './role-fixtures.ts';
import { call, newSession, request, result, usage } from './session-fixtures.ts';

function cancelled(store: Store, id: string) {
  return store.handoffs.cancelHandoff(id, 'operator', 'not wanted any more');
}

/** One further link of the chain, as a delegate's turn or a task has it. */
function further(provenance: Provenance, via: 'delegate' | 'task' = 'delegate'): Provenance {
  return deriveProvenance(provenance, { hop: { via, actor: 'agent:coder', ref: ids.next('ref') }, agent: 'coder' });
}

function answersOf(parts: readonly CancelledPart[]): Readonly<Record<string, CancelledPart['answer']>> {
  return Object.fromEntries(parts.map(({ id, answer }) => [id, answer]));
}

onBothDatabases('calling a handoff off', (parts) => {
  test('ends one that waits for a person, and what the person was asked runs out', async () => {
    const handoff = await requested(parts.store, { mustAsk: true });
    expect(handoff.status).toBe('awaiting-approval');
    const ended = value(await cancelled(parts.store, handoff.id));
    expect(ended.handoff).toMatchObject({ status: 'cancelled', outcome: null, reason: 'called off by operator: not wanted any more' });
    expect(ended.parts).toEqual([expect.objectContaining({ kind: 'handoff', id: handoff.id, depth: 0, answer: 'stopped' })]);
    expect(await parts.store.approvals.readApproval(handoff.approvalId ?? '')).toMatchObject({ status: 'expired' });
    expect(refusalOf(await parts.store.approvals.answerApproval(handoff.approvalId ?? '', 'approve', 'operator'))).toBe('wrong-state');
  });

  test('ends one that is queued together with its notice, and it starts no more', async () => {
    const handoff = await requested(parts.store);
    const ended = value(await cancelled(parts.store, handoff.id));
    expect(answersOf(ended.parts)).toEqual({ [handoff.id]: 'stopped', [handoff.noticeTurn ?? '']: 'stopped' });
    expect(await parts.store.sessions.readTurn(handoff.noticeTurn ?? '')).toMatchObject({ status: 'cancelled' });
    expect(refusalOf(await startOf(parts.store, handoff))).toBe('wrong-state');
    expect(refusalOf(await parts.store.sessions.beginTurn(handoff.target.sessionKey, 'node:test', 1_000))).toBe('not-found');
  });

  test('says nothing behind the name of who called it off where they gave no reason', async () => {
    const handoff = await requested(parts.store);
    const ended = value(await parts.store.handoffs.cancelHandoff(handoff.id, 'operator', ''));
    expect(ended.handoff.reason).toBe('called off by operator');
    const page = value(await parts.store.journal.readEvents({ after: '', stream: `handoff:${handoff.id}`, limit: 10 }));
    expect(page.events.at(-1)).toMatchObject({ type: 'handoff.cancelled', data: { reason: 'called off by operator' } });
  });

  test('ends one that is paused, and it is not resumed', async () => {
    const handoff = await requested(parts.store);
    value(await parts.store.handoffs.pauseHandoff(handoff.id, 'its notice cannot be delivered'));
    expect(value(await cancelled(parts.store, handoff.id)).handoff.status).toBe('cancelled');
    expect(refusalOf(await parts.store.handoffs.resumeHandoff(handoff.id, { turnId: ids.next('turn'), text: 'again' }, 'operator'))).toBe('wrong-state');
  });

  test('ends one whose turn waits, and that turn does not begin', async () => {
    const handoff = await started(parts.store);
    const ended = value(await cancelled(parts.store, handoff.id));
    expect(answersOf(ended.parts)).toMatchObject({ [handoff.turnId ?? '']: 'stopped' });
    expect(refusalOf(await parts.store.sessions.beginTurn(handoff.target.sessionKey, 'node:test', 1_000))).toBe('not-found');
  });

  test('ends the run of a role that waits for a person, and nobody answers it any more', async () => {
    const { store } = parts;
    const { handoff, held } = await underWay(store);
    const role = await openedRole(store, { agent: null });
    const run = newRun(role, { turn: null, provenance: further(held.turn.provenance) });
    const beside = newRun(role, { turn: null });
    for (const one of [run, beside]) expect(value(await store.roles.invokeRole(one)).run.status).toBe('waiting-for-person');
    const ended = value(await cancelled(store, handoff.id));
    expect(ended.parts).toContainEqual(expect.objectContaining({ kind: 'run', id: run.id, depth: 1, answer: 'stopped' }));
    expect(await store.roles.readRun(run.id)).toMatchObject({ status: 'finished', outcome: 'cancelled', reason: expect.stringContaining('called off') });
    expect((await eventsOf(store, run.plan)).at(-1)).toMatchObject({ type: 'role.finished', data: { run: run.id, outcome: 'cancelled' } });
    const said = { turnId: ids.next('turn'), text: 'done', outcome: 'succeeded', actor: 'operator' } as const;
    expect(refusalOf(await store.roles.answerRun(run.id, said))).toBe('wrong-state');
    expect(await store.roles.readRun(beside.id)).toMatchObject({ status: 'waiting-for-person' });
    expect(value(await cancelled(store, handoff.id)).parts).toEqual(ended.parts);
  });

  test('asks the turn that runs to stop, which begins no step and no call any more, and ends as cancelled', async () => {
    const { handoff, held } = await underWay(parts.store);
    const { fence, turn } = held;
    value(await parts.store.sessions.beginStep(fence, turn.id));
    value(await parts.store.sessions.startToolCall(fence, turn.id, call('before')));
    const ended = value(await cancelled(parts.store, handoff.id));
    expect(answersOf(ended.parts)).toMatchObject({ [handoff.id]: null, [turn.id]: null });
    expect(refusalOf(await parts.store.sessions.beginStep(fence, turn.id))).toBe('not-allowed');
    expect(refusalOf(await parts.store.sessions.startToolCall(fence, turn.id, call('after')))).toBe('not-allowed');
    expect(value(await parts.store.sessions.renewTurn(fence, turn.id, 60_000)).cancelRequested).toBe(true);
    value(await parts.store.sessions.finishToolCall(fence, turn.id, result('before')));
    value(await parts.store.sessions.cancelTurn(fence, turn.id, 'stopped on request'));
    expect(answersOf(value(await cancelled(parts.store, handoff.id)).parts)).toMatchObject({ [handoff.id]: 'stopped', [turn.id]: 'stopped' });
  });

  test('cannot confirm a turn that ended while a call was under way whose effect nobody knows', async () => {
    const { handoff, held } = await underWay(parts.store);
    const { fence, turn } = held;
    value(await parts.store.sessions.startToolCall(fence, turn.id, { ...call('c1'), idempotent: false }));
    value(await cancelled(parts.store, handoff.id));
    value(await parts.store.sessions.cancelTurn(fence, turn.id, 'stopped on request'));
    expect(answersOf(value(await cancelled(parts.store, handoff.id)).parts)[turn.id]).toBe('could-not-be-confirmed');
  });

  test('leaves one that had ended as it is, and stops what it led to', async () => {
    const { handoff, held } = await underWay(parts.store);
    const lane = value(await parts.store.board.registerLane(newLane(), 'operator'));
    const provenance = further(held.turn.provenance, 'task');
    const { task } = value(await parts.store.board.createTask(newTask({ assignee: lane.name, provenance })));
    value(await parts.store.sessions.finishTurn(held.fence, held.turn.id, { text: 'done', usage: null }, null));
    value(await settle(parts.store, handoff.id));
    const ended = value(await cancelled(parts.store, handoff.id));
    expect(ended.handoff).toMatchObject({ status: 'finished', outcome: 'succeeded' });
    expect(answersOf(ended.parts)).toMatchObject({ [handoff.id]: 'already-done', [held.turn.id]: 'already-done', [task.id]: 'stopped' });
    expect(value(await parts.store.board.claimTask(attempt(lane.name)))).toBeNull();
  });

  test('takes the whole tree along: three levels of handoffs, with their turns and tasks', async () => {
    const tree = await threeLevels(parts.store);
    const ended = value(await cancelled(parts.store, tree.top.id));
    expect(ended.parts.map(({ kind, id, depth }) => [depth, kind, id])).toEqual(tree.expected);
    expect(answersOf(ended.parts)).toMatchObject(tree.answers);
    for (const id of tree.waitingTurns) expect(await parts.store.sessions.readTurn(id)).toMatchObject({ status: 'cancelled' });
    for (const id of tree.running) expect(await parts.store.sessions.readTurn(id)).toMatchObject({ status: 'running', cancelRequested: true });
    for (const id of tree.openTasks) expect(await parts.store.board.readTask(id)).toMatchObject({ status: 'blocked', block: { kind: 'needs_input' } });
    expect(await parts.store.board.readTask(tree.heldTask)).toMatchObject({ status: 'running' });
    for (const id of [tree.middle.id, tree.bottom.id])
      expect(await parts.store.handoffs.readHandoff(id)).toMatchObject({ status: 'cancelled', calledOffAt: expect.any(Number) });
  });

  test('leaves everything beside the tree alone', async () => {
    const { handoff, held } = await underWay(parts.store);
    const other = await underWay(parts.store);
    value(await cancelled(parts.store, handoff.id));
    value(await parts.store.sessions.beginStep(other.held.fence, other.held.turn.id));
    const sibling = await requested(parts.store, { within: withinTurn(other.held.turn) });
    expect(sibling.status).toBe('queued');
    expect(refusalOf(await parts.store.sessions.beginStep(held.fence, held.turn.id))).toBe('not-allowed');
  });

  test('of a part of a tree leaves what stands above', async () => {
    const tree = await threeLevels(parts.store);
    value(await cancelled(parts.store, tree.middle.id));
    expect(await parts.store.handoffs.readHandoff(tree.top.id)).toMatchObject({ status: 'running', calledOffAt: null });
    expect(await parts.store.handoffs.readHandoff(tree.bottom.id)).toMatchObject({ status: 'cancelled' });
    value(await parts.store.sessions.acceptMessage(request(newSession(), { provenance: further(tree.top.provenance) })));
    expect(refusalOf(await parts.store.sessions.acceptMessage(request(newSession(), { provenance: further(tree.middle.provenance) })))).toBe('wrong-state');
  });

  test('a second time answers the same tree, and changes and records nothing', async () => {
    const tree = await threeLevels(parts.store);
    const first = value(await cancelled(parts.store, tree.top.id));
    const before = await parts.store.journal.readEvents({ after: '', stream: `handoff:${tree.top.id}`, limit: 500 });
    const second = value(await parts.store.handoffs.cancelHandoff(tree.top.id, 'somebody else', 'for another reason'));
    expect(second).toEqual(first);
    expect(await parts.store.journal.readEvents({ after: '', stream: `handoff:${tree.top.id}`, limit: 500 })).toEqual(before);
    expect(
      value(before)
        .events.map(({ type }) => type)
        .filter((type) => type === 'handoff.cancelled'),
    ).toHaveLength(1);
  });

  test('lets nothing begin within its work any more: no turn, no task, no handoff, no claim', async () => {
    const { handoff, held } = await underWay(parts.store);
    const lane = value(await parts.store.board.registerLane(newLane(), 'operator'));
    const provenance = further(held.turn.provenance);
    const { task } = value(await parts.store.board.createTask(newTask({ assignee: lane.name, provenance })));
    value(await cancelled(parts.store, handoff.id));
    expect(refusalOf(await parts.store.sessions.acceptMessage(request(newSession(), { provenance })))).toBe('wrong-state');
    expect(refusalOf(await parts.store.board.createTask(newTask({ provenance })))).toBe('wrong-state');
    const nested = newRequest({ within: withinTurn(held.turn) });
    expect(refusalOf(await parts.store.handoffs.requestHandoff(nested.handoff, nested.question))).toBe('wrong-state');
    value(await parts.store.board.unblockTask(task.id, 'go on', 'operator'));
    expect(value(await parts.store.board.claimTask(attempt(lane.name)))).toBeNull();
    const asked = await parts.store.board.claimTask(attempt(lane.name, { task: task.id }));
    expect(asked).toMatchObject({ ok: false, refusal: { code: 'wrong-state', message: expect.stringContaining(`the handoff ${handoff.id} was called off`) } });
  });

  test('lets a task that somebody held wait for a person when its run ends without a result', async () => {
    const { handoff, held } = await underWay(parts.store);
    const lane = value(await parts.store.board.registerLane(newLane({ capacity: 2 }), 'operator'));
    const provenance = further(held.turn.provenance, 'task');
    for (const _ of [1, 2]) value(await parts.store.board.createTask(newTask({ assignee: lane.name, provenance })));
    const [released, failed] = [await claim(parts.store, lane.name), await claim(parts.store, lane.name)];
    value(await cancelled(parts.store, handoff.id));
    expect(value(await parts.store.board.releaseClaim(proofOf(released), 'not mine'))).toMatchObject({ status: 'blocked', block: { kind: 'needs_input' } });
    expect(value(await parts.store.board.failClaim(proofOf(failed), 'crashed', 'gone'))).toMatchObject({ status: 'blocked', block: { kind: 'needs_input' } });
  });

  test('gives back what was set aside for it, but for what it cost', async () => {
    const scope = ids.next('edge');
    const reservation = { limits: [{ scope, window: 'always', microUsd: 10_000 }], amount: { microUsd: 4_000, tokens: 0 } };
    const { handoff, held } = await underWay(parts.store, { reservation });
    expect(await budget(parts.store, scope)).toMatchObject({ reserved: { microUsd: 4_000 }, settled: { microUsd: 0 } });
    value(await parts.store.sessions.recordStep(held.fence, held.turn.id, { text: '', toolCalls: [], usage }));
    value(await cancelled(parts.store, handoff.id));
    expect(await budget(parts.store, scope)).toMatchObject({ reserved: { microUsd: 0 }, settled: { microUsd: 300 } });
  });

  test('is refused for one that is not there', async () => {
    expect(refusalOf(await cancelled(parts.store, 'handoff_nowhere'))).toBe('not-found');
  });
});

function settle(store: Store, id: string) {
  return store.handoffs.settleHandoff(id, { as: 'finished', outcome: 'succeeded', result: 'done', reason: '' }, { failures: 5, restMs: 1_000 });
}

async function budget(store: Store, scope: string) {
  return (await store.budgets.readBudgets()).find((state) => state.scope === scope);
}

/** The top works, a delegate of it waits and one of its tasks is held; it asked for a second that works and has a waiting task; that asked for a third, which is queued. */
async function threeLevels(store: Store) {
  const { handoff: top, held } = await underWay(store);
  const lane = value(await store.board.registerLane(newLane({ capacity: 9 }), 'operator'));
  const delegate = value(await store.sessions.acceptMessage(request(newSession(), { provenance: further(held.turn.provenance) })));
  const taskOf = async (provenance: Provenance, changes = {}) =>
    value(await store.board.createTask(newTask({ assignee: lane.name, provenance: further(provenance, 'task'), ...changes }))).task.id;
  const heldTask = await taskOf(held.turn.provenance);
  const { task } = await claim(store, lane.name);
  const readyTask = await taskOf(held.turn.provenance);
  const { handoff: middle, held: second } = await underWay(store, { within: withinTurn(held.turn) });
  const child = await taskOf(second.turn.provenance, { parents: [heldTask] });
  const bottom = await requested(store, { within: withinTurn(second.turn) });
  const turnsOf = (...found: readonly (string | null)[]) => found.flatMap((id) => (id === null ? [] : [id])).toSorted();
  return {
    top,
    middle,
    bottom,
    heldTask: task.id,
    openTasks: [readyTask, child],
    waitingTurns: [delegate.turnId, bottom.noticeTurn ?? ''],
    running: [held.turn.id, second.turn.id],
    expected: [
      [0, 'handoff', top.id],
      ...turnsOf(top.noticeTurn, top.turnId, delegate.turnId).map((id) => [1, 'turn', id]),
      ...turnsOf(heldTask, readyTask).map((id) => [1, 'task', id]),
      [1, 'handoff', middle.id],
      ...turnsOf(middle.noticeTurn, middle.turnId).map((id) => [2, 'turn', id]),
      [2, 'task', child],
      [2, 'handoff', bottom.id],
      [3, 'turn', bottom.noticeTurn],
    ],
    answers: {
      [top.id]: null,
      [top.noticeTurn ?? '']: 'already-done',
      [delegate.turnId]: 'stopped',
      [heldTask]: null,
      [readyTask]: 'stopped',
      [middle.id]: null,
      [child]: 'stopped',
      [bottom.id]: 'stopped',
      [bottom.noticeTurn ?? '']: 'stopped',
    },
  };
}
