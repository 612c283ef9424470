/** What plans, roles, findings, skills and schedules look like: text of others obeys nothing, terminals are not overrun, and refusals say what helps. */
import type { RoleRunView } from '@guildhall/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { displayWidth } from '../src/terminal/table.ts';
import { startPlanDaemon, type PlanDaemon } from './plan-daemon.ts';
import { runInside, startProgram } from './run-program.ts';
import {
  sampleArtifact,
  sampleBlocker,
  sampleDrift,
  sampleHistory,
  sampleLead,
  samplePlan,
  samplePlanFinding,
  samplePolicy,
  sampleRole,
  sampleRoleDefinition,
  sampleRoleRun,
  sampleSchedule,
  sampleSkill,
  sampleSkillDetail,
} from './sample-plan.ts';
import { Refused } from './test-daemon.ts';

let daemon: PlanDaemon;

beforeEach(async () => {
  daemon = await startPlanDaemon();
});
afterEach(() => daemon.remove());

const run = (line: string, variables: { readonly [name: string]: string } = {}) => runInside(line.split(' '), { home: daemon.home, variables });

/** Colours, the title of the window, a turned direction, a line of its own, a character nobody sees. */
const hostile = 'x\u001b[31m\u001b]0;owned\u0007\u202egnp\u200b\nforged';
const place = '--plan parser --role developer';

function serveHostile(): void {
  const history = { ...sampleHistory, incarnations: sampleHistory.incarnations.map((each) => ({ ...each, openedReason: hostile, brief: hostile })) };
  const finding = samplePlanFinding({
    title: hostile,
    description: hostile,
    evidence: [{ what: hostile, ref: hostile }],
    reportedBy: hostile,
    history: [{ at: 0, by: hostile, verb: hostile, text: hostile }],
    plan: hostile,
  });
  const artifact = sampleArtifact({ path: hostile, mediaType: 'text/plain', role: hostile });
  const role = sampleRole({
    mission: hostile,
    title: hostile,
    retiredReason: hostile,
    model: hostile,
    workspace: hostile,
    plan: hostile,
    role: hostile,
    artifacts: [artifact],
  });
  const roleRun = sampleRoleRun({
    task: hostile,
    answer: hostile,
    reason: hostile,
    evidence: [{ kind: 'tool-call', ref: hostile, note: hostile }],
    artifacts: [artifact],
  });
  const skill = sampleSkill({
    description: hostile,
    version: hostile,
    license: hostile,
    warnings: [hostile],
    reason: hostile,
    folder: hostile,
    asksForTools: [hostile],
  });
  const blocker = sampleBlocker({ id: hostile, message: hostile, remedy: hostile });
  const plan = samplePlan({
    title: hostile,
    goal: hostile,
    blockers: [blocker],
    phases: [{ name: hostile, roles: [hostile], status: 'open' }],
    roles: [{ role: hostile, status: 'open', incarnation: 1 }],
    waivers: [{ blocker: hostile, reason: hostile, by: hostile, at: 0 }],
  });
  const schedule = sampleSchedule({ says: hostile, prompt: hostile, reason: hostile, target: { kind: 'role', plan: hostile, role: hostile } });
  daemon.on('get /v1/plans', () => [plan]);
  daemon.on('get /v1/plans/{plan}', () => plan);
  daemon.on('get /v1/findings', () => [finding]);
  daemon.on('get /v1/findings/{id}', () => finding);
  daemon.on('get /v1/roles', () => [sampleLead, sampleRoleDefinition({ mission: hostile, title: hostile })]);
  daemon.on('get /v1/role-sessions', () => [role]);
  daemon.on('get /v1/plans/{plan}/roles/{role}', () => role);
  daemon.on('get /v1/plans/{plan}/roles/{role}/history', () => history);
  daemon.on('get /v1/plans/{plan}/runs', () => [roleRun]);
  daemon.on('get /v1/plans/{plan}/runs/{run}', () => roleRun);
  daemon.on('get /v1/artifacts/{id}', () => ({ ...artifact, content: Buffer.from(hostile).toString('base64') }));
  daemon.on('post /v1/plans/{plan}/roles/{role}/ask', () => ({ incarnation: 1, answer: hostile, turnId: 't', sessionKey: 's' }));
  daemon.on('get /v1/skills', () => [skill]);
  daemon.on('get /v1/skills/{name}', () => ({ ...sampleSkillDetail(), ...skill, text: `${hostile} new`, approvedText: hostile }));
  daemon.on('get /v1/skill-policy', () => samplePolicy({ note: hostile, proposedBy: hostile }));
  daemon.on('get /v1/skill-report', () => [sampleDrift({ skill: hostile, plan: hostile, role: hostile, status: hostile })]);
  daemon.on('get /v1/schedules', () => [schedule]);
  daemon.on('get /v1/schedules/{name}', () => schedule);
}

const pages = [
  'plans list',
  'plans show parser',
  'roles list',
  `roles show ${place}`,
  `roles history ${place}`,
  'roles runs --plan parser',
  `roles ask why ${place}`,
  `roles invoke x ${place} --wait`,
  'roles artifacts --plan parser',
  'roles artifact art_1',
  'findings list',
  'findings show find_1',
  'skills list',
  'skills show code-review',
  'skills policy show',
  'skills report',
  'schedules list',
  'schedules show morning',
];

test.each(pages)('%s shows what others wrote and obeys none of it', async (words) => {
  serveHostile();
  const ran = await run(words, { TEST_TTY: 'stdout stderr', COLUMNS: '1000', NO_COLOR: '1' });
  expect(ran.code).toBe(0);
  const said = ran.stdout + ran.stderr;
  expect(said).not.toMatch(/(?![\n\t])\p{Cc}|\p{Cf}|\u202e/u);
  if (words !== 'skills policy show') expect(said).toContain(String.raw`\x1b[31m`);
  const json = await run(`${words} --json`, { TEST_TTY: 'stdout' });
  expect(json.stdout).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
});

const lists = [
  'plans list',
  'roles list --plan parser',
  'roles runs --plan parser',
  'roles artifacts --plan parser',
  'findings list',
  'skills list',
  'skills report',
  'skills policy history',
  'schedules list',
];

test.each(lists.flatMap((words) => [60, 80, 120].map((width) => [words, width] as const)))('%s fits a terminal of %i columns', async (words, width) => {
  serveHostile();
  const ran = await run(words, { TEST_TTY: 'stdout', COLUMNS: String(width), NO_COLOR: '1' });
  for (const line of ran.stdout.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  expect(ran.stdout.trimEnd().split('\n').length).toBeGreaterThan(1);
});

test('a wide terminal and a pipe get every column', async () => {
  for (const variables of [{}, { TEST_TTY: 'stdout', COLUMNS: '200', NO_COLOR: '1' }])
    expect((await run('roles runs --plan parser', variables)).stdout).toMatch(
      /RUN .*ROLE .*PHASE .*MODE .*OUTCOME .*TASK .*WHY .*SKILLS .*LEFT .*COST .*ASKED/,
    );
});

test('the roles are a tree of who reports to whom, with nobody left out of a circle', async () => {
  const named = (role: string, reportsTo: string | null) => sampleRoleDefinition({ role, title: role, reportsTo, mission: '' });
  daemon.on('get /v1/roles', () => [
    named('qa', 'dev'),
    named('lead', null),
    named('dev', 'lead'),
    named('planner', 'lead'),
    named('a', 'b'),
    named('b', 'a'),
    named('lost', 'nobody'),
  ]);
  daemon.on('get /v1/role-sessions', () => []);
  const ran = await run('roles list');
  expect(ran.stdout.split('\n\n')[0]?.replaceAll(/ {2}\w+, coder/g, '')).toBe('lead\n├─ dev\n│  └─ qa\n└─ planner\nlost\na\n└─ b');
  expect(ran.stdout).toContain('No plan has asked anything of them yet. Begin: guildhall plans create');
});

test('a role that the configuration has no more is there with its sessions', async () => {
  daemon.on('get /v1/roles', () => [sampleLead]);
  expect(JSON.parse((await run('roles list --json')).stdout)).toMatchObject([
    { role: 'lead', sessions: [] },
    { role: 'developer', sessions: [{ plan: 'parser' }] },
  ]);
});

describe('completing a plan that something blocks', () => {
  beforeEach(() => {
    const blockers = [
      sampleBlocker(),
      sampleBlocker({ id: 'run-open:rrun_1', kind: 'run-open', message: 'rrun_1 is not done', remedy: 'guildhall why trn_1', waivable: false }),
    ];
    daemon.on('post /v1/plans/{plan}/complete', () => {
      throw new Refused('wrong-state', 'The plan parser has 2 blockers.', { blockers });
    });
  });

  test('lists each with the command that helps, and is exit code 3', async () => {
    const ran = await run('plans complete parser');
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr.trimEnd().split('\n')).toEqual([
      '✗ parser is not complete: 2 blockers. [wrong-state]',
      '  ✗ finding-deferred:find_1  the finding find_1 is deferred',
      '      guildhall findings accept find_1',
      '  ✗ run-open:rrun_1  rrun_1 is not done  (cannot be waived)',
      '      guildhall why trn_1',
      '  Or take one upon yourself: guildhall plans complete parser --waive finding-deferred:find_1 --reason "why"',
    ]);
  });

  test('is one refusal with all of them for programs', async () => {
    const ran = await run('plans complete parser --json');
    expect(ran).toMatchObject({ code: 3, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      error: { code: 'wrong-state', details: { blockers: [{ id: 'finding-deferred:find_1' }, { id: 'run-open:rrun_1' }] } },
    });
  });
});

describe('waiting for a role', () => {
  const unfinished = { status: 'running', outcome: null, answer: null, endedAt: null } as const;

  test.each([
    ['succeeded', 0],
    ['unproven', 1],
    ['failed', 1],
    ['cancelled', 1],
    ['blocked', 3],
  ] as const)('%s is exit code %i', async (outcome, code) => {
    daemon.on('get /v1/plans/{plan}/runs/{run}', () => sampleRoleRun({ outcome }));
    const ran = await run(`roles invoke x ${place} --wait`);
    expect(ran.code).toBe(code);
    expect(ran.stdout).toContain(outcome);
    expect(ran.stdout).toContain('src/parser.ts');
    expect(ran.stdout).toContain('code-review (required, loaded)');
    expect(ran.stdout).toContain('The parser is written.');
    const json = await run(`roles invoke x ${place} --wait --json`);
    expect(json.code).toBe(code);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: 'rrun_1', outcome });
  });

  test('tells how it goes on stderr, once for each change', async () => {
    const states = [sampleRoleRun({ ...unfinished, status: 'queued' }), sampleRoleRun(unfinished), sampleRoleRun(unfinished), sampleRoleRun()];
    daemon.on('get /v1/plans/{plan}/runs/{run}', () => states.shift());
    const ran = await run(`roles invoke x ${place} --wait`);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toMatch(/^developer: queued rrun_1 .*\ndeveloper: running rrun_1 .*\n$/);
  });

  test('a person who fills the role is told how to answer', async () => {
    const states = [sampleRoleRun({ ...unfinished, status: 'waiting-for-person' }), sampleRoleRun()];
    daemon.on('get /v1/plans/{plan}/runs/{run}', () => states.shift());
    const ran = await run(`roles invoke x ${place} --wait`);
    expect(ran.stderr).toContain('waits for a person. Answer: guildhall roles answer rrun_1 "…" --plan parser');
  });

  test('the time is over: exit code 6, and the run as it is', async () => {
    daemon.on('get /v1/plans/{plan}/runs/{run}', () => sampleRoleRun(unfinished));
    const ran = await run(`roles invoke x ${place} --wait --timeout 1s --json`);
    expect(ran.code).toBe(6);
    expect(JSON.parse(ran.stdout)).toMatchObject({ id: 'rrun_1', status: 'running', outcome: null });
  });

  test('a lost answer is asked for again with the same request id, so that it is one run', async () => {
    const ids: unknown[] = [];
    daemon.on('post /v1/plans/{plan}/roles/{role}/turns', ({ body, response }) => {
      ids.push(body['requestId']);
      if (ids.length > 1) return sampleRoleRun();
      response.destroy();
      return undefined;
    });
    expect(await run(`roles invoke x ${place}`)).toMatchObject({ code: 0 });
    expect(ids).toHaveLength(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  test('goes on over a restart of the daemon', async () => {
    let restarts = 0;
    daemon.on('get /v1/plans/{plan}/runs/{run}', async ({ response }) => {
      if (restarts > 0) return sampleRoleRun();
      restarts += 1;
      response.destroy();
      await daemon.stop();
      await daemon.start();
      return undefined;
    });
    expect(await run(`roles invoke x ${place} --wait`)).toMatchObject({ code: 0 });
  });

  test('Ctrl-C stops the waiting, not the role, and says so', async () => {
    let waiting = () => {};
    const asked = new Promise<void>((resolve) => (waiting = resolve));
    daemon.on('get /v1/plans/{plan}/runs/{run}', () => {
      waiting();
      return undefined;
    });
    const running = startProgram(['roles', 'invoke', 'x', ...place.split(' '), '--wait'], { home: daemon.home });
    await asked;
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran).toMatchObject({ code: 130, stdout: '' });
    expect(ran.stderr).toContain('The role works on. Stop it: guildhall sessions cancel role:parser:developer');
  });
});

test('the answer of a person finds its plan by itself', async () => {
  daemon.on('get /v1/plans', ({ query }) => {
    expect(query.get('status')).toBe('open');
    return [samplePlan({ id: 'A/b c', runs: { open: 0, finished: 1, succeeded: 1 } }), samplePlan({ id: 'other' }), samplePlan({ id: 'X y' })];
  });
  daemon.on('get /v1/plans/{plan}/runs/{run}', ({ params }) => {
    if (params['plan'] !== 'X y') throw new Refused('not-found', 'There is no such run.');
    return sampleRoleRun();
  });
  expect(await run('roles answer rrun_1 done')).toMatchObject({ code: 0 });
  expect(daemon.sent).toMatchObject([{ params: { plan: 'X y', run: 'rrun_1' } }]);
  daemon.on('get /v1/plans', () => []);
  const ran = await run('roles answer rrun_9 done');
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toContain('No open plan has an open run rrun_9');
});

test('the answer of a person shows what became of it, with what is wanted and not there', async () => {
  const unproven: Partial<RoleRunView> = { outcome: 'unproven', reason: 'what was to be there is not: NOTES.md.', expects: ['NOTES.md'] };
  daemon.on('get /v1/plans/{plan}/runs/{run}', () => sampleRoleRun(unproven));
  daemon.on('post /v1/plans/{plan}/runs/{run}/answer', () => sampleRoleRun({ status: 'running', outcome: null, endedAt: null }));
  const ran = await run('roles answer rrun_1 done --plan parser');
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stdout).toContain('✗ developer unproven');
  expect(ran.stdout).toContain('what was to be there is not: NOTES.md.');
  daemon.on('post /v1/plans/{plan}/runs/{run}/answer', () => sampleRoleRun({ outcome: 'failed' }));
  expect(await run('roles answer rrun_1 no --failed --plan parser')).toMatchObject({ code: 0, stdout: '✓ developer of parser has given it up: rrun_1.\n' });
  daemon.on('post /v1/plans/{plan}/roles/{role}/turns', () => sampleRoleRun({ ...unproven, status: 'waiting-for-person', outcome: null }));
  const asked = await run(`roles invoke x ${place}`);
  expect(asked.stdout).toContain('Wanted in the folder of the role: NOTES.md.');
  expect(asked.stdout).toContain('guildhall roles answer rrun_1 "…" --plan parser');
  daemon.on('post /v1/plans/{plan}/roles/{role}/turns', () => sampleRoleRun());
});

test('who mistypes a plan hears that a new one was made', async () => {
  daemon.on('get /v1/plans/{plan}', () => {
    throw new Refused('not-found', 'There is no such plan.');
  });
  expect((await run(`roles invoke x ${place}`)).stderr).toContain('There was no plan parser; it is made with this.');
  daemon.on('get /v1/plans/{plan}', () => samplePlan());
  expect((await run(`roles invoke x ${place}`)).stderr).not.toContain('There was no plan');
});

test('the calls of a run stand on one line, each tool once', async () => {
  const call = (ref: string, note: string) => ({ kind: 'tool-call', ref, note }) as const;
  const evidence = [call('c1', 'write_file: done'), call('c2', 'report_finding: done'), call('c3', 'report_finding: done'), call('c4', 'terminal: unknown')];
  daemon.on('get /v1/plans/{plan}/runs/{run}', () => sampleRoleRun({ evidence }));
  const ran = await run(`roles invoke x ${place} --wait`);
  expect(ran.stdout).toContain('evidence  calls write_file, report_finding (2), terminal: unknown\n');
});

test('a skill that was changed since it was approved shows what changed', async () => {
  daemon.on('get /v1/skills/{name}', () => ({ ...sampleSkillDetail(), status: 'quarantined', reason: 'it was changed', text: 'new\n', approvedText: 'old\n' }));
  const ran = await run('skills show code-review');
  expect(ran.stdout).toContain('quarantined: it was changed');
  expect(ran.stdout).toContain('What changed since it was approved\n--- from\n+++ to\n-old\n+new');
  expect(ran.stdout).toContain('guildhall skills approve code-review --scope global --hash');
});

test('the report of skills begins with how many ran as policy asks', async () => {
  expect((await run('skills report')).stdout).toMatch(/^2 skills in 2 runs: 1 as policy asks, 1 not loaded\.\n/);
});

test('a policy that asks nothing of a role says whom it speaks of', async () => {
  const ran = await run('skills policy show --role lead');
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toContain('Revision 1 asks nothing of "lead". It speaks of: developer, validator');
});
