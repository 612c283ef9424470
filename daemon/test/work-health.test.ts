/** Why plans, roles, runs, findings and schedules do not get on, asked of a real database: the first finding that is not fine is the reason, and it names the command that mends it. */
import type { FindingView } from '@guildhall/protocol';
import { canonicalRoles, createRoleCatalogue } from '@guildhall/roles';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '@guildhall/kernel';
import { hashOfSkill, type FoundSkill } from '@guildhall/skills';
import type { Store } from '@guildhall/store';
import { ids, sqliteDatabase, value, type TestDatabase } from '../../store/test/databases.ts';
import { accepted, accepting, asked, newPlan, readFinding, remediated, reported, withTask } from '../../store/test/finding-fixtures.ts';
import { answerNext, newRun, retiring, roleOf, succeeded } from '../../store/test/role-fixtures.ts';
import { due, newSchedule } from '../../store/test/schedule-fixtures.ts';
import { createWorkHealth, type WorkHealth } from '../src/operations/work-health/work-health.ts';

let database: TestDatabase;
let store: Store;
let health: WorkHealth;
let plan: string;

beforeAll(async () => {
  database = sqliteDatabase();
  store = await database.open();
  const catalogue = value(createRoleCatalogue(canonicalRoles));
  health = createWorkHealth({
    roles: store.roles,
    skills: store.skills,
    schedules: store.schedules,
    catalogue: () => ({
      resolve: catalogue.resolve,
      fillerOf: (role) => (role === 'release' ? { kind: 'person' } : { kind: 'agent', agent: role === 'planner' ? 'gone' : 'coder' }),
    }),
    hasAgent: (agent) => agent === 'coder',
    readTurn: (turn) => store.sessions.readTurn(turn),
    handoffs: {
      store: store.handoffs,
      approvals: store.approvals,
      triggers: () => ({
        enabled: false,
        sources: new Map(),
        targets: new Map(),
        duplicateWindowMs: 0,
        approvalTimeoutMs: 0,
        breaker: { failures: 5, restMs: 600_000 },
      }),
      hasChat: () => false,
    },
    clock: database.clock,
  });
});

afterAll(() => database.dispose());

beforeEach(async () => {
  plan = await newPlan(store);
});

const asking = {
  whyTurn: async (turn: string): Promise<readonly FindingView[]> => [
    { subject: 'approval', ok: false, level: 'warning', message: `${turn} waits for your yes` },
  ],
  whyTask: async (task: string): Promise<readonly FindingView[]> => [{ subject: 'lane', ok: false, level: 'problem', message: `${task} has no lane` }],
};

async function why(id: string): Promise<readonly FindingView[]> {
  return (await health.why(id, asking)) ?? [];
}

/** A run of the developer, in the role's own session. */
async function invoked(): Promise<{ readonly run: string; readonly sessionKey: string; readonly turn: string }> {
  const { session } = value(await store.roles.openRole(roleOf(plan), 'operator'));
  const { run } = value(await store.roles.invokeRole(newRun(session)));
  return { run: run.id, sessionKey: run.sessionKey, turn: run.turnId ?? '' };
}

describe('why', () => {
  it('a run does not get on: its person, what its turn waits for, nobody judging it, how it ended', async () => {
    const person = await asked(store, plan, 'release', { turn: null });
    expect(await why(person)).toMatchObject([{ subject: 'person', ok: false, remedy: `guildhall roles answer ${person} TEXT` }]);
    const { run, sessionKey, turn } = await invoked();
    expect((await why(run))[0]).toMatchObject({ subject: 'approval', message: `${turn} waits for your yes` });
    await answerNext(store, sessionKey);
    await database.advance(120_000);
    expect((await why(run))[0]).toMatchObject({ subject: 'run', level: 'problem', message: expect.stringMatching(/ended 2 min ago, and nobody has judged/) });
    expect(await health.examine()).toContainEqual(expect.objectContaining({ level: 'problem', remedy: `guildhall why ${run}` }));
    value(await store.roles.settleRun(run, { ...succeeded, outcome: 'unproven', reason: 'src/parser.ts is not there' }));
    expect(await why(run)).toMatchObject([{ subject: 'run', level: 'problem', message: expect.stringContaining('src/parser.ts is not there') }]);
  });

  it('a role does not: nobody asked it, its agent is gone, it was retired, its plan is over; by any spelling and by its key', async () => {
    expect(await why(`role:${plan}/dev`)).toMatchObject([{ subject: 'role', remedy: `guildhall roles invoke TASK --plan '${plan}' --role developer` }]);
    const { run } = await invoked();
    expect((await why(`role:${plan}/Engineer`)).map(({ subject }) => subject)).toEqual(['approval', 'run']);
    expect(await why(`role:${encodeURIComponent(plan)}:developer`)).toEqual(await why(`role:${plan}/developer`));
    value(await store.roles.openRole(roleOf(plan, 'planner', 'gone'), 'operator'));
    expect((await why(`role:${plan}/planner`))[0]).toMatchObject({ level: 'problem', message: expect.stringContaining('gone, which is not configured') });
    expect(await health.examine()).toContainEqual(expect.objectContaining({ subject: 'roles', message: expect.stringContaining('the agent gone') }));
    value(await store.roles.retireRole(plan, 'developer', retiring));
    expect(await why(`role:${plan}/developer`)).toMatchObject([
      { message: expect.stringContaining(retiring.reason), remedy: expect.stringContaining('guildhall roles reopen') },
    ]);
    expect((await store.roles.readRun(run))?.outcome ?? 'cancelled').toBe('cancelled');
  });

  it('a plan does not: those behind its runs first, then what blocks it, then that nobody completes it', async () => {
    expect(await why(plan)).toMatchObject([{ subject: 'plan', remedy: `guildhall plans complete '${plan}'` }]);
    const finding = await reported(store, plan);
    const person = await asked(store, plan, 'release', { turn: null });
    await invoked();
    const found = await why(plan);
    expect(found.map(({ subject }) => subject)).toEqual(['person', 'approval', 'finding-undecided', 'plan']);
    expect(found[0]?.remedy).toContain(person);
    expect(found[2]?.message).toContain(finding.id);
  });

  it('a finding is not closed: the Lead, the one who was asked, its task, those who look again', async () => {
    const { id } = await reported(store, plan);
    expect((await why(id)).map(({ subject }) => subject)).toEqual(['role', 'finding']);
    const question = await reported(store, plan);
    value(await store.roles.disposeFinding(question.id, { ...accepting, verb: 'ask', text: 'with which file?' }));
    expect(await why(question.id)).toMatchObject([{ message: expect.stringContaining('validator to answer: with which file?') }]);
    const taken = await accepted(store, plan);
    expect(await why(taken.id)).toMatchObject([{ level: 'warning', message: expect.stringContaining('about to be made') }]);
    await database.advance(180_000);
    expect(await why(taken.id)).toMatchObject([{ level: 'problem', message: expect.stringContaining('no task was made') }]);
    const task = await withTask(store, taken, false);
    expect(await why(taken.id)).toMatchObject([
      { subject: 'lane', message: `${task} has no lane` },
      { subject: 'finding', remedy: `guildhall why ${task}` },
    ]);
    const mended = await remediated(store, plan, ['validator']);
    expect((await why(mended.id)).at(-1)?.remedy).toBe(`guildhall findings revalidate ${mended.id} TEXT --passed --role validator`);
    value(await store.roles.revalidateFinding(mended.id, { role: 'validator', passed: true, text: 'it is', actor: 'role:x/validator' }));
    expect(await readFinding(store, mended.id)).toMatchObject({ status: 'closed' });
    expect(await why(mended.id)).toMatchObject([{ ok: true }]);
  });

  it('a schedule does not fire: missed, paused by a person or by failures, for nobody, or failed the last time', async () => {
    const { name } = value(await store.schedules.createSchedule(newSchedule({ nextAt: database.clock.now() + 60_000 })));
    expect(await why(name)).toMatchObject([{ ok: true, message: expect.stringContaining(`${name} is due next in`) }]);
    const late = value(await store.schedules.createSchedule(newSchedule({ nextAt: database.clock.now() - 300_000 }))).name;
    expect((await why(late))[0]).toMatchObject({
      level: 'problem',
      message: expect.stringContaining('was due 5 min ago'),
      remedy: `guildhall schedules run ${late}`,
    });
    const orphan = value(
      await store.schedules.createSchedule(newSchedule({ target: { kind: 'agent', agent: 'gone' }, nextAt: database.clock.now() + 60_000 })),
    ).name;
    expect((await why(orphan))[0]).toMatchObject({ level: 'problem', message: expect.stringContaining('the agent gone') });
    const forRole = value(
      await store.schedules.createSchedule(newSchedule({ target: { kind: 'role', plan, role: 'dev' }, nextAt: database.clock.now() + 60_000 })),
    ).name;
    expect(await why(forRole)).toMatchObject([{ ok: true }]);
    value(await store.roles.openRole(roleOf(plan), 'operator'));
    value(await store.roles.retireRole(plan, 'developer', retiring));
    expect((await why(forRole))[0]).toMatchObject({ level: 'problem', message: expect.stringContaining('was retired') });
    value(await store.schedules.pauseSchedule(name, 'holidays', 'operator'));
    expect(await why(name)).toMatchObject([{ level: 'warning', message: `${name} is paused: holidays`, remedy: `guildhall schedules resume ${name}` }]);
    const failing = value(await store.schedules.createSchedule(newSchedule())).name;
    value(await store.schedules.fireOccurrence(failing, { ...due(failing, 0, { failed: 'the model is gone' }), pauseAfter: 1 }));
    expect((await why(failing))[0]).toMatchObject({ level: 'problem', message: expect.stringMatching(/paused after 1 failures? in a row/) });
    const told = (await health.examine()).filter(({ subject }) => subject === 'schedules').map(({ message }) => message.split(' ')[0]);
    expect(new Set(told)).toEqual(new Set([name, late, orphan, forRole, failing]));
  });

  it('knows nothing of what is not there', async () => {
    for (const id of ['plan_nowhere', `role:${plan}/knight`, 'role:nowhere/dev', 'role:', 'nightly']) expect(await health.why(id, asking), id).toBeUndefined();
  });
});

describe('the doctor', () => {
  it('names who waits for a person and for the Lead, and how long', async () => {
    const finding = await reported(store, plan);
    const person = await asked(store, plan, 'release', { turn: null });
    await database.advance(7_200_000);
    const found = await health.examine();
    expect(found).toContainEqual(
      expect.objectContaining({ subject: 'findings', message: expect.stringMatching(new RegExp(`^${finding.id} .*2 h for the Lead`)) }),
    );
    expect(found).toContainEqual(expect.objectContaining({ subject: 'roles', message: expect.stringContaining(`${person} has waited 2 h`) }));
  });

  it('names skills that are quarantined, wait for approval, or are required and approved by nobody', async () => {
    const files = [{ path: 'SKILL.md', bytes: 1, sha256: sha256('x') }];
    const skill = (name: string, scope = 'global'): FoundSkill => ({
      name,
      scope,
      folder: `/skills/${name}`,
      hash: hashOfSkill(files),
      files,
      text: 'x',
      problem: '',
      description: 'd',
      version: '1',
      license: '',
      asksForTools: [],
      warnings: [],
    });
    await store.skills.observeSkills([skill('odd'), skill('fresh', 'staged:global')], []);
    value(await store.skills.quarantineSkill('global', 'odd', 'it asks for a download', 'operator'));
    const proposal = await store.skills.proposePolicy({
      policy: new Map([['developer', { required: ['review'], recommended: [], triggered: [], blocking: true }]]),
      text: '',
      note: '',
      actor: 'operator',
    });
    value(await store.skills.approvePolicy(proposal.rev, 'operator'));
    const found = await health.examine();
    expect(found).toContainEqual(expect.objectContaining({ subject: 'skills', message: expect.stringContaining('it asks for a download') }));
    expect(found).toContainEqual(expect.objectContaining({ subject: 'skills', message: expect.stringContaining('fresh') }));
    expect(found).toContainEqual(
      expect.objectContaining({ subject: 'skill policy', level: 'problem', message: expect.stringContaining('requires review of the developer') }),
    );
  });

  it('names the worst and counts the rest', async () => {
    for (let index = 0; index < 30; index += 1) await reported(store, plan, { title: `finding ${index}`, id: ids.next('find') });
    const found = (await health.examine()).filter(({ subject }) => subject === 'findings');
    expect(found).toHaveLength(21);
    expect(found.at(-1)?.message).toMatch(/^and \d+ more$/);
    expect(found.filter(({ level }) => level === 'problem').length).toBeLessThan(3);
  });
});
