import { describe, expect, it } from 'vitest';
import { findAlarms } from '../src/index.ts';
import type { AlarmFacts } from '../src/alarms.ts';
import { aHold, aTask, hour, laneSituation, minute, now } from './situations.ts';

function facts(more: Partial<AlarmFacts> = {}): AlarmFacts {
  return { now, waiting: [], lapsed: [], holds: [], quietSince: ({ run }) => run.startedAt, lane: () => laneSituation({}, { waiting: 1 }), ...more };
}

function waiting(waitedMs: number, changes: Parameters<typeof aTask>[0] = {}): AlarmFacts['waiting'] {
  const task = aTask({ readyAt: now - waitedMs, ...changes });
  return [{ assignee: task.assignee, task }];
}

describe('alarms of the board', () => {
  it('are silent when all is well', () => {
    expect(findAlarms(facts({ waiting: waiting(5 * hour), holds: [aHold()] }))).toEqual([]);
  });

  it.each([
    ['unknown', () => laneSituation({}, { counts: undefined }), 'lanes register factory'],
    ['drained', () => laneSituation({ state: 'drained' }), 'lanes resume factory'],
    ['parked', () => laneSituation({ parked: { reason: 'quota', until: null } }), 'lanes resume factory'],
    ['absent', () => laneSituation({ lastSeenAt: null }), 'claim --lane factory'],
  ])('call a task stranded when its lane has been %s for long, not at once', (_what, lane, remedy) => {
    expect(findAlarms(facts({ lane, waiting: waiting(9 * minute) }))).toEqual([]);
    expect(findAlarms(facts({ lane, waiting: waiting(11 * minute) }))).toMatchObject([
      { subject: 'stranded', level: 'problem', message: expect.stringMatching(/task_1 .*factory/), remedy: expect.stringContaining(remedy) },
    ]);
  });

  it('call a task stranded that nobody is assigned to', () => {
    expect(findAlarms(facts({ waiting: waiting(hour, { assignee: null }) }))).toMatchObject([
      { subject: 'stranded', remedy: 'guildhall kanban assign task_1 LANE' },
    ]);
  });

  it('leave people their time, and the choice of what they take first', () => {
    const lane = () => laneSituation({ name: 'operator', lastSeenAt: null }, { holds: [aHold({ priority: 9 }, { lane: 'operator' })] });
    expect(findAlarms(facts({ waiting: waiting(9 * hour, { assignee: 'operator' }), lane }))).toEqual([]);
  });

  it('name a claim that lapsed and was not taken back', () => {
    expect(findAlarms(facts({ lapsed: [aTask({ status: 'running', lane: 'factory' })] }))).toMatchObject([
      { subject: 'zombie', level: 'problem', message: expect.stringContaining('factory'), remedy: 'guildhall kanban reclaim task_1' },
    ]);
  });

  it('name a run that beats and gets nowhere, but not one that gets on', () => {
    const hold = aHold({}, { startedAt: now - 5 * hour });
    expect(findAlarms(facts({ holds: [hold] }))).toMatchObject([{ subject: 'zombie', remedy: 'guildhall kanban reclaim task_2' }]);
    expect(findAlarms(facts({ holds: [hold], quietSince: () => now - minute }))).toEqual([]);
  });

  it('name the oldest run of a full lane as the one that starves others', () => {
    const holds = [aHold({ id: 'task_new' }, { startedAt: now - minute }), aHold({ id: 'task_old' }, { startedAt: now - 2 * hour })];
    const lane = () => laneSituation({ capacity: 2 }, { holds });
    expect(findAlarms(facts({ lane, waiting: waiting(20 * minute) }))).toEqual([]);
    expect(findAlarms(facts({ lane, waiting: waiting(31 * minute) }))).toMatchObject([
      { subject: 'starvation', message: expect.stringMatching(/task_1 .*task_old/), remedy: 'guildhall why task_old' },
    ]);
  });

  it('name those with a higher priority that were taken first, also when the lane is full of them', () => {
    const lane = () => laneSituation({}, { holds: [aHold({ priority: 9 }, { startedAt: now - minute })] });
    expect(findAlarms(facts({ lane, waiting: waiting(hour) }))).toMatchObject([
      { subject: 'starvation', message: expect.stringContaining('task_2 (priority 9)'), remedy: 'guildhall kanban edit task_1 --priority 10' },
    ]);
  });
});
