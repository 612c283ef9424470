/** What keeps a plan from being completed, and what can be waived of it. */
import { findingStatuses, roleRunOutcomes, roleRunStatuses, taskStatuses } from '@guildhall/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockersOf, judgeWaivers, type Plan, type PlanFacts } from '../src/index.ts';

const plan: Plan = {
  id: 'Parser, v2',
  title: '',
  goal: '',
  packet: '',
  phases: [],
  createdBy: 'operator',
  status: 'open',
  packetRev: 1,
  waivers: [],
  costMicroUsd: 0,
  createdAt: 1,
  completedAt: null,
  completedBy: null,
};

const nothing: PlanFacts = { plan, runs: [], findings: [], tasks: [] };

function run(changes: Partial<PlanFacts['runs'][number]>): PlanFacts['runs'][number] {
  return { id: 'run_1', role: 'developer', phase: null, status: 'finished', outcome: 'succeeded', compliance: 'none', superseded: false, ...changes };
}

function finding(changes: Partial<PlanFacts['findings'][number]>): PlanFacts['findings'][number] {
  return { id: 'find_1', title: 'Empty files crash it', status: 'reported', task: null, pending: [], ...changes };
}

function idsOf(facts: Partial<PlanFacts>): readonly string[] {
  return blockersOf({ ...nothing, ...facts }, []).map(({ id }) => id);
}

describe('a plan is kept open', () => {
  test('by nothing, where nothing was asked', () => {
    expect(idsOf({})).toEqual([]);
  });

  test('by a run that is not over, which nobody can waive', () => {
    for (const status of roleRunStatuses) expect(idsOf({ runs: [run({ status })] })).toEqual(status === 'finished' ? [] : ['run-open:run_1']);
    expect(idsOf({ runs: [run({ status: 'running', superseded: true })] })).toEqual(['run-open:run_1']);
  });

  test('by a person who has not answered, with the command that answers', () => {
    const [blocker] = blockersOf({ ...nothing, runs: [run({ status: 'waiting-for-person' })] }, []);
    expect(blocker?.remedy).toBe('guildhall roles answer run_1 "what you did" --plan \'Parser, v2\'');
  });

  test('by a run that showed nothing, until another takes its place; not by one that was called off', () => {
    for (const outcome of roleRunOutcomes) {
      const isFine = outcome === 'succeeded' || outcome === 'cancelled';
      expect(idsOf({ runs: [run({ outcome })] })).toEqual(isFine ? [] : ['run-unproven:run_1']);
    }
    expect(idsOf({ runs: [run({ outcome: 'failed', superseded: true })] })).toEqual([]);
  });

  test('by a run that went without the skills policy requires', () => {
    expect(idsOf({ runs: [run({ compliance: 'missing' })] })).toEqual(['skills-missing:run_1']);
    expect(idsOf({ runs: [run({ compliance: 'partial' }), run({ compliance: 'verified' })] })).toEqual([]);
    expect(idsOf({ runs: [run({ compliance: 'missing', superseded: true })] })).toEqual([]);
  });

  test('by a phase in which a role has no successful run', () => {
    const phased = { plan: { ...plan, phases: [{ name: 'Build it', roles: ['developer', 'validator'] }] } };
    expect(idsOf(phased)).toEqual(['phase-open:Build it']);
    const [developed, other, validated] = [
      run({ phase: 'Build it' }),
      run({ role: 'validator', phase: 'elsewhere' }),
      run({ role: 'validator', phase: 'Build it' }),
    ];
    const [open] = blockersOf({ ...nothing, ...phased, runs: [developed, other] }, []);
    expect(open).toEqual({
      id: 'phase-open:Build it',
      kind: 'phase-open',
      subject: 'Build it',
      message: 'the phase "Build it" has no successful run of the validator',
      remedy: "guildhall roles invoke --plan 'Parser, v2' --role validator --phase 'Build it' TASK",
      waivable: true,
    });
    expect(idsOf({ ...phased, runs: [developed, validated] })).toEqual([]);
  });

  test('by a finding in every status but rejected and closed, in the words of that status', () => {
    const kinds = findingStatuses.map((status) => [status, blockersOf({ ...nothing, findings: [finding({ status })] }, [])[0]?.kind]);
    expect(Object.fromEntries(kinds)).toEqual({
      reported: 'finding-undecided',
      asked: 'finding-undecided',
      accepted: 'finding-not-remediated',
      remediated: 'finding-not-revalidated',
      deferred: 'finding-deferred',
      rejected: undefined,
      closed: undefined,
    });
  });

  test('by a task that mends a finding, until it is done or archived', () => {
    for (const status of taskStatuses) {
      const isOver = status === 'done' || status === 'archived';
      expect(idsOf({ tasks: [{ id: 'task_1', title: 'Mend it', status }] })).toEqual(isOver ? [] : ['task-open:task_1']);
    }
  });

  test('and is told whom to ask and where to look', () => {
    const blockers = blockersOf(
      { ...nothing, findings: [finding({ status: 'remediated', pending: ['release'] }), finding({ status: 'accepted', task: 'task_9' })] },
      [],
    );
    expect(blockers.map(({ remedy }) => remedy)).toEqual([
      "guildhall roles invoke --plan 'Parser, v2' --role release 'Look at the finding find_1 again'",
      'guildhall kanban show task_9',
    ]);
  });
});

describe('a waiver', () => {
  const facts = { ...nothing, findings: [finding({ status: 'deferred' }), finding({ id: 'find_2' })] };
  const deferred = { blocker: 'finding-deferred:find_1', reason: 'known' };

  test('takes away what it names', () => {
    expect(blockersOf(facts, [deferred]).map(({ id }) => id)).toEqual(['finding-undecided:find_2']);
    expect(judgeWaivers(facts, [deferred, deferred])).toMatchObject({ ok: true, value: [{ reason: 'known', blocker: { id: deferred.blocker } }] });
  });

  test('is refused for what does not block, for what nobody may waive, and without a reason', () => {
    expect(judgeWaivers(facts, [{ ...deferred, blocker: 'finding-deferred:find_3' }])).toMatchObject({ refusal: { code: 'not-found' } });
    expect(judgeWaivers(facts, [{ ...deferred, blocker: 'finding-undecided:find_2' }])).toMatchObject({ refusal: { code: 'not-allowed' } });
    expect(judgeWaivers(facts, [{ ...deferred, reason: ' \n' }])).toMatchObject({ refusal: { code: 'invalid-input' } });
  });

  test('of everything leaves what nobody may waive, whatever the plan', () => {
    const subject = fc.constantFrom('a', 'b', 'c');
    const anything = fc.record({
      plan: fc.constant({ ...plan, phases: [{ name: 'one', roles: ['developer'] }] }),
      runs: fc.array(
        fc.record({
          id: subject,
          role: fc.constantFrom('developer', 'validator'),
          phase: fc.constantFrom(null, 'one'),
          status: fc.constantFrom(...roleRunStatuses),
          outcome: fc.constantFrom(null, ...roleRunOutcomes),
          compliance: fc.constantFrom('none' as const, 'missing' as const),
          superseded: fc.boolean(),
        }),
      ),
      findings: fc.array(
        fc.record({
          id: subject,
          title: fc.string(),
          status: fc.constantFrom(...findingStatuses),
          task: fc.constantFrom(null, 'task_1'),
          pending: fc.constant(['validator']),
        }),
      ),
      tasks: fc.array(fc.record({ id: subject, title: fc.string(), status: fc.constantFrom(...taskStatuses) })),
    });
    fc.assert(
      fc.property(anything, (anyFacts) => {
        const all = blockersOf(anyFacts, []);
        const left = blockersOf(
          anyFacts,
          all.map(({ id }) => ({ blocker: id })),
        );
        expect(left).toEqual(all.filter(({ kind }) => kind === 'run-open' || kind === 'finding-undecided'));
      }),
    );
  });
});
