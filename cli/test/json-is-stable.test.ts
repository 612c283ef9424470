import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runInside } from './run-program.ts';
import {
  sampleAgent,
  sampleApproval,
  sampleBudgets,
  sampleCost,
  sampleCredential,
  sampleEntries,
  sampleEvent,
  sampleFindings,
  sampleRoute,
  sampleSession,
  sampleStanding,
  sampleStatus,
  sampleTools,
  sampleVersions,
} from './sample-views.ts';
import { startTestDaemon, textOf, type TestDaemon } from './test-daemon.ts';

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
  daemon.on('get /v1/status', () => sampleStatus());
  daemon.on('get /v1/doctor', () => [{ subject: 'model', ok: true, level: 'warning', message: 'no key was found', remedy: 'set ANTHROPIC_API_KEY' }]);
  daemon.on('get /v1/why/{id}', () => sampleFindings);
  daemon.on('get /v1/agents', () => [sampleAgent()]);
  daemon.on('get /v1/agents/{id}', () => sampleAgent());
  daemon.on('get /v1/agents/{id}/tools', () => sampleTools);
  daemon.on('get /v1/route', () => sampleRoute);
  daemon.on('get /v1/sessions', ({ query }) =>
    query.get('after') === 'p2' ? { sessions: [sampleSession({ key: 'agent:coder:two' })], next: null } : { sessions: [sampleSession()], next: 'p2' },
  );
  daemon.on('get /v1/sessions/{key}', () => sampleSession());
  daemon.on('get /v1/sessions/{key}/entries', () => sampleEntries());
  daemon.on('post /v1/sessions/{key}/cancel', () => ({ cancelled: ['trn_1'] }));
  daemon.on('get /v1/config', () => ({ rev: 2, text: 'agents: {}\n', file: '/x/guildhall.yaml' }));
  daemon.on('get /v1/config/versions', () => sampleVersions);
  daemon.on('get /v1/config/versions/{rev}', () => ({ rev: 1, text: '' }));
  daemon.on('post /v1/config/versions/{rev}/revert', () => ({ valid: true, errors: [] }));
  daemon.on('get /v1/approvals', () => [sampleApproval()]);
  daemon.on('get /v1/approvals/{id}', () => sampleApproval());
  daemon.on('post /v1/approvals/{id}/approve', ({ body }) =>
    sampleApproval({ status: 'approved', always: body['always'] === true, reason: textOf(body, 'reason') }),
  );
  daemon.on('post /v1/approvals/{id}/deny', ({ body }) => sampleApproval({ status: 'denied', reason: textOf(body, 'reason') }));
  daemon.on('get /v1/standing-approvals', () => [sampleStanding]);
  daemon.on('delete /v1/standing-approvals/{id}', () => ({ ...sampleStanding, revokedAt: 1 }));
  daemon.on('get /v1/tokens', () => [sampleCredential]);
  daemon.on('post /v1/tokens', ({ body }) => ({ credential: { ...sampleCredential, scopes: [textOf(body, 'scope')] }, secret: 'gh_secret' }));
  daemon.on('delete /v1/tokens/{id}', () => ({ ...sampleCredential, revokedAt: 1 }));
  daemon.on('get /v1/budgets', () => sampleBudgets);
  daemon.on('get /v1/costs', ({ query }) => [{ ...sampleCost, key: query.get('by') }]);
  daemon.on('get /v1/audit/verify', () => ({ valid: true, head: 'abc', events: 3 }));
  daemon.on('get /v1/audit/head', () => ({ head: 'abc' }));
  daemon.on('get /v1/audit/export', ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.end(`${JSON.stringify(sampleEvent())}\n${JSON.stringify(sampleEvent({ seq: 2 }))}\n`);
    return undefined;
  });
  daemon.on('post /v1/db/backup', ({ body }) => ({ file: body['file'], bytes: 10 }));
  daemon.on('get /v1/db/verify', () => []);
});
afterAll(() => daemon.remove());

const run = (...words: readonly string[]) => runInside(words, { home: daemon.home });

/** Every verb that answers with one value, and what it must hold. */
const answers: readonly (readonly [string, unknown])[] = [
  ['status', { url: 'http://127.0.0.1:4711', version: '0.1.0', database: { kind: 'sqlite' } }],
  ['doctor', [{ subject: 'model', level: 'warning' }]],
  ['why agent:coder:main', sampleFindings],
  ['agents list', [{ id: 'coder', tools: ['terminal', 'write_file'] }]],
  ['agents show coder', { id: 'coder' }],
  ['route explain --platform telegram --chat -100123456', sampleRoute],
  [
    'route explain --platform telegram --chat -100123456 --config any.yaml',
    { agent: 'coder', tier: 1, rule: 'any.yaml chat -100123456', losers: [{ agent: 'main' }] },
  ],
  ['tools list --agent coder', [{ name: 'terminal', offered: true }]],
  ['tools list --agent coder --explain', sampleTools],
  ['sessions list', [{ key: 'agent:coder:main' }, { key: 'agent:coder:two' }]],
  ['sessions list --limit 1', [{ key: 'agent:coder:main' }]],
  ['sessions show agent:coder:main', { session: { key: 'agent:coder:main' }, entries: sampleEntries() }],
  ['sessions cancel agent:coder:main', { cancelled: ['trn_1'] }],
  ['config history', sampleVersions],
  ['config diff 1 current', { from: 1, to: 2, diff: '--- from\n+++ to\n+agents: {}\n' }],
  ['config revert 1', { valid: true, errors: [] }],
  ['config schema', { type: 'object' }],
  ['approvals list', [{ id: 'apr_1', status: 'pending' }]],
  ['approvals show apr_1', { id: 'apr_1', args: { argv: ['rm', '-rf', 'build'] } }],
  ['approvals approve apr_1', { status: 'approved', always: false }],
  ['approvals approve apr_1 --always --reason routine', { status: 'approved', always: true, reason: 'routine' }],
  ['approvals deny apr_1 --reason no', { status: 'denied', reason: 'no' }],
  ['approvals standing', [sampleStanding]],
  ['approvals forget always_1', { id: 'always_1', revokedAt: 1 }],
  ['tokens list', [sampleCredential]],
  ['tokens create --scope read', { secret: 'gh_secret', credential: { scopes: ['read'] } }],
  ['tokens revoke crd_1', { revokedAt: 1 }],
  ['budget show', sampleBudgets],
  ['costs', [{ key: 'agent' }]],
  ['costs --by day', [{ key: 'day' }]],
  ['audit verify', { valid: true, head: 'abc' }],
  ['audit head', { head: 'abc' }],
  ['db backup /tmp/x.db', { file: '/tmp/x.db', bytes: 10 }],
  ['db verify', []],
  ['completion bash', { shell: 'bash' }],
];

test.each(answers)('%s --json is one value, and nothing is said to people', async (words, expected) => {
  const ran = await run(...words.split(' '), '--json');
  expect(ran.stdout.endsWith('\n')).toBe(true);
  expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
  const value: unknown = JSON.parse(ran.stdout);
  if (Array.isArray(expected)) expect(value).toHaveLength(expected.length);
  expect(value).toMatchObject(expected as object);
  expect(ran.code).toBe(0);
});

test.each(answers)('%s says the same to people, without an escape on a pipe', async (words) => {
  const ran = await run(...words.split(' '));
  expect(ran.code).toBe(0);
  expect(ran.stdout).not.toBe('');
  expect(ran.stdout).not.toContain('\u001b');
});

test.each([
  ['sessions export agent:coder:main', 2],
  ['audit export', 2],
])('%s is one JSON value on each line, with and without --json', async (words, count) => {
  for (const flag of [[], ['--json']]) {
    const ran = await run(...words.split(' '), ...flag);
    const lines = ran.stdout.trimEnd().split('\n');
    expect(lines.map((line) => typeof JSON.parse(line))).toEqual(Array.from({ length: count }, () => 'object'));
    expect(ran).toMatchObject({ code: 0, stderr: '' });
  }
});

test('--json may stand anywhere, and is a word like any other behind --', async () => {
  expect(JSON.parse((await run('--json', 'status')).stdout)).toMatchObject({ version: '0.1.0' });
  expect((await run('agents', 'show', '--', '--json')).stdout).toContain('coder');
});

test('a refusal is the one value on stdout', async () => {
  const ran = await run('subagents', 'list', '--json');
  expect(ran).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(ran.stdout)).toEqual({
    error: { code: 'not-available', message: expect.stringContaining('guildhall subagents') as string, details: { command: 'guildhall subagents' } },
  });
});

test('config check tells every mistake with its place and is exit code 2', async () => {
  const file = path.join(daemon.home, 'wrong.yaml');
  writeFileSync(file, 'agents:\n  coder:\n    modle: x\n');
  const ran = await run('config', 'check', file, '--json');
  expect(JSON.parse(ran.stdout)).toEqual({
    valid: false,
    errors: [{ path: 'agents.coder', line: 3, column: 5, message: 'unknown key "modle"', hint: 'did you mean "model"?' }],
  });
  expect(ran.code).toBe(2);
  const text = await run('config', 'check', file);
  expect(text.stdout).toContain(`${file}:3:5 agents.coder: unknown key "modle"\n  did you mean "model"?`);
  expect(text.code).toBe(2);
});

test('config check takes the file of GUILDHALL_CONFIG, else the one in the home', async () => {
  const file = path.join(daemon.home, 'guildhall.yaml');
  writeFileSync(file, 'agents: {}\n');
  expect((await run('config', 'check')).stdout).toContain(`${file} is valid`);
  const other = path.join(daemon.home, 'other.yaml');
  writeFileSync(other, readFileSync(file));
  const ran = await runInside(['config', 'check'], { home: daemon.home, variables: { GUILDHALL_CONFIG: other } });
  expect(ran.stdout).toContain(`${other} is valid`);
});

test('the secret of a credential and the code for the page come with a sentence', async () => {
  expect((await run('tokens', 'create', '--scope', 'read')).stdout).toMatch(/^gh_secret\n.*shown once/);
  expect((await run('tokens', 'create', '--scope', 'sign-in')).stdout).toMatch(/^gh_secret\n.*sign in.*works once/);
});
