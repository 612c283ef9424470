import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram, startProgram } from './run-program.ts';
import { startTestDaemon, textOf, type TestDaemon } from './test-daemon.ts';

let daemon: TestDaemon;
let inForce: { rev: number; text: string };

const before = '# my team\nagents:\n  main:\n';

beforeEach(async () => {
  daemon = await startTestDaemon();
  inForce = { rev: 7, text: before };
  daemon.on('get /v1/config', () => ({ ...inForce, file: path.join(daemon.home, 'guildhall.yaml') }));
  daemon.on('put /v1/config', ({ body }) => {
    if (body['baseRev'] !== inForce.rev) throw new Error('lost update');
    if (textOf(body, 'text').includes('modle'))
      return { valid: false, errors: [{ path: 'agents.coder', line: 4, column: 5, message: 'unknown key "modle"', hint: '' }] };
    inForce = { rev: 8, text: textOf(body, 'text') };
    return { valid: true, errors: [] };
  });
});
afterEach(() => daemon.remove());

const run = (...words: readonly string[]) => runProgram(words, { home: daemon.home });
const file = () => path.join(daemon.home, 'guildhall.yaml');

describe('while the daemon runs', () => {
  test('an agent is added through it, and the change is shown', async () => {
    const ran = await run(
      'agents',
      'add',
      'coder',
      '--description',
      'Writes code',
      '--tools',
      'terminal,write_file',
      '--model',
      'a/b',
      '--bind',
      'telegram=-100123',
    );
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('+  coder:');
    expect(ran.stdout).toContain('guildhall chat --agent coder');
    expect(inForce.text).toBe(
      `${before}  coder:\n    description: Writes code\n    tools: terminal,write_file\n    model: a/b\n    binding: {"platform":"telegram","chat":"-100123"}\n`,
    );
    expect(existsSync(file())).toBe(false);
  });

  test('a whole platform is bound with *', async () => {
    await run('agents', 'add', 'coder', '--bind', 'slack=*');
    expect(inForce.text).toContain('binding: {"platform":"slack"}');
  });

  test('--json tells what was done', async () => {
    const ran = await run('agents', 'add', 'coder', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ agent: 'coder', file: file(), written: true, diff: expect.stringContaining('+  coder:') as string });
    expect(ran.stderr).toContain('+  coder:');
  });

  test('--dry-run writes nothing', async () => {
    const ran = await run('agents', 'add', 'coder', '--dry-run');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('+  coder:');
    expect(inForce).toEqual({ rev: 7, text: before });
    expect(daemon.asked).not.toContain('put /v1/config');
  });

  test('what does not pass the check is not written: exit 2', async () => {
    const ran = await run('agents', 'add', 'coder', '--description', 'modle', '--json');
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'invalid-config', details: { errors: [{ line: 4 }] } } });
    expect(inForce.rev).toBe(7);
  });

  test('an id that is taken is refused', async () => {
    expect(await run('agents', 'add', 'main')).toMatchObject({ code: 1 });
    expect(inForce.rev).toBe(7);
  });

  test('agents of another program are imported, and what could not be is said', async () => {
    const ran = await run('agents', 'import', 'claude', 'agents-of-mine');
    expect(ran.code).toBe(0);
    expect(inForce.text).toBe(`${before}# from claude agents-of-mine\n`);
    expect(ran.stderr).toContain('! a tool has no counterpart');
  });

  test('without an id and without a terminal nothing is asked', async () => {
    expect(await run('agents', 'add')).toMatchObject({ code: 2 });
  });
});

describe('while no daemon runs', () => {
  beforeEach(async () => {
    await daemon.stop();
    writeFileSync(file(), before);
    chmodSync(file(), 0o640);
  });
  afterEach(() => daemon.start());

  test('the file is replaced in one step and keeps its mode', async () => {
    const inode = statSync(file()).ino;
    expect(await run('agents', 'add', 'coder')).toMatchObject({ code: 0 });
    expect(readFileSync(file(), 'utf8')).toBe(`${before}  coder:\n`);
    expect(statSync(file()).mode & 0o777).toBe(0o640);
    expect(statSync(file()).ino).not.toBe(inode);
    expect(readdirSync(daemon.home).toSorted()).toEqual(['daemon.json', 'guildhall.yaml']);
  });

  test('a link keeps pointing where it did', async () => {
    const linked = path.join(daemon.home, 'linked.yaml');
    symlinkSync(file(), linked);
    expect(await run('agents', 'add', 'coder', '--config', linked)).toMatchObject({ code: 0 });
    expect(lstatSync(linked).isSymbolicLink()).toBe(true);
    expect(readFileSync(file(), 'utf8')).toContain('coder:');
  });

  test('a file that is not there is made', async () => {
    const fresh = path.join(daemon.home, 'fresh.yaml');
    expect(await run('agents', 'add', 'coder', '--config', fresh)).toMatchObject({ code: 0 });
    expect(readFileSync(fresh, 'utf8')).toBe('agents:\n  coder:\n');
    expect(statSync(fresh).mode & 0o777).toBe(0o600);
  });

  test('the very first command may be this one: the home is made', async () => {
    const home = path.join(daemon.home, 'first');
    expect(await runProgram(['agents', 'add', 'coder'], { home })).toMatchObject({ code: 0 });
    expect(statSync(home).mode & 0o777).toBe(0o700);
    expect(readFileSync(path.join(home, 'guildhall.yaml'), 'utf8')).toContain('coder:');
  });

  test('what does not pass the check leaves the file as it was, and nothing beside it', async () => {
    const ran = await run('agents', 'add', 'coder', '--description', 'modle');
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('unknown key "modle"');
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect(readdirSync(daemon.home).toSorted()).toEqual(['daemon.json', 'guildhall.yaml']);
  });

  test('a directory nobody may write to is a refusal', async () => {
    const nowhere = path.join(daemon.home, 'no', 'such', 'guildhall.yaml');
    expect(await run('agents', 'add', 'coder', '--config', nowhere)).toMatchObject({ code: 1 });
    mkdirSync(path.join(daemon.home, 'folder'));
    expect(await run('agents', 'add', 'coder', '--config', path.join(daemon.home, 'folder'))).toMatchObject({ code: 1 });
  });
});

describe('on a terminal', () => {
  const start = (...words: readonly string[]) => startProgram(words, { home: daemon.home, variables: { TEST_TTY: 'stdin stdout', NO_COLOR: '1' } });

  test('it asks question by question, shows the change and writes it on yes', async () => {
    const wizard = start('agents', 'add');
    for (const [question, answer] of [
      ['Its id', 'coder'],
      ['What is it for', 'Writes code'],
      ['How does it speak', ''],
      ['What may it use', ''],
      ['Which model', ''],
      ['Which messages', 'telegram=-1'],
    ] as const) {
      await wizard.until(question);
      wizard.child.stdin.write(answer === '' ? '\r' : `${answer}\r`);
    }
    await wizard.until('Write this to');
    expect(wizard.stdout()).toContain('+  coder:');
    expect(inForce.rev).toBe(7);
    wizard.child.stdin.write('y');
    expect(await wizard.ended).toMatchObject({ code: 0 });
    expect(inForce.text).toBe(`${before}  coder:\n    description: Writes code\n    tools: coding\n    binding: {"platform":"telegram","chat":"-1"}\n`);
  });

  test('no means nothing is written', async () => {
    const wizard = start('agents', 'add', 'coder');
    await wizard.until('Write this to');
    wizard.child.stdin.write('n');
    const ran = await wizard.ended;
    expect(ran.stderr).toContain('Nothing was written.');
    expect(inForce.rev).toBe(7);
  });

  test('Ctrl-C in the middle writes nothing', async () => {
    const wizard = start('agents', 'add');
    await wizard.until('Its id');
    wizard.child.stdin.write('coder\r');
    await wizard.until('What is it for');
    wizard.child.stdin.write('\u0003');
    expect(await wizard.ended).toMatchObject({ code: 130 });
    expect(inForce.rev).toBe(7);
  });
});
