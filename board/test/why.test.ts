import type { FindingView } from '@guildhall/protocol';
import { describe, expect, it } from 'vitest';
import { explainLane, explainTask, worstParent } from '../src/index.ts';
import type { TaskSituation } from '../src/why.ts';
import { aHold, aRun, aTask, blockedTask, hour, laneSituation, minute, now, taskSituation } from './situations.ts';

const daemon = { now, draining: false };

/** The finding that is the reason, and the whole walk. */
function reason(situation: TaskSituation, drains = false): FindingView {
  const findings = explainTask(situation, { now, draining: drains });
  const first = findings[0];
  if (first === undefined) throw new Error('nothing was found');
  return first;
}

const forbidding = aTask({ provenance: { ...aTask().provenance, forbidden: ['db_write'] } });

describe('why a task is not getting on', () => {
  it('asks for its description in triage', () => {
    expect(reason(taskSituation(aTask({ status: 'triage' })))).toMatchObject({ level: 'warning', remedy: 'guildhall kanban specify task_1' });
  });

  it('names the parent it waits for', () => {
    const parents = [{ id: 'task_0', title: 'Buy paint', status: 'running' }] as const;
    expect(reason(taskSituation(aTask({ status: 'todo' }), { parents }))).toMatchObject({ subject: 'dependency', remedy: 'guildhall why task_0' });
  });

  it('puts what hinders the parent before the wait for it', () => {
    const parents = [{ id: 'task_0', title: 'Buy paint', status: 'ready' }] as const;
    const parent = taskSituation(aTask({ id: 'task_0' }), { lane: laneSituation({ state: 'drained' }) });
    const findings = explainTask(taskSituation(aTask({ status: 'todo' }), { parents, parent }), daemon);
    expect(findings[0]).toMatchObject({ subject: 'lane', level: 'problem', remedy: 'guildhall kanban lanes resume factory' });
    expect(findings.at(-1)).toMatchObject({ subject: 'dependency' });
  });

  it('looks at the parent that will take longest', () => {
    const parents = (['running', 'done', 'blocked', 'ready'] as const).map((status) => ({ id: status, title: '', status }));
    expect(worstParent(parents)?.id).toBe('blocked');
    expect(worstParent([{ id: 'done', title: '', status: 'done' }])).toBeUndefined();
  });

  it('says that an archived parent will never be done', () => {
    const parents = [{ id: 'task_0', title: 'Buy paint', status: 'archived' }] as const;
    expect(reason(taskSituation(aTask({ status: 'todo' }), { parents }))).toMatchObject({ level: 'problem', remedy: 'guildhall kanban unlink task_0 task_1' });
  });

  it('calls a task that waits for nothing and was not promoted a fault of the board', () => {
    expect(reason(taskSituation(aTask({ status: 'todo' })))).toMatchObject({ level: 'problem', remedy: 'guildhall db verify' });
  });

  it('tells a start that is ahead from one that was missed', () => {
    const starting = (startAt: number) => reason(taskSituation(aTask({ status: 'scheduled', startAt, readyAt: null })));
    expect(starting(now + 3 * hour)).toMatchObject({ level: 'warning', message: expect.stringContaining('in 3 h') });
    expect(starting(now - 10 * minute)).toMatchObject({ level: 'problem', message: expect.stringContaining('nothing woke it') });
  });

  it('says that a daemon which shuts down hands out nothing, before anything about the lane', () => {
    expect(reason(taskSituation(aTask(), { lane: laneSituation({ state: 'drained' }) }), true).subject).toBe('daemon');
  });

  it.each([
    ['nobody is assigned', taskSituation(aTask({ assignee: null }), { lane: undefined }), 'guildhall kanban assign task_1 LANE'],
    ['the lane is unknown', laneOf({}, { counts: undefined }), 'guildhall kanban lanes register factory --kind persistent'],
    ['the lane was unregistered', laneOf({ state: 'unregistered' }), 'guildhall kanban lanes register factory --kind persistent'],
    ['the lane is drained', laneOf({ state: 'drained' }), 'guildhall kanban lanes resume factory'],
    ['the lane is parked', laneOf({ parked: { reason: 'quota', until: now + hour } }), 'guildhall kanban lanes resume factory'],
    ['the lane is full', laneOf({}, { holds: [aHold()] }), 'guildhall why task_2'],
    ['the lane is not there', laneOf({ lastSeenAt: now - hour }), 'start its worker; it asks with: guildhall kanban claim --lane factory --wait 30s'],
    ['others go first', taskSituation(aTask(), { ahead: 3 }), 'guildhall kanban list --assignee factory --status ready'],
    ['its chain forbids what nothing holds a program to', taskSituation(forbidding), 'guildhall kanban assign task_1 LANE'],
    ['a person is to take it', laneOf({ name: 'operator' }), 'guildhall kanban claim task_1'],
  ])('when %s', (_what, situation, remedy) => {
    const first = reason(situation);
    expect(first.ok).toBe(false);
    expect(first.remedy).toBe(remedy);
  });

  it('names who fills the lane, the oldest first', () => {
    const holds = [aHold({ id: 'task_young' }, { startedAt: now - minute }), aHold({ id: 'task_old' }, { startedAt: now - hour })];
    expect(reason(laneOf({ capacity: 2 }, { holds })).message).toMatch(/task_old.*task_young/);
  });

  it.each([
    ['waits for work', laneOf({ lastSeenAt: null }, { waiting: 1 })],
    ['was seen a moment ago', laneOf({ lastSeenAt: now - 1000 })],
    ['is started for each task', laneOf({ kind: 'spawnable', lastSeenAt: null })],
    ['beats for what it holds', laneOf({ capacity: 2, lastSeenAt: null }, { holds: [aHold()] })],
    ['was parked until a moment ago', laneOf({ parked: { reason: 'quota', until: now - 1 } })],
  ])('finds nothing wrong when the lane %s', (_what, situation) => {
    expect(explainTask(situation, daemon).every(({ ok }) => ok)).toBe(true);
  });

  it('calls a running task without a live claim lapsed', () => {
    const situation = taskSituation(aTask({ status: 'running', lane: 'factory' }), { run: aRun() });
    expect(reason(situation)).toMatchObject({ subject: 'claim', level: 'problem', remedy: 'guildhall kanban reclaim task_1' });
  });

  it('finds nothing wrong with a run that works', () => {
    expect(explainTask(running({ quietSince: now - minute }), daemon)).toMatchObject([{ ok: true }]);
  });

  it('says when a run lives and gets nowhere, or is over its time', () => {
    expect(reason(running({ quietSince: now - 3 * hour }))).toMatchObject({ subject: 'progress', remedy: 'guildhall kanban reclaim task_1' });
    const late = running({ run: aRun({ startedAt: now - hour }) }, { maxRuntimeMs: 10 * minute });
    expect(reason(late)).toMatchObject({ subject: 'claim', level: 'problem', remedy: 'guildhall kanban reclaim task_1' });
  });

  it('puts what the turn behind a run waits for first', () => {
    const approval: FindingView = {
      subject: 'approval',
      ok: false,
      level: 'warning',
      message: 'it waits for your yes or no',
      remedy: 'guildhall approvals show a_1',
    };
    const healthy: FindingView = { subject: 'agent', ok: true, level: 'ok', message: 'coder answers' };
    expect(reason(running({ behind: [healthy, approval], quietSince: now - 3 * hour }))).toEqual(approval);
  });

  it.each([
    ['needs an answer', { kind: 'needs_input', reason: 'which colour?', liftsAt: null }, 'problem', 'which colour?'],
    ['needs a capability', { kind: 'capability', reason: 'no ladder', liftsAt: null }, 'problem', 'no ladder'],
    ['is tried again later', { kind: 'transient', reason: 'rain', liftsAt: now + 5 * minute }, 'warning', 'in 5 min'],
    ['should have been tried again', { kind: 'transient', reason: 'rain', liftsAt: now - 5 * minute }, 'problem', 'nothing woke it'],
    ['waits for tasks that are not there', { kind: 'dependency', reason: 'paint', liftsAt: null }, 'problem', 'there are none'],
  ] as const)('when it is blocked and %s', (_what, block, level, words) => {
    expect(reason(taskSituation(blockedTask(block)))).toMatchObject({
      level,
      message: expect.stringContaining(words),
      remedy: 'guildhall kanban unblock task_1',
    });
  });

  it('follows the dependency of a blocked task', () => {
    const parents = [{ id: 'task_0', title: 'Buy paint', status: 'review' }] as const;
    const situation = taskSituation(blockedTask({ kind: 'dependency', reason: 'paint', liftsAt: null }), { parents });
    expect(reason(situation)).toMatchObject({ subject: 'dependency', remedy: 'guildhall why task_0' });
  });

  it('calls a block without a reason broken', () => {
    expect(reason(taskSituation(blockedTask(null)))).toMatchObject({ level: 'problem', subject: 'block' });
  });

  it('names the reviewer', () => {
    expect(reason(taskSituation(aTask({ status: 'review', reviewer: 'lead' })))).toMatchObject({
      message: expect.stringContaining('lead'),
      remedy: 'guildhall kanban review task_1 --accept',
    });
  });

  it.each(['done', 'archived'] as const)('has nothing to say against a task that is %s', (status) => {
    expect(reason(taskSituation(aTask({ status }))).ok).toBe(true);
  });
});

describe('what a lane is doing', () => {
  it('says what hinders it, what is ready and what it holds', () => {
    const findings = explainLane(laneSituation({}, { holds: [aHold()] }), now);
    expect(findings.map(({ subject }) => subject)).toEqual(['lane', 'board', 'claim']);
    expect(findings[0]).toMatchObject({ ok: false, remedy: 'guildhall why task_2' });
  });

  it.each([
    [1, '1 task is ready for it'],
    [2, '2 tasks are ready for it'],
  ])('counts %i ready for it in words', (ready, words) => {
    const { counts } = laneSituation({ state: 'drained' });
    const situation = laneSituation({}, { counts: counts === undefined ? undefined : { ...counts, ready } });
    expect(explainLane(situation, now)[1]).toMatchObject({ message: words });
  });

  it('says that it takes tasks when nothing hinders it', () => {
    expect(explainLane(laneSituation({ capacity: 3 }), now)).toMatchObject([{ ok: true, message: expect.stringContaining('holds 0 of 3') }]);
  });
});

function laneOf(...args: Parameters<typeof laneSituation>): TaskSituation {
  return taskSituation(aTask(), { lane: laneSituation(...args) });
}

function running(more: Partial<TaskSituation>, task: Parameters<typeof aTask>[0] = {}): TaskSituation {
  return taskSituation(aTask({ status: 'running', lane: 'factory', readyAt: null, ...task }), { claim: { expiresInMs: 80_000 }, run: aRun(), ...more });
}
