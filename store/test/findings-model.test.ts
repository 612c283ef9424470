/** Any verbs on the findings of a plan, in any order: the database does what the specification says. */
import type { Settled } from '@guildhall/protocol';
import type { Finding } from '@guildhall/roles';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Store } from '../src/index.ts';
import { finish, made } from './board-fixtures.ts';
import { ids, onBothDatabases, value } from './databases.ts';
import { accepting as byTheLead, newFinding, newPlan, readFinding } from './finding-fixtures.ts';
import { FindingSpec, type SpecFinding } from './findings-spec.ts';

interface Real {
  readonly store: Store;
  readonly plan: string;
  readonly figures: Map<string, number>;
}

type Command = fc.AsyncCommand<FindingSpec, Real>;

const roles = ['developer', 'validator', 'release'] as const;

function command(name: string, run: (spec: FindingSpec, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

/** Does something with one of the findings, mostly one that stands there, and sees that it stands afterwards where the specification says. */
function onFinding(
  name: string,
  which: number,
  stands: SpecFinding['stands'],
  run: (finding: SpecFinding, spec: FindingSpec, real: Real) => Promise<void>,
): Command {
  return {
    check: ({ findings }) => findings.length > 0,
    async run(spec, real) {
      const fitting = spec.findings.filter((each) => each.stands === stands);
      const from = fitting.length > 0 && which % 4 > 0 ? fitting : spec.findings;
      const finding = from[which % from.length];
      if (finding === undefined) return;
      await run(finding, spec, real);
      await compare(real.store, finding);
    },
    toString: () => `${name} ${which}`,
  };
}

/** `ok`, or the code of the refusal; counted. */
function answer({ figures }: Real, verb: string, settled: Settled<unknown>): string {
  const said = settled.ok ? 'ok' : settled.refusal.code;
  figures.set(`${verb} ${said}`, (figures.get(`${verb} ${said}`) ?? 0) + 1);
  return said;
}

const words = { yes: 'passed', no: 'failed', '': 'pending' } as const;

async function compare(store: Store, expected: SpecFinding): Promise<void> {
  const found: Finding = await readFinding(store, expected.id);
  expect([found.status, found.round, found.task]).toEqual([expected.stands, expected.round, expected.task?.id ?? null]);
  const looks = [...expected.looks].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([role, said]) => [role, words[said]]);
  expect(found.revalidation.map(({ role, verdict }) => [role, verdict])).toEqual(looks);
}

const report = fc.constantFrom(...roles, 'operator').map((reporter) =>
  command(`report by ${reporter}`, async (spec, real) => {
    const id = ids.next('find');
    const told = await real.store.roles.reportFinding(newFinding(real.plan, { id, reportedBy: reporter }));
    expect(answer(real, 'report', told)).toBe(spec.report(id, reporter));
  }),
);

type Doing = (finding: SpecFinding, spec: FindingSpec, real: Real) => Promise<void>;

type Verdict = Pick<Parameters<Store['roles']['disposeFinding']>[1], 'verb' | 'text' | 'assignTo' | 'revalidateBy'>;

function deciding(verdict: Verdict): Doing {
  return async (finding, spec, real) => {
    const disposed = await real.store.roles.disposeFinding(finding.id, { ...byTheLead, ...verdict });
    const expected = spec.decide(finding, verdict.verb, verdict.text, verdict.assignTo, verdict.revalidateBy);
    expect(answer(real, verdict.verb, disposed)).toBe(expected);
  };
}

const decide = fc
  .record({
    which: fc.nat(99),
    verb: fc.constantFrom('accept' as const, 'accept' as const, 'accept' as const, 'reject' as const, 'defer' as const, 'ask' as const, 'ask' as const),
    text: fc.constantFrom('', 'so', 'so'),
    assignTo: fc.constantFrom(null, ...roles),
    revalidateBy: fc.uniqueArray(fc.constantFrom(...roles), { maxLength: 2 }),
  })
  .map(({ which, ...verdict }) => onFinding(`decide ${JSON.stringify(verdict)}`, which, 'reported', deciding(verdict)));

const answering: Doing = async (finding, spec, real) => {
  expect(answer(real, 'answer', await real.store.roles.answerFinding(finding.id, 'so', 'role:x/validator'))).toBe(spec.answer(finding));
};

const respond = fc.nat(99).map((which) => onFinding('answer', which, 'asked', answering));

/** A task for this round, or late for the one before. */
function linking(late: number): Doing {
  return async (finding, spec, real) => {
    const task = await made(real.store);
    const round = finding.round - late;
    expect(answer(real, 'link', await real.store.roles.linkRemediation(finding.id, round, task))).toBe(spec.link(finding, round, task));
  };
}

const link = fc.tuple(fc.nat(99), fc.constantFrom(0, 0, 0, 1)).map(([which, late]) => onFinding('link', which, 'accepted', linking(late)));

function ending(how: 'done' | 'dropped'): Doing {
  return async ({ task }, _spec, { store }) => {
    if (task === null || task.state !== 'open') return;
    task.state = how;
    if (how === 'done') await finish(store, task.id);
    else value(await store.board.archiveTask(task.id, 'operator'));
  };
}

const endTask = fc
  .tuple(fc.nat(99), fc.constantFrom('done' as const, 'dropped' as const))
  .map(([which, how]) => onFinding(`task ${how} of`, which, 'accepted', ending(how)));

async function collectAll(spec: FindingSpec, { store }: Real): Promise<void> {
  const moved = await store.roles.remediateDone(1_000);
  const expected = spec.collect();
  expect(moved.map(({ id }) => id)).toEqual(expected.map(({ id }) => id).toSorted());
  for (const finding of expected) await compare(store, finding);
}

const collect = fc.constant(command('collect', collectAll));

/** Without a role, one who was asked to look. */
function looking(who: string | null, passed: boolean): Doing {
  return async (finding, spec, real) => {
    const role = who ?? [...finding.looks].find(([, said]) => said === '')?.[0] ?? 'validator';
    const said = await real.store.roles.revalidateFinding(finding.id, { role, passed, text: 'so', actor: `role:x/${role}` });
    expect(answer(real, passed ? 'pass' : 'fail', said)).toBe(spec.look(finding, role, passed));
  };
}

const look = fc
  .tuple(fc.nat(99), fc.constantFrom(null, ...roles), fc.boolean())
  .map(([which, who, passed]) => onFinding(`${who} says ${passed} of`, which, 'remediated', looking(who, passed)));

const accepting = { verb: 'accept', text: '', assignTo: null, revalidateBy: ['validator', 'release'] } as const;

/** What comes next on the way to being closed. */
const goOn = fc.tuple(fc.nat(99), fc.constantFrom(true, true, false)).map(([which, passed]) =>
  onFinding(`go on, ${passed}, with`, which, 'accepted', async (finding, spec, real) => {
    if (finding.stands === 'asked') return answering(finding, spec, real);
    if (finding.stands === 'remediated') return looking(null, passed)(finding, spec, real);
    if (finding.stands !== 'accepted') return deciding(accepting)(finding, spec, real);
    if (finding.task === null) return linking(0)(finding, spec, real);
    if (finding.task.state !== 'open') return collectAll(spec, real);
    return ending('done')(finding, spec, real);
  }),
);

const tell = fc.constant(
  command('tell the Lead', async (spec, { store, plan }) => {
    const told = (await store.roles.findingsToDeliver(1_000)).filter((finding) => finding.plan === plan);
    expect(told.map(({ id }) => id).toSorted()).toEqual(spec.untold());
    await store.roles.markDelivered(told, 'turn_1');
    for (const finding of spec.findings) if (told.some(({ id }) => id === finding.id)) finding.told = true;
  }),
);

/** Waiving everything that may be waived, or nothing. */
const complete = fc.constantFrom(false, false, true).map((isWaiving) =>
  command(`complete, ${isWaiving ? '' : 'not '}waiving`, async (spec, real) => {
    if (spec.completed) return;
    const blockers = await real.store.roles.blockersOf(real.plan);
    expect(blockers.map(({ id, waivable }) => `${waivable ? '' : '!'}${id}`).toSorted()).toEqual(spec.blockers());
    const waivers = isWaiving ? blockers.filter(({ waivable }) => waivable).map(({ id }) => ({ blocker: id, reason: 'so' })) : [];
    const isComplete = spec.blockers().length === waivers.length;
    const completed = await real.store.roles.completePlan(real.plan, waivers, 'operator');
    expect(answer(real, 'complete', completed)).toBe(isComplete ? 'ok' : 'wrong-state');
    spec.completed = isComplete;
  }),
);

const reopen = fc.constant(
  command('reopen', async (spec, real) => {
    expect(answer(real, 'reopen', await real.store.roles.reopenPlan(real.plan, 'so', 'operator'))).toBe(spec.completed ? 'ok' : 'wrong-state');
    spec.completed = false;
  }),
);

const seldom = [respond, link, endTask, collect, look, tell, complete, reopen, reopen, reopen];
const commands = [...seldom, report, report, decide, decide, decide, goOn, goOn, goOn, goOn, goOn, goOn];

onBothDatabases('the findings of a plan', (suite) => {
  test('do as the specification says', { timeout: 240_000, retry: 0 }, async () => {
    const figures = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 120, size: 'max' }), async (sequence) => {
        const spec = new FindingSpec();
        const plan = await newPlan(suite.store);
        await fc.asyncModelRun(() => ({ model: spec, real: { store: suite.store, plan, figures } }), sequence);
        for (const finding of spec.findings) await compare(suite.store, finding);
        // What is left accepted with a task that is over belongs to this sequence alone.
        await suite.store.roles.remediateDone(1_000);
      }),
      { numRuns: 30, seed: Math.trunc(Date.now() / 1000) },
    );
    const happened = ['accept ok', 'link ok', 'pass ok', 'fail ok', 'answer ok', 'complete ok', 'complete wrong-state', 'reopen ok'];
    expect(happened.filter((each) => !figures.has(each))).toEqual([]);
  });
});
