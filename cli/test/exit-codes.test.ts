import { chmodSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refusalCodes, exitCodeOf } from '@guildhall/protocol';
import { version } from '../src/version.ts';
import manifest from '../package.json' with { type: 'json' };
import { runInside } from './run-program.ts';
import { sampleFindings, sampleStatus } from './sample-views.ts';
import { Refused, startTestDaemon, writeDaemonFile, type TestDaemon } from './test-daemon.ts';

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startTestDaemon();
  daemon.on('get /v1/status', () => sampleStatus());
});
afterEach(() => daemon.remove());

const run = (words: readonly string[], variables: { readonly [name: string]: string } = {}) => runInside(words, { home: daemon.home, variables });

describe('no daemon', () => {
  test('none was started: exit 5 and one line that says how', async () => {
    rmSync(path.join(daemon.home, 'daemon.json'));
    const ran = await run(['status']);
    expect(ran).toMatchObject({ code: 5, stdout: '' });
    expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(ran.stderr).toContain('guildhall up');
  });

  test('it died: exit 5 and one line', async () => {
    await daemon.stop();
    const ran = await run(['status']);
    expect(ran).toMatchObject({ code: 5, stdout: '' });
    expect(ran.stderr).toMatch(/^guildhall: No daemon answers at .* \(ECONNREFUSED\)\. Start one with: guildhall up \[daemon-unreachable\]\n$/);
    await daemon.start();
  });

  test('the home does not exist', async () => {
    expect(await runInside(['status'], { home: '/nonexistent/home' })).toMatchObject({ code: 5 });
  });

  test('doctor says so too, and looks at the configuration', async () => {
    await daemon.stop();
    const ran = await run(['doctor', '--json']);
    expect(ran.code).toBe(5);
    expect(JSON.parse(ran.stdout)).toMatchObject([{ subject: 'daemon', level: 'problem' }, { subject: 'config' }]);
    await daemon.start();
  });
});

describe('the file that says where the daemon is', () => {
  test.each([0o644, 0o640, 0o602])('with mode %o is not trusted', async (mode) => {
    const file = path.join(daemon.home, 'daemon.json');
    chmodSync(file, mode);
    const ran = await run(['status']);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain(`chmod 600 ${file}`);
    expect(daemon.asked).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(mode);
  });

  test.each(['', '{', '[]', '{"url":"ftp://x","token":"t"}', '{"url":"http://127.0.0.1:1"}'])('holding %j says what to do', async (text) => {
    writeDaemonFile(daemon.home, text);
    const ran = await run(['status']);
    expect(ran.code).toBe(5);
    expect(ran.stderr).toContain('guildhall up');
  });

  test('of another version is said so', async () => {
    writeDaemonFile(daemon.home, { url: daemon.url, token: daemon.token, pid: 1, version: '9.9.0' });
    const ran = await run(['status']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`Guildhall 9.9.0, this program is ${version}`);
    expect(daemon.asked).toEqual([]);
  });

  test('a daemon found by address may be of another version as well', async () => {
    daemon.on('get /v1/status', () => sampleStatus({ version: '9.9.0' }));
    const ran = await run(['status'], { GUILDHALL_URL: daemon.url, GUILDHALL_TOKEN: daemon.token });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('9.9.0');
  });

  test('the version is that of the package', () => {
    expect(version).toBe(manifest.version);
  });
});

describe('GUILDHALL_URL and GUILDHALL_TOKEN', () => {
  test('replace the file', async () => {
    rmSync(path.join(daemon.home, 'daemon.json'));
    expect(await run(['status'], { GUILDHALL_URL: `${daemon.url}/`, GUILDHALL_TOKEN: daemon.token })).toMatchObject({ code: 0 });
  });

  test('the credential of the file never goes to another address', async () => {
    const other = await startTestDaemon();
    try {
      const ran = await run(['status'], { GUILDHALL_URL: other.url });
      expect(ran.code).toBe(3);
      expect(ran.stderr).toContain('GUILDHALL_TOKEN');
      expect(other.asked).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  test('a wrong credential is refused: exit 3', async () => {
    const ran = await run(['status'], { GUILDHALL_URL: daemon.url, GUILDHALL_TOKEN: 'wrong' });
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('Check GUILDHALL_TOKEN');
  });

  test.each(['not a url', 'file:///etc/passwd'])('%s is no address: exit 2', async (url) => {
    expect(await run(['status'], { GUILDHALL_URL: url })).toMatchObject({ code: 2 });
  });
});

describe('what the daemon refuses', () => {
  const sample = ['not-found', 'not-allowed', 'wrong-state', 'budget-exhausted', 'limit-reached', 'invalid-config', 'timed-out', 'draining', 'failed'] as const;

  test.each(sample)('%s keeps its code, its sentence and its exit code', async (code) => {
    daemon.on('get /v1/status', () => {
      throw new Refused(code, 'Because of the moon. Wait for the sun.', { moon: 'full' });
    });
    const ran = await run(['status', '--json']);
    expect(JSON.parse(ran.stdout)).toEqual({ error: { code, message: 'Because of the moon. Wait for the sun.', details: { moon: 'full' } } });
    expect(ran.code).toBe(exitCodeOf(code));
    expect(refusalCodes).toContain(code);
  });

  test('is escaped for the terminal', async () => {
    daemon.on('get /v1/status', () => {
      throw new Refused('failed', 'a\u001b[2Jb');
    });
    expect((await run(['status'])).stderr).toContain(String.raw`a\x1b[2Jb`);
  });

  test('an answer nobody understands is a failure that names both versions', async () => {
    daemon.on('get /v1/status', () => ({ hello: 'world' }));
    const ran = await run(['status']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('does not understand');
  });

  test('a server that is no daemon is said so', async () => {
    daemon.on('get /v1/status', ({ response }) => void response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>oops'));
    const ran = await run(['status']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('Is that a Guildhall daemon?');
  });
});

describe('findings', () => {
  test('doctor with a problem is exit 1', async () => {
    daemon.on('get /v1/doctor', () => sampleFindings);
    expect(await run(['doctor'])).toMatchObject({ code: 1 });
  });

  test('a journal that does not hold is exit 1 and named', async () => {
    daemon.on('get /v1/audit/verify', () => ({
      valid: false,
      head: 'x',
      events: 2,
      firstBad: { stream: 'installation', seq: 2, reason: 'the hash does not follow' },
    }));
    const ran = await run(['audit', 'verify']);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('installation@2, the hash does not follow');
  });
});

describe('wrong usage is exit 2 with the nearest right word', () => {
  test.each([
    [['sesions', 'list'], 'Did you mean sessions?'],
    [['sessions', 'lst'], 'Did you mean list?'],
    [['sessions', 'list', '--agnt', 'x'], 'Did you mean --agent?'],
    [['sessions', 'show'], "missing required argument 'key'. Wanted is: guildhall sessions show [options] <key>"],
    [['agents', 'show', 'a', 'b'], 'too many arguments'],
    [['costs', '--by', 'moon'], '--by is "moon"'],
    [['approvals', 'list', '--status', 'moon'], 'Allowed choices'],
    [['sessions', 'list', '--limit', 'many'], '--limit is "many"'],
    [['sessions', 'list', '--limit', '0'], '--limit'],
    [['up', '--port', '70000'], '--port'],
    [['tools', 'list'], 'Name the agent'],
    [['tokens', 'create'], 'Name a scope'],
    [['tokens', 'create', '--scope', 'read', '--expires', 'soon'], '--expires'],
    [['config', 'diff', '1', 'x'], ' b is "x"'],
    [['completion', 'tcsh'], ' shell is "tcsh"'],
    [['agents', 'import', 'elsewhere', '.'], ' from is "elsewhere"'],
    [['chat', '--agent', 'a', '--session', 's', 'hi'], 'not both'],
  ])('%j', async (words, hint) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(hint);
    const json = await run([...words, '--json']);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'invalid-input' } });
  });

  test('a noun alone shows what it can do', async () => {
    const ran = await run(['agents']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('guildhall agents add coder');
  });
});

describe('verbs of a later version', () => {
  test.each([['subagents', 'list'], ['acp'], ['db', 'move', '--to', 'postgres://x']])('%s answers with one sentence and exit 1', async (...words) => {
    const ran = await run(words);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^guildhall: .* not part of this version .*\[not-available\]\n$/);
  });
});
