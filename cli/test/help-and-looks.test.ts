import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../src/catalogue/catalogue.ts';
import { program, runInside } from './run-program.ts';
import { sampleAgent, sampleSession } from './sample-views.ts';
import { startTestDaemon, type TestDaemon } from './test-daemon.ts';

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startTestDaemon();
  daemon.on('get /v1/agents', () => [sampleAgent({ description: 'Writes \u001b]0;owned\u0007 \u009b2J\u202e code '.repeat(10) })]);
  daemon.on('get /v1/sessions', () => ({ sessions: [], next: null }));
  daemon.on('get /v1/approvals', () => []);
  daemon.on('get /v1/standing-approvals', () => []);
  daemon.on('get /v1/sessions/{key}', () => sampleSession());
});
afterAll(() => daemon.remove());

const run = (words: readonly string[], variables: { readonly [name: string]: string } = {}) => runInside(words, { home: daemon.home, variables });
const verbs = catalogue
  .flatMap((group) => group.entries)
  .flatMap((entry) => ('verbs' in entry ? entry.verbs.map((verb) => ({ noun: [entry.name], verb })) : [{ noun: [], verb: entry }]));

describe('help', () => {
  test('names every noun and verb there is, in groups, and none of a later version', async () => {
    for (const words of [[], ['--help'], ['help']]) {
      const ran = await run(words);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      for (const { heading } of catalogue) expect(ran.stdout).toContain(`\n${heading}\n`);
      for (const { noun, verb } of verbs) expect(ran.stdout).toMatch(new RegExp(`^ {2}${noun[0] ?? ''}.*\\b${verb.usage.split(' ')[0]}\\b`, 'm'));
      expect(ran.stdout).not.toMatch(/subagents/);
    }
  });

  test.each(verbs.map(({ noun, verb }) => [[...noun, verb.usage.split(' ')[0] ?? ''].join(' '), verb] as const))(
    'of %s has an example, and every option in it exists',
    async (words, verb) => {
      const ran = await run([...words.split(' '), '--help']);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout).toContain(verb.example);
      expect(verb.example).toMatch(/^(?:source <\()?guildhall /);
      for (const [flag] of verb.example.matchAll(/--[a-z-]+/g)) expect(ran.stdout).toContain(flag);
    },
  );

  test('of a noun shows each verb with its example', async () => {
    const ran = await run(['sessions', '--help']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('guildhall sessions cancel agent:coder:main');
  });

  test('of one verb is the same by either way of asking', async () => {
    const asked = await run(['help', 'kanban', 'claim']);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toBe((await run(['kanban', 'claim', '--help'])).stdout);
  });

  test('loads nothing it does not need', () => {
    const env = { PATH: process.env['PATH'], NODE_DEBUG: 'esm' };
    const ran = spawnSync(process.execPath, [program, '--help'], { env, encoding: 'utf8', maxBuffer: 100_000_000 });
    expect(ran.status).toBe(0);
    expect(ran.stderr).toContain('commander');
    expect(ran.stderr).not.toMatch(/zod|clack|eventsource|protocol\/src/);
  });
});

describe('what it looks like', () => {
  test('colours on a terminal', async () => {
    expect((await run(['agents', 'list'], { TEST_TTY: 'stdout' })).stdout).toContain('\u001b[1m');
  });

  test.each([
    ['a pipe', {}],
    ['NO_COLOR', { TEST_TTY: 'stdout stderr', NO_COLOR: '1', COLUMNS: '1000' }],
    ['a dumb terminal', { TEST_TTY: 'stdout stderr', TERM: 'dumb', COLUMNS: '1000' }],
  ])('none on %s', async (_where, variables: { readonly [name: string]: string }) => {
    const ran = await run(['agents', 'list'], variables);
    expect(ran.stdout).not.toContain('\u001b');
    expect(ran.stdout).toContain(String.raw`\x1b]0;owned\x07`);
  });

  test('lines fit the terminal', async () => {
    const ran = await run(['agents', 'list'], { TEST_TTY: 'stdout', NO_COLOR: '1', COLUMNS: '70' });
    for (const line of ran.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(70);
  });

  test('plain signs where the character set has no others', async () => {
    const ran = await run(['route', 'explain', '--platform', 'x', '--config', 'c.yaml'], { LC_ALL: 'en_US.CP1252' });
    expect(ran.stdout).toMatch(/^\+ coder/);
  });

  test.each([
    [['sessions', 'list'], 'No sessions yet. Say something: guildhall chat "hello"'],
    [['approvals', 'list'], 'Nothing waits for you.'],
    [['approvals', 'standing'], 'Nothing is allowed for always.'],
  ])('an empty list says what to do: %j', async (words, sentence) => {
    expect((await run(words)).stdout).toBe(`${sentence}\n`);
    expect((await run([...words, '--json'])).stdout).toBe('[]\n');
  });

  test('--json on a terminal is escaped but the same value', async () => {
    const ran = await run(['agents', 'list', '--json'], { TEST_TTY: 'stdout' });
    expect(ran.stdout).not.toMatch(/(?!\n)\p{Cc}|\u202e/u);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ id: 'coder', description: expect.stringContaining('\u009b2J\u202e') as string }]);
  });
});
