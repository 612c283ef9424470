/** Plans, roles, findings, skills and schedules from the terminal: every verb sends what was typed, and tells the answer to people and, unchanged, to programs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPlanDaemon, type PlanDaemon } from './plan-daemon.ts';
import { runInside } from './run-program.ts';
import {
  sampleArtifact,
  sampleBundle,
  sampleDrift,
  sampleHistory,
  sampleLead,
  sampleOccurrence,
  samplePlan,
  samplePlanFinding,
  samplePolicy,
  samplePolicyDiff,
  sampleRole,
  sampleRoleDefinition,
  sampleRoleRun,
  sampleSkill,
  sampleSkillDetail,
} from './sample-plan.ts';

let daemon: PlanDaemon;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-plans-'));
  writeFileSync(path.join(folder, 'spec.md'), 'The packet.\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  daemon = await startPlanDaemon();
});
afterEach(() => daemon.remove());

/** Words as a shell would split them: single quotes keep spaces. */
function wordsOf(line: string): string[] {
  return [...line.replaceAll('@FOLDER', folder).matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}
const run = (line: string, options: { readonly input?: string; readonly variables?: { readonly [name: string]: string } } = {}) =>
  runInside(wordsOf(line), { home: daemon.home, ...options });

const hash = 'a'.repeat(64);
const place = '--plan parser --role developer';

/** Every verb with one answer, what the daemon is sent for it, and the very view it answers. `any` where the view has times of its own. */
const verbs: readonly (readonly [words: string, sent: object | undefined, view: unknown])[] = [
  ['plans create parser', { route: 'post /v1/plans', body: { id: 'parser' } }, { ...samplePlan(), existing: false }],
  [
    "plans create 'A/b c' --title T --goal G --packet @FOLDER/spec.md --phase 'design: lead, planner' --phase 'a: b: dev'",
    {
      body: {
        id: 'A/b c',
        title: 'T',
        goal: 'G',
        packet: 'The packet.\n',
        phases: [
          { name: 'design', roles: ['lead', 'planner'] },
          { name: 'a: b', roles: ['dev'] },
        ],
      },
    },
    { existing: false },
  ],
  ['plans list', undefined, [samplePlan()]],
  ['plans show parser', undefined, samplePlan()],
  ['plans packet parser @FOLDER/spec.md', { route: 'patch /v1/plans/{plan}', params: { plan: 'parser' }, body: { packet: 'The packet.\n' } }, samplePlan()],
  ['plans complete parser', { route: 'post /v1/plans/{plan}/complete', body: {} }, { status: 'completed' }],
  [
    "plans complete parser --waive a:1 --waive b:2 --reason 'for both'",
    {
      body: {
        waivers: [
          { blocker: 'a:1', reason: 'for both' },
          { blocker: 'b:2', reason: 'for both' },
        ],
      },
    },
    { status: 'completed' },
  ],
  ["plans reopen 'A/b c' --reason more", { route: 'post /v1/plans/{plan}/reopen', params: { plan: 'A/b c' }, body: { reason: 'more' } }, samplePlan()],
  ['plans export parser', undefined, sampleBundle()],
  [
    'roles list',
    undefined,
    [
      { ...sampleLead, sessions: [] },
      { ...sampleRoleDefinition(), sessions: [sampleRole()] },
    ],
  ],
  ['roles list --plan parser', undefined, [sampleRole()]],
  [`roles show ${place}`, undefined, sampleRole()],
  [`roles history ${place}`, undefined, sampleHistory],
  [
    `roles retire ${place} --reason done`,
    { route: 'post /v1/plans/{plan}/roles/{role}/retire', params: { plan: 'parser', role: 'developer' }, body: { reason: 'done' } },
    { status: 'retired' },
  ],
  ["roles reopen --plan parser --role 'Lead / PM' --reason back", { params: { plan: 'parser', role: 'Lead / PM' }, body: { reason: 'back' } }, sampleRole()],
  [`roles rotate ${place} --reason full --brief @FOLDER/spec.md`, { body: { reason: 'full', brief: 'The packet.\n' } }, { incarnation: 3 }],
  [
    `roles ask 'why?' ${place} --incarnation 1`,
    { route: 'post /v1/plans/{plan}/roles/{role}/ask', body: { question: 'why?', incarnation: 1 } },
    { answer: 'Because it is fast.' },
  ],
  [
    `roles invoke 'Write it' ${place} --mode delegated --expect 'src/*' --expect b --phase build --label x --path p --request-id r1`,
    {
      route: 'post /v1/plans/{plan}/roles/{role}/turns',
      params: { plan: 'parser', role: 'developer' },
      body: { task: 'Write it', mode: 'delegated', expects: ['src/*', 'b'], phase: 'build', labels: ['x'], paths: ['p'], requestId: 'r1' },
    },
    { id: 'rrun_1', status: 'queued' },
  ],
  ['roles runs --plan parser', undefined, [sampleRoleRun()]],
  [
    'roles answer rrun_1 released',
    { route: 'post /v1/plans/{plan}/runs/{run}/answer', params: { plan: 'parser', run: 'rrun_1' }, body: { text: 'released' } },
    sampleRoleRun(),
  ],
  ['roles answer rrun_1 no --failed --plan other', { params: { plan: 'other', run: 'rrun_1' }, body: { text: 'no', outcome: 'failed' } }, sampleRoleRun()],
  ['roles artifacts --plan parser', undefined, [sampleArtifact()]],
  ['roles artifact art_1', undefined, { ...sampleArtifact(), content: 'aGVsbG8K' }],
  ['findings list', undefined, [samplePlanFinding()]],
  ['findings show find_1', undefined, samplePlanFinding()],
  [
    "findings report 'It crashes' --plan parser --severity high --description D --evidence one --evidence two",
    {
      route: 'post /v1/plans/{plan}/findings',
      params: { plan: 'parser' },
      body: { title: 'It crashes', severity: 'high', description: 'D', evidence: [{ what: 'one' }, { what: 'two' }] },
    },
    samplePlanFinding(),
  ],
  ['findings accept find_1', { route: 'post /v1/findings/{id}/accept', params: { id: 'find_1' }, body: {} }, { status: 'accepted' }],
  [
    'findings accept find_1 --assign-to dev --revalidate-by qa --revalidate-by lead',
    { body: { assignTo: 'dev', revalidateBy: ['qa', 'lead'] } },
    { status: 'accepted' },
  ],
  ['findings reject find_1 --reason no', { route: 'post /v1/findings/{id}/reject', body: { reason: 'no' } }, { status: 'rejected' }],
  ['findings defer find_1 --reason later', { route: 'post /v1/findings/{id}/defer', body: { reason: 'later' } }, { status: 'deferred' }],
  ['findings ask find_1 which?', { route: 'post /v1/findings/{id}/ask', body: { question: 'which?' } }, { status: 'asked' }],
  ['findings answer find_1 both', { route: 'post /v1/findings/{id}/answer', body: { text: 'both' } }, samplePlanFinding()],
  [
    'findings revalidate find_1 works --passed --role qa',
    { route: 'post /v1/findings/{id}/revalidate', body: { verdict: 'passed', text: 'works', role: 'qa' } },
    { status: 'closed' },
  ],
  ['findings revalidate find_1 broken --failed', { body: { verdict: 'failed', text: 'broken' } }, { status: 'closed' }],
  ['skills list', undefined, [sampleSkill()]],
  ['skills show code-review', undefined, sampleSkillDetail()],
  [
    'skills stage /tmp/code-review --scope agent:coder',
    { route: 'post /v1/skills', body: { path: '/tmp/code-review', scope: 'agent:coder' } },
    { status: 'staged' },
  ],
  [`skills approve code-review --hash ${hash}`, { route: 'post /v1/skills/{name}/approve', params: { name: 'code-review' }, body: { hash } }, sampleSkill()],
  ['skills quarantine code-review --reason bad', { route: 'post /v1/skills/{name}/quarantine', body: { reason: 'bad' } }, { status: 'quarantined' }],
  ['skills report', undefined, [sampleDrift(), { drift: 'not-loaded' }]],
  ['skills policy show', undefined, samplePolicy()],
  ['skills policy show --role DEV', undefined, { ...samplePolicy(), document: { roles: { developer: samplePolicy().document.roles['developer'] } } }],
  [
    'skills policy propose @FOLDER/spec.md --note N',
    { route: 'post /v1/skill-policy/revisions', body: { text: 'The packet.\n', note: 'N' } },
    { rev: 2, status: 'proposed' },
  ],
  ['skills policy diff 2', undefined, samplePolicyDiff],
  ['skills policy approve 2', { route: 'post /v1/skill-policy/revisions/{rev}/approve', params: { rev: '2' } }, { rev: 2 }],
  ['skills policy history', undefined, [samplePolicy()]],
  [
    "schedules create morning 'What is new?' --cron '0 9 * * 1-5' --timezone Europe/Berlin --agent main --deliver telegram:-100:7 --thread 3 --catch-up all --jitter 5m",
    {
      route: 'post /v1/schedules',
      body: {
        name: 'morning',
        prompt: 'What is new?',
        when: { kind: 'cron', expression: '0 9 * * 1-5', timezone: 'Europe/Berlin' },
        target: { kind: 'agent', agent: 'main' },
        deliverTo: { platform: 'telegram', chat: '-100:7', thread: '3' },
        catchUp: 'all',
        jitterMs: 300_000,
      },
    },
    { name: 'morning' },
  ],
  [
    'schedules create once hello --in 2h --plan parser --role lead',
    { body: { when: { kind: 'in', ms: 7_200_000 }, target: { kind: 'role', plan: 'parser', role: 'lead' } } },
    { name: 'morning' },
  ],
  [
    'schedules create then hello --at 2030-01-02T03:04:05Z --agent main',
    { body: { when: { kind: 'at', at: Date.UTC(2030, 0, 2, 3, 4, 5) } } },
    { name: 'morning' },
  ],
  ['schedules create often hello --every 30m --agent main', { body: { when: { kind: 'every', ms: 1_800_000 } } }, { name: 'morning' }],
  ['schedules list', undefined, [{ name: 'morning' }]],
  ['schedules show morning', undefined, { name: 'morning', occurrences: [sampleOccurrence] }],
  [
    'schedules pause morning --reason holidays',
    { route: 'post /v1/schedules/{name}/pause', params: { name: 'morning' }, body: { reason: 'holidays' } },
    { status: 'paused' },
  ],
  ['schedules resume morning', { route: 'post /v1/schedules/{name}/resume' }, { status: 'active' }],
  ['schedules run morning', { route: 'post /v1/schedules/{name}/run' }, sampleOccurrence],
  ['schedules remove morning', { route: 'delete /v1/schedules/{name}' }, { name: 'morning' }],
  ['costs --by plan', undefined, [{ key: 'parser' }]],
];

/** Verbs whose answer is made of several of the daemon's, or of a part of one. */
const composed = /^(?:roles list$|roles artifacts |skills policy show --role )/;
/** Plans export writes a folder without `--json`; it has a test of its own. */
const told = verbs.filter(([words]) => !words.startsWith('plans export'));

describe('every verb', () => {
  test.each(verbs)('%s --json is the view as it is, one value, and sends what was typed', async (words, sent, view) => {
    const ran = await run(`${words} --json`);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    const value: unknown = JSON.parse(ran.stdout);
    if (Array.isArray(view)) expect(value).toHaveLength(view.length);
    expect(value).toMatchObject(view as object);
    if (!composed.test(words)) expect(value).toEqual(daemon.answers.at(-1));
    if (sent === undefined) expect(daemon.sent).toEqual([]);
    else expect(daemon.sent.at(-1)).toMatchObject(sent);
  });

  test.each(told)('%s says it to people', async (words) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).not.toBe('');
    expect(ran.stdout).not.toContain('\u001b');
  });

  test.each(told)('%s has colour on a terminal that none of its lines overruns in a table', async (words) => {
    const ran = await run(words, { variables: { TEST_TTY: 'stdout', COLUMNS: '60' } });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('\u001b[');
  });
});

test.each([
  ['plans list', 'get /v1/plans', 'No plans yet. Make one: guildhall plans create'],
  ['plans list --status completed', 'get /v1/plans', 'No completed plans.'],
  ["roles list --plan 'A/b c'", 'get /v1/role-sessions', 'guildhall roles invoke "What is to be done" --plan \'A/b c\' --role lead'],
  ['roles runs --plan parser', 'get /v1/plans/{plan}/runs', 'Nothing was asked yet'],
  ['roles artifacts --plan parser', 'get /v1/plans/{plan}/runs', 'Nothing was left behind yet'],
  ['findings list', 'get /v1/findings', 'No findings. Report one: guildhall findings report'],
  ['findings list --status closed', 'get /v1/findings', 'No such findings.'],
  ['skills list', 'get /v1/skills', 'No skills yet. Install one: guildhall skills stage'],
  ['skills report', 'get /v1/skill-report', 'guildhall skills policy propose'],
  ['skills policy history', 'get /v1/skill-policy/revisions', 'guildhall skills policy propose'],
  ['schedules list', 'get /v1/schedules', 'No schedules yet. Make one: guildhall schedules create'],
] as const)('%s: what is empty says what to do, and is an empty array', async (words, route, sentence) => {
  daemon.on(route, () => []);
  const ran = await run(words);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain(sentence);
  expect((await run(`${words} --json`)).stdout).toBe('[]\n');
});

test.each([
  ['plans create', /missing required argument 'id'.*plans create/],
  ["plans create ' x'", /id is " x": a plan id has no control or invisible characters/],
  ["plans create x --phase 'no roles'", /--phase is "no roles": a name and its roles are wanted/],
  ["plans create x --phase 'a: b,,c'", /--phase/],
  ['plans create x --packet /nonexistent/file', /there is no such file/],
  ['plans reopen parser', /Why\? Say it with --reason: guildhall plans reopen parser/],
  ['plans complete parser --waive a', /Why\? Say it with --reason: guildhall plans complete parser --waive a --reason/],
  ['plans complete parser --waive a --waive b --waive c --reason x --reason y', /3 waived and 2 reasons/],
  ['plans packet parser nowhere.md', /nowhere\.md cannot be read: there is no such file\. Name a file/],
  [`roles ask '' --plan parser --role lead`, /question is "": it must not be empty/],
  ['skills approve code-review --hash abc', /the whole hash is wanted/],
  ['plans complete parser --reason because', /A reason for what\?/],
  ['roles show --role developer', /--plan is missing\. See: guildhall roles show --help/],
  [`roles retire ${place}`, /Why\? Say it with --reason: guildhall roles retire --plan parser --role developer/],
  [`roles invoke ${place}`, /What is to be done\? guildhall roles invoke/],
  [`roles invoke x ${place} --timeout 5m`, /give --wait too/],
  ['findings report x --plan parser', /--severity is missing/],
  ['findings reject find_1', /Why\? Say it with --reason: guildhall findings reject find_1/],
  ['findings revalidate find_1 x', /--passed and --failed/],
  ['findings revalidate find_1 x --passed --failed', /--passed and --failed/],
  ['skills approve code-review --hash abc', /hash is "abc"/],
  ['skills show ../../etc', /a skill name is lower-case letters/],
  ['skills stage x --scope nowhere', /--scope is "nowhere"/],
  ['skills quarantine code-review', /Why\? Say it with --reason/],
  ['skills policy diff one', /rev is "one": a whole number/],
  ['schedules create x hello --agent main', /When\? Say one of --in 2h/],
  ['schedules create x hello --agent main --in 2h --every 3h', /When\? Say one of/],
  ['schedules create x hello --in 2h', /Who does it\? Say --agent ID/],
  ['schedules create x hello --in 2h --plan parser', /--plan ID and --role ROLE together/],
  ['schedules create x hello --in 2h --agent main --deliver telegram', /PLATFORM:CHAT is wanted/],
  ['schedules create x hello --in 2h --agent main --thread 3', /belong to --deliver/],
  ['schedules create x hello --in 2h --agent main --timezone UTC', /belongs to --cron/],
  ["schedules create 'A b' hello --in 2h --agent main", /name is "A b": a name is lower-case letters/],
  ['schedules create x hello --every 1s --agent main', /the shortest time is ten seconds/],
])('%s is exit code 2, and no request leaves', async (words, sentence) => {
  const ran = await run(words);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(sentence);
  expect(daemon.asked).toEqual([]);
});

test('a task, a question and a text may come on stdin; a task on a pipe without asking for it', async () => {
  await run(`roles invoke ${place}`, { input: 'from a pipe\n' });
  await run(`roles invoke - ${place}`, { input: 'dash\n' });
  await run(`roles ask - ${place}`, { input: 'why?\n' });
  await run('findings answer find_1 -', { input: 'so\n' });
  await run('schedules create x - --in 2h --agent main', { input: 'hello\n' });
  expect(daemon.sent.map(({ body }) => body)).toMatchObject([
    { task: 'from a pipe' },
    { task: 'dash' },
    { question: 'why?' },
    { text: 'so' },
    { prompt: 'hello' },
  ]);
});

test('what is asked of a list is asked of the daemon', async () => {
  await run('plans list --status open');
  await run('findings list --plan parser --status deferred');
  await run('roles runs --plan parser --role Dev');
  await run('skills show code-review --scope agent:coder');
  await run('skills report --plan parser');
  await run('costs --by plan');
  const asked = Object.fromEntries(daemon.queries);
  expect(asked).toMatchObject({
    'get /v1/plans': { status: 'open' },
    'get /v1/findings': { plan: 'parser', status: 'deferred' },
    'get /v1/plans/{plan}/runs': { role: 'Dev' },
    'get /v1/skills/{name}': { scope: 'agent:coder' },
    'get /v1/skill-report': { plan: 'parser' },
    'get /v1/costs': { by: 'plan' },
  });
});

test('plans are read page by page', async () => {
  const plans = Array.from({ length: 250 }, (_, at) => samplePlan({ id: `p${at}` }));
  daemon.on('get /v1/plans', ({ query }) => {
    const from = query.has('after') ? plans.findIndex(({ id }) => id === query.get('after')) + 1 : 0;
    return plans.slice(from, from + Number(query.get('limit')));
  });
  const ids = (JSON.parse((await run('plans list --json')).stdout) as { readonly id: string }[]).map(({ id }) => id);
  expect(ids).toEqual(plans.map(({ id }) => id));
});

test('an org chart is taken over into the configuration as a change that is shown first', async () => {
  daemon.on('get /v1/config', () => ({ rev: 2, text: 'agents: {}\n', file: '/x/guildhall.yaml' }));
  const put: unknown[] = [];
  daemon.on('put /v1/config', ({ body }) => {
    put.push(body);
    return { valid: true, errors: [] };
  });
  const dry = await run('roles import @FOLDER/spec.md --dry-run');
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain('+# roles of spec.md');
  expect(dry.stderr).toContain('a role has no mission');
  expect(put).toEqual([]);
  const ran = await run('roles import @FOLDER/spec.md --json');
  expect(JSON.parse(ran.stdout)).toMatchObject({ file: '/x/guildhall.yaml', written: true, notes: ['a role has no mission'] });
  expect(put).toEqual([{ text: 'agents: {}\n# roles of spec.md\n', baseRev: 2 }]);
});

test('an artifact is saved, never over a file that is there', async () => {
  const file = path.join(folder, 'saved.txt');
  expect(await run(`roles artifact art_1 --to ${file}`)).toMatchObject({ code: 0, stdout: `Wrote ${file} (6 B).\n` });
  expect(readFileSync(file, 'utf8')).toBe('hello\n');
  expect(await run(`roles artifact art_1 --to ${file}`)).toMatchObject({ code: 1 });
  expect(await run('roles artifact art_1 --to -')).toMatchObject({ code: 0, stdout: 'hello\n' });
  daemon.on('get /v1/artifacts/{id}', () => ({ ...sampleArtifact({ kept: false }), content: null }));
  const gone = await run('roles artifact art_1 --to -');
  expect(gone).toMatchObject({ code: 1, stdout: '' });
  expect(gone.stderr).toContain('only its hash is');
});
