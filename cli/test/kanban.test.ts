/** Tasks from the terminal: every verb asks the daemon for exactly what was typed and tells it to people and to programs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startKanbanDaemon, type KanbanDaemon } from './kanban-daemon.ts';
import { runInside, startProgram } from './run-program.ts';
import { sampleDetail, sampleLane, sampleRun, sampleTask } from './sample-board.ts';
import { Refused } from './test-daemon.ts';

let daemon: KanbanDaemon;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'guildhall-kanban-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  daemon = await startKanbanDaemon();
});
afterEach(() => daemon.remove());

const run = (words: readonly string[], variables: { readonly [name: string]: string } = {}, input = '') =>
  runInside(['kanban', ...words], { home: daemon.home, variables, input });

/** Every verb with one answer, what the daemon is sent for it, and what the answer holds. */
const verbs: readonly (readonly [words: string, sent: object | undefined, answer: object])[] = [
  ['boards list', undefined, [{ name: 'default' }]],
  ['boards show', undefined, { board: { name: 'default' }, columns: [{ status: 'ready' }, { status: 'done' }] }],
  [
    'boards create website --title Site --archive-done-after 30',
    { route: 'post /v1/boards', body: { name: 'website', title: 'Site', archiveDoneAfterDays: 30 } },
    { name: 'default' },
  ],
  ['create Parser', { route: 'post /v1/boards/{board}/tasks', params: { board: 'default' }, body: { title: 'Parser' } }, { id: 'tsk_1', status: 'ready' }],
  ['list', undefined, [{ id: 'tsk_1' }]],
  ['show tsk_1', undefined, { task: { id: 'tsk_1' }, runs: [{}], links: {}, comments: [{}], attachments: [{}], claim: { lane: 'factory' } }],
  ['runs tsk_1', undefined, [{ id: 'run_1' }]],
  ['assign tsk_1 factory', { route: 'patch /v1/tasks/{task}', params: { task: 'tsk_1' }, body: { assignee: 'factory' } }, { id: 'tsk_1' }],
  ['assign tsk_1 -', { body: { assignee: null } }, { id: 'tsk_1' }],
  ['schedule tsk_1 --at 2030-01-02T03:04:05Z', { body: { startAt: Date.UTC(2030, 0, 2, 3, 4, 5) } }, { id: 'tsk_1' }],
  ['schedule tsk_1 --at now', { body: { startAt: null } }, { id: 'tsk_1' }],
  [
    'edit tsk_1 --title New --priority -3 --label a --label b --no-review --no-evidence --max-runtime none',
    { body: { title: 'New', priority: -3, labels: ['a', 'b'], review: 'none', evidenceRequired: false, maxRuntimeMs: null } },
    { id: 'tsk_1' },
  ],
  ['specify tsk_1', { route: 'post /v1/tasks/{task}/specify', body: {} }, { id: 'tsk_1' }],
  ['link tsk_0 tsk_1', { route: 'post /v1/links', body: { parent: 'tsk_0', child: 'tsk_1' } }, { status: 'todo' }],
  ['unlink tsk_0 tsk_1', { route: 'delete /v1/links', body: { parent: 'tsk_0', child: 'tsk_1' } }, { status: 'ready' }],
  ['comment tsk_1 hello', { route: 'post /v1/tasks/{task}/comments', body: { text: 'hello' } }, { id: 'com_1' }],
  ['metadata tsk_1 {"a":1,"b":null}', { route: 'post /v1/tasks/{task}/metadata', body: { metadata: { a: 1, b: null } } }, { id: 'tsk_1' }],
  ['attachments tsk_1', undefined, [{ id: 'att_1', name: 'report.txt' }]],
  ['unblock tsk_1 --reason answered', { route: 'post /v1/tasks/{task}/unblock', body: { reason: 'answered' } }, { id: 'tsk_1' }],
  ['reclaim tsk_1', { route: 'post /v1/tasks/{task}/reclaim', body: {} }, { id: 'tsk_1' }],
  ['archive tsk_1', { route: 'post /v1/tasks/{task}/archive', body: {} }, { id: 'tsk_1' }],
  ['review tsk_1 --accept', { route: 'post /v1/tasks/{task}/review', body: { verdict: 'accept' } }, { id: 'tsk_1' }],
  ['review tsk_1 --return incomplete', { body: { verdict: 'return', reason: 'incomplete' } }, { id: 'tsk_1' }],
  ['diff tsk_1', undefined, { files: 1, text: '+one' }],
  ['pr tsk_1 --title Add', { route: 'post /v1/tasks/{task}/pull-request', body: { title: 'Add' } }, { url: 'https://example.org/pr/7' }],
  [
    'import hermes /tmp/kanban.db --dry-run --board website',
    { route: 'post /v1/boards/{board}/import', params: { board: 'website' }, body: { format: 'hermes', path: '/tmp/kanban.db', dryRun: true } },
    { found: { tasks: 3 } },
  ],
  [
    'lanes register factory --kind persistent --claim-mode pull-or-watch --allowed-status-mutations own-claimed-only',
    {
      route: 'post /v1/lanes',
      body: { name: 'factory', kind: 'persistent', claimMode: 'pull-or-watch', allowedStatusMutations: 'own-claimed-only' },
    },
    { lane: { name: 'factory' }, token: 'ghlane_secret' },
  ],
  [
    'lanes register builder --kind spawnable --capacity 2 --label gpu --lease 2m -- ./work.sh --fast',
    { body: { name: 'builder', kind: 'spawnable', capacity: 2, labels: ['gpu'], leaseMs: 120_000, command: ['./work.sh', '--fast'] } },
    { token: 'ghlane_secret' },
  ],
  ['lanes list', undefined, [{ name: 'factory' }]],
  ['lanes show factory', undefined, { name: 'factory' }],
  ['lanes rotate-token factory', { route: 'post /v1/lanes/{lane}/rotate-token', params: { lane: 'factory' } }, { token: 'ghlane_second' }],
  ['lanes drain factory', { route: 'post /v1/lanes/{lane}/drain' }, { state: 'drained' }],
  ['lanes resume factory', { route: 'post /v1/lanes/{lane}/resume' }, { state: 'active' }],
  ['lanes park factory --reason quota --for 30m', { body: { reason: 'quota', forMs: 1_800_000 } }, { state: 'parked' }],
  ['lanes unregister factory', { route: 'delete /v1/lanes/{lane}', params: { lane: 'factory' } }, { state: 'unregistered' }],
];

describe('every verb', () => {
  test.each(verbs)('%s --json is one value for programs, and sends what was typed', async (words, sent, answer) => {
    const ran = await run(['--json', ...words.split(' ')]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
    const value: unknown = JSON.parse(ran.stdout);
    if (Array.isArray(answer)) expect(value).toHaveLength(answer.length);
    expect(value).toMatchObject(answer);
    if (sent === undefined) expect(daemon.sent).toEqual([]);
    else expect(daemon.sent.at(-1)).toMatchObject(sent);
  });

  test.each(verbs)('%s says it to people', async (words) => {
    const ran = await run(words.split(' '));
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).not.toBe('');
    expect(ran.stdout).not.toContain('\u001b');
  });
});

test('a task is made with everything that can be said about it', async () => {
  const spec = path.join(folder, 'spec.md');
  writeFileSync(spec, 'Read this.\n');
  const words =
    '--assignee factory --board website --priority 7 --label a --label b --parent tsk_0 --accept one --accept two --review --reviewer ada --evidence --max-attempts 2 --max-runtime 2h --triage --idempotency-key k1';
  const workspace = `worktree:${folder}#main`;
  const ran = await run(['create', 'Parser', ...words.split(' '), '--body', `@${spec}`, '--workspace', workspace, '--metadata', '{"n":1}']);
  expect(ran).toMatchObject({ code: 0 });
  expect(daemon.sent).toMatchObject([
    {
      params: { board: 'website' },
      body: {
        title: 'Parser',
        assignee: 'factory',
        body: 'Read this.\n',
        priority: 7,
        labels: ['a', 'b'],
        parents: ['tsk_0'],
        acceptance: ['one', 'two'],
        review: 'required',
        reviewer: 'ada',
        evidenceRequired: true,
        maxAttempts: 2,
        maxRuntimeMs: 7_200_000,
        triage: true,
        idempotencyKey: 'k1',
        workspace: { kind: 'worktree', repository: folder, base: 'main' },
        metadata: { n: 1 },
      },
    },
  ]);
});

test('a body may come on stdin, a folder and the board from where the command runs', async () => {
  expect(await run(['create', 'Parser', '--body', '-', '--workspace', 'dir:.'], { GUILDHALL_KANBAN_BOARD: 'website' }, 'from a pipe\n')).toMatchObject({
    code: 0,
  });
  expect(daemon.sent).toMatchObject([{ params: { board: 'website' }, body: { body: 'from a pipe', workspace: { kind: 'directory', path: process.cwd() } } }]);
});

test('when a task starts is shown back in words', async () => {
  const startAt = Date.now() + 7_200_000;
  daemon.on('post /v1/boards/{board}/tasks', () => ({ ...sampleTask({ status: 'scheduled', startAt }), existing: false }));
  expect((await run(['create', 'Parser', '--at', '+2h'])).stdout).toMatch(
    /is scheduled and waits for its start[^]*It starts (?:today|tomorrow) \d\d:\d\d \(in 2 h\)/,
  );
});

test('the same idempotency key is said to have been there already', async () => {
  daemon.on('post /v1/boards/{board}/tasks', () => ({ ...sampleTask(), existing: true }));
  expect((await run(['create', 'Parser', '--idempotency-key', 'k1'])).stdout).toContain('It was there already.');
});

describe('what is typed wrong is exit 2, and nothing is sent', () => {
  test.each([
    [['create', 'x', '--metadata', '[1]'], '--metadata is "[1]": a JSON object'],
    [['create', 'x', '--metadata', 'nope'], 'a JSON object'],
    [['create', 'x', '--metadata', 'null'], 'a JSON object'],
    [['metadata', 'tsk_1', '"text"'], 'a JSON object'],
    [['complete', 'tsk_1', '--summary', 's', '--metadata', '7'], 'a JSON object'],
    [['create', 'x', '--at', 'soon'], '"soon" is no time'],
    [['create', 'x', '--body', '@/nonexistent/file'], 'cannot be read'],
    [['create', 'x', '--priority', 'high'], '--priority'],
    [['create', ' '], ' title is " ": a few words are wanted'],
    [['create', 'x', '--assignee', 'No Such Name'], 'assignee is "No Such Name"'],
    [['create', 'x', '--workspace', 'cloud'], '--workspace'],
    [['create', 'x', '--max-runtime', 'long'], '--max-runtime'],
    [['schedule', 'tsk_1'], '--at'],
    [['edit', 'tsk_1'], 'What should change?'],
    [['complete', 'tsk_1'], '--summary'],
    [['complete', 'tsk_1', '--summary', 's', '--evidence', 'proof:yes'], '--evidence'],
    [['complete', 'tsk_1', '--summary', 's', '--artifact', '=x'], '--artifact'],
    [['block', 'tsk_1', 'because'], '--kind'],
    [['block', 'tsk_1', 'because', '--kind', 'mood'], 'Allowed choices'],
    [['heartbeat', 'tsk_1', '--progress', '2'], 'progress'],
    [['review', 'tsk_1'], '--accept'],
    [['review', 'tsk_1', '--accept', '--return', 'no'], 'Say one of'],
    [['claim', '--wait', 'long'], '--wait is "long": a time such as 30s'],
    [['lanes', 'register', 'factory'], '--kind persistent'],
    [['lanes', 'register', 'factory', '--kind', 'other'], 'Allowed choices'],
    [['lanes', 'register', 'No', '--kind', 'persistent'], 'a name is lower-case'],
    [['lanes', 'register', 'factory', '--kind', 'persistent', '--', './work.sh'], 'never started'],
    [['lanes', 'register', 'factory', '--kind', 'spawnable'], 'What is started'],
    [['lanes', 'park', 'factory'], '--reason'],
    [['import', 'trello', 'x'], ' from is "trello"'],
    [['attach', 'tsk_1', '/nonexistent/file'], 'cannot be read: there is no such file'],
    [['attach', 'tsk_1', '/'], 'cannot be read: it is a directory'],
    [['complete', 'tsk_1', '--summary', 's', '--claim-token-file', '/nonexistent/file'], 'cannot be read: there is no such file. Save one with'],
  ])('%j', async (words, hint) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(hint);
    expect(JSON.parse((await run(['--json', ...words])).stdout)).toMatchObject({ error: { code: 'invalid-input' } });
    expect(daemon.asked).toEqual([]);
  });
});

describe('the list of tasks', () => {
  test('says who has each, how old it is and what it waits for', async () => {
    const open = { assignee: 'factory', assigneeState: 'available' } as const;
    daemon.on('get /v1/boards/{board}/tasks', () => ({
      tasks: [
        sampleTask({ id: 'tsk_1', status: 'running', lane: 'factory' }),
        sampleTask({ id: 'tsk_2', ...open, status: 'todo', openParents: 2 }),
        sampleTask({ id: 'tsk_3', assignee: 'facotry', assigneeState: 'unknown' }),
        sampleTask({ id: 'tsk_4', status: 'blocked', block: { kind: 'needs_input', reason: 'which dialect?', liftsAt: null } }),
        sampleTask({ id: 'tsk_5', status: 'review', reviewer: 'ada' }),
        sampleTask({ id: 'tsk_6', assignee: null, assigneeState: 'none' }),
        sampleTask({ id: 'tsk_7', assigneeState: 'drained' }),
      ],
      next: null,
    }));
    const lines = (await run(['list'])).stdout.split('\n');
    const waits = lines.map((line) => line.slice((lines[0] ?? '').indexOf('WAITS FOR')));
    expect(waits.slice(1, 8)).toEqual([
      '',
      '2 other tasks',
      'a lane called facotry',
      'an answer: which dialect?',
      'review by ada',
      'an assignee',
      'factory (drained)',
    ]);
    expect(lines[1]).toMatch(/tsk_1 +running +5 +Write the parser +factory +factory +3 h ago/);
  });

  test('is read page by page, and only up to the limit', async () => {
    const queries: string[] = [];
    daemon.on('get /v1/boards/{board}/tasks', ({ query }) => {
      queries.push(query.toString());
      const page = query.get('after') === null ? 1 : 2;
      return { tasks: [sampleTask({ id: `tsk_${page}1` }), sampleTask({ id: `tsk_${page}2`, status: 'archived' })], next: page === 1 ? 'p2' : null };
    });
    const filters = '--status ready --assignee factory --label parser --search words'.split(' ');
    const all = await run(['list', '--json', ...filters]);
    expect(JSON.parse(all.stdout)).toMatchObject([{ id: 'tsk_11' }, { id: 'tsk_21' }]);
    expect(queries).toEqual([
      'status=ready&assignee=factory&label=parser&q=words&limit=100',
      'status=ready&assignee=factory&label=parser&q=words&after=p2&limit=100',
    ]);
    const one = await run(['list', '--json', '--limit', '1']);
    expect(JSON.parse(one.stdout)).toHaveLength(1);
    expect(one.stderr).toContain('The first 1 of more');
    expect(JSON.parse((await run(['list', '--json', '--archived'])).stdout)).toHaveLength(4);
  });

  test('an empty one says what to do', async () => {
    daemon.on('get /v1/boards/{board}/tasks', () => ({ tasks: [], next: null }));
    expect((await run(['list'])).stdout).toContain('No tasks yet. Make one: guildhall kanban create');
    expect((await run(['list', '--status', 'done'])).stdout).toBe('No such tasks.\n');
    expect((await run(['list', '--json'])).stdout).toBe('[]\n');
    daemon.on('get /v1/lanes', () => []);
    expect((await run(['lanes', 'list'])).stdout).toContain('No lanes yet. Register one: guildhall kanban lanes register');
  });
});

describe('the page of a task', () => {
  test('says everything that is known about it', async () => {
    const { stdout } = await run(['show', 'tsk_1']);
    for (const said of [
      'Write the parser  running',
      'held by    factory, run run_1, epoch 3, 42 s left: 50 %, half of the tests pass',
      'As in the spec.',
      '1. npm test passes',
      'run_1  running  factory, attempt 1',
      'after  tsk_0 "Write the spec" done',
      'which dialect?',
      'att_1  report.txt',
      'branch  "parser"',
      'Next: claim, block, archive',
    ])
      expect(stdout).toContain(said);
  });

  test('names what may be done by the commands that do it', async () => {
    daemon.on('get /v1/tasks/{task}', () => sampleDetail({ task: sampleTask({ verbs: ['claim', 'change', 'annotate'] }) }));
    expect((await run(['show', 'tsk_1'])).stdout).toContain('Next: claim, edit, metadata\n');
  });

  test('names the way on where a person must act', async () => {
    const waiting = (changes: Parameters<typeof sampleTask>[0]) =>
      daemon.on('get /v1/tasks/{task}', () => sampleDetail({ task: sampleTask(changes), claim: null }));
    waiting({ assignee: 'facotry', assigneeState: 'unknown' });
    expect((await run(['show', 'tsk_1'])).stdout).toMatch(/waits for {2}a lane called facotry[^]*guildhall kanban assign tsk_1/);
    waiting({ status: 'blocked', block: { kind: 'needs_input', reason: 'which dialect?', liftsAt: null } });
    expect((await run(['show', 'tsk_1'])).stdout).toContain('guildhall kanban unblock tsk_1');
    waiting({ status: 'blocked', block: { kind: 'needs_input', reason: 'It printed last:\n  not found\n', liftsAt: null } });
    expect((await run(['show', 'tsk_1'])).stdout).toContain('waits for  an answer: It printed last: not found\n');
    waiting({ status: 'review' });
    expect((await run(['show', 'tsk_1'])).stdout).toContain('guildhall kanban review tsk_1 --accept');
  });

  test('shows what others wrote, never what it would do to a terminal', async () => {
    const evil = 'x\u001b]0;owned\u0007\u001b[2Jy\u202e';
    daemon.on('get /v1/tasks/{task}', () =>
      sampleDetail({
        task: sampleTask({ title: evil, body: evil, acceptance: [evil], labels: [evil], metadata: { [evil]: evil } }),
        runs: [sampleRun({ summary: evil, note: evil, evidence: [{ kind: 'note', text: evil }], artifacts: [{ name: evil }] })],
        comments: [{ id: 'com_1', author: evil, text: evil, at: 0 }],
        links: { parents: [{ id: 'tsk_0', title: evil, status: 'done' }], children: [] },
      }),
    );
    daemon.on('get /v1/boards/{board}/tasks', () => ({ tasks: [sampleTask({ title: evil })], next: null }));
    daemon.on('get /v1/lanes', () => [sampleLane({ description: evil, parked: { reason: evil, until: null } })]);
    for (const words of [['show', 'tsk_1'], ['runs', 'tsk_1'], ['list'], ['lanes', 'list']]) {
      const ran = await run(words, { TEST_TTY: 'stdout', NO_COLOR: '1', COLUMNS: '10000' });
      expect(ran.stdout).toContain(String.raw`x\x1b]0;owned\x07\x1b[2Jy\u{202e}`);
      expect(ran.stdout).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    }
  });
});

describe('attachments', () => {
  test('a file is sent whole, under its own name or another', async () => {
    const file = path.join(folder, 'report.txt');
    writeFileSync(file, 'hello\n');
    expect(await run(['attach', 'tsk_1', file])).toMatchObject({ code: 0 });
    expect(await run(['attach', 'tsk_1', file, '--name', 'other', '--media-type', 'text/plain'])).toMatchObject({ code: 0 });
    const content = Buffer.from('hello\n').toString('base64');
    expect(daemon.sent.map(({ body }) => body)).toEqual([
      { name: 'report.txt', content },
      { name: 'other', mediaType: 'text/plain', content },
    ]);
  });

  test('one that is too large is refused before it is sent', async () => {
    const file = path.join(folder, 'large.bin');
    writeFileSync(file, Buffer.alloc(6_000_001));
    const ran = await run(['attach', 'tsk_1', file]);
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.stderr).toContain('--artifact');
    expect(daemon.asked).toEqual([]);
  });

  test('is saved under a name, never over a file, or written to stdout', async () => {
    const out = path.join(folder, 'saved.txt');
    expect(await run(['download', 'tsk_1', 'report.txt', '--out', out])).toMatchObject({ code: 0 });
    expect(readFileSync(out, 'utf8')).toBe('hello\n');
    expect(await run(['download', 'tsk_1', 'att_1', '--out', out])).toMatchObject({ code: 1 });
    expect((await run(['download', 'tsk_1', 'att_1', '--out', '-'])).stdout).toBe('hello\n');
    expect(await run(['download', 'tsk_1', 'nothing'])).toMatchObject({ code: 4 });
  });

  test.each(['../../evil', '/etc/evil', '.bashrc', 'a\u001bb'])('a name such as %j does not lead out of the folder', async (name) => {
    daemon.on('get /v1/tasks/{task}/attachments/{id}', () => ({ name, mediaType: 'text/plain', content: '' }));
    const here = mkdtempSync(path.join(folder, 'here-'));
    const before = process.cwd();
    process.chdir(here);
    try {
      const ran = await run(['download', 'tsk_1', 'att_1', '--json']);
      expect(path.dirname((JSON.parse(ran.stdout) as { readonly file: string }).file)).toBe(here);
      expect(path.basename((JSON.parse(ran.stdout) as { readonly file: string }).file)).toMatch(/^(?:evil|att_1)$/);
    } finally {
      process.chdir(before);
    }
  });
});

describe('watching', () => {
  test.each([
    [['--lane', 'factory'], 'get /v1/lanes/{lane}/watch'],
    [[], 'get /v1/events'],
  ])('%j is one event on each line', async (words, route) => {
    const running = startProgram(['kanban', 'watch', '--json', ...words], { home: daemon.home });
    await running.until('task.claimed');
    running.child.kill('SIGINT');
    const ran = await running.ended;
    expect(ran.code).toBe(130);
    expect(
      ran.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly type: string }).type),
    ).toEqual(['task.claimed']);
    expect(daemon.asked).toContain(route);
  });
});

test('a task nobody knows is exit 4, and a daemon that is away exit 5', async () => {
  daemon.on('get /v1/tasks/{task}', () => {
    throw new Refused('not-found', 'There is no task tsk_9.');
  });
  expect(await run(['show', 'tsk_9'])).toMatchObject({ code: 4 });
  await daemon.stop();
  expect(await run(['list'])).toMatchObject({ code: 5 });
  await daemon.start();
});
