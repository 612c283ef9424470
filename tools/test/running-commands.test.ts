import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { executeCodeTool } from '../src/commands/execute-code.ts';
import { createProcessTable } from '../src/commands/process-table.ts';
import { processTool } from '../src/commands/process.ts';
import { terminalTool } from '../src/commands/terminal.ts';
import { writeFileTool } from '../src/files/write-file.ts';
import { surroundings } from './commands-support.ts';
import { call, canonical, contextFor, freshWorkspace, idOf, ids, until, workspacesFor } from './support.ts';

const terminal = terminalTool(surroundings(), []);

describe('a command', () => {
  it('runs in its folder with its words as they are', async () => {
    const { workspace } = await freshWorkspace();
    await mkdir(join(workspace, 'sub'));
    expect((await call(terminal, { command: ['pwd'], cwd: 'sub' }, contextFor(workspace))).text).toBe(join(workspace, 'sub'));
    expect((await call(terminal, { command: ['printf', '%s|', '*', '$HOME', '`id`', '; ls', 'a\nb'] }, contextFor(workspace))).text).toBe(
      '*|$HOME|`id`|; ls|a\nb|',
    );
    expect(await call(terminal, { command: 'false' }, contextFor(workspace))).toMatchObject({ isError: true, data: { exitCode: 1 } });
    expect((await call(terminal, { command: 'no-such-program-here' }, contextFor(workspace))).text).toContain('no program called');
  });

  it('gets nothing of the environment but an allow-list', async () => {
    const { workspace } = await freshWorkspace();
    process.env['ANTHROPIC_API_KEY'] = 'sk-canary';
    process.env['NODE_OPTIONS'] = '--no-warnings';
    process.env['LD_PRELOAD_CANARY'] = 'x';
    try {
      const { text } = await call(terminal, { command: ['env'] }, contextFor(workspace));
      const names = text.split('\n').map((line) => line.split('=')[0] ?? '');
      expect(names.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
        'GIT_CEILING_DIRECTORIES',
        'GIT_CONFIG_NOSYSTEM',
        'GIT_TERMINAL_PROMPT',
        'GUILDHALL_CALL',
        'HOME',
        'LANG',
        'PATH',
        'TERM',
      ]);
      expect(text).toContain(`HOME=${workspace}`);
    } finally {
      for (const name of ['ANTHROPIC_API_KEY', 'NODE_OPTIONS', 'LD_PRELOAD_CANARY']) Reflect.deleteProperty(process.env, name);
    }
  });

  it('shows control characters instead of sending them', async () => {
    const { workspace } = await freshWorkspace();
    const { text } = await call(terminal, { command: ['printf', '\\033]0;evil\\007a\\rb\\342\\200\\256c'] }, contextFor(workspace));
    expect(text).toBe('\\u{1b}]0;evil\\u{7}a\nb\\u{202e}c');
  });

  it('keeps the beginning and the end of long output', async () => {
    const { workspace } = await freshWorkspace();
    const { text } = await call(terminal, { command: ['seq', '1', '100000'] }, contextFor(workspace));
    expect(text.startsWith('1\n2\n')).toBe(true);
    expect(text.endsWith('100000')).toBe(true);
    expect(text).toContain('characters left out');
    expect(text.length).toBeLessThan(60_000);
  });

  it('is canonical once: the words that were judged are the words that run', async () => {
    const { workspace } = await freshWorkspace();
    const context = contextFor(workspace);
    const first = await canonical(terminal, { cmd: "grep -rn 'a b' src", workdir: './x/..' }, context);
    expect(first).toMatchObject({ ok: true, value: { command: ['grep', '-rn', 'a b', 'src'], cwd: '.' } });
    expect(first.ok && (await canonical(terminal, first.value, context))).toEqual(first);
    expect(await canonical(terminal, { command: 'ls', cwd: '../..' }, context)).toMatchObject({ ok: false });
    expect(await canonical(terminal, { command: 'ls', cmd: 'rm' }, context)).toMatchObject({ ok: false });
    expect(await canonical(terminal, { command: 'ls', env: { PATH: '.' } }, context)).toMatchObject({ ok: false });
    expect(await canonical(terminal, { command: ['ls', 'a\0b'] }, context)).toMatchObject({ ok: false });
    expect(await canonical(terminal, { command: ['A=1', 'ls'] }, context)).toMatchObject({ ok: false });
    expect(terminal.danger({ command: 'ls', cwd: '.', shell: true, timeout_seconds: 1 }, context)).toContain('shell');
  });

  it('that runs without asking does not follow a link out of the workspace', async () => {
    const { outside, workspace } = await freshWorkspace();
    await writeFile(join(outside, 'key'), 'CANARY');
    await symlink(join(outside, 'key'), join(workspace, 'key'));
    await symlink(outside, join(workspace, 'up'));
    for (const command of [
      ['cat', 'key'],
      ['cat', 'up/key'],
      ['grep', '-r', 'CANARY', 'up'],
      ['head', '--lines=1', 'key'],
      ['grep', '-r', 'CANARY', '.'],
      ['find', 'up'],
    ]) {
      const { text } = await call(terminal, { command }, contextFor(workspace));
      expect(text).not.toContain('CANARY');
    }
    await symlink(outside, join(workspace, 'folder'));
    expect((await call(terminal, { command: ['ls'], cwd: 'folder' }, contextFor(workspace))).data).toMatchObject({ refused: 'outside-workspace' });
  });
});

describe('git, run without asking', () => {
  it('runs no program that a planted repository names', async () => {
    const { outside, workspace } = await freshWorkspace();
    const trap = join(outside, 'trap.sh');
    await writeFile(trap, `#!/bin/sh\ntouch ${outside}/SPRUNG\n`, { mode: 0o755 });
    const git = (...words: string[]) => execFileSync('git', words, { cwd: workspace, stdio: 'ignore' });
    git('init');
    git('config', 'core.fsmonitor', trap);
    git('config', 'core.hooksPath', outside);
    git('config', 'gpg.program', trap);
    for (const command of ['git status', 'git diff', 'git log --format=%G?', 'git branch']) await call(terminal, { command }, contextFor(workspace));
    expect(await readdir(outside)).not.toContain('SPRUNG');
    execFileSync('git', ['status'], { cwd: workspace, stdio: 'ignore' });
    expect(await readdir(outside)).toContain('SPRUNG');
  });

  it('does not take a planted folder for a repository, and file tools cannot plant one', async () => {
    const { outside, workspace } = await freshWorkspace();
    const trap = join(outside, 'trap.sh');
    await writeFile(trap, `#!/bin/sh\ntouch ${outside}/SPRUNG\n`, { mode: 0o755 });
    const write = writeFileTool(workspacesFor());
    const plant = (path: string, content: string) => call(write, { path, content }, contextFor(workspace));
    for (const path of ['.git/config', 'x/.GIT/hooks/y', 'x/.git', '.g\u200bit/config']) expect((await plant(path, 'x')).isError).toBe(true);
    await mkdir(join(workspace, 'bare', 'refs'), { recursive: true });
    await plant('bare/HEAD', 'ref: refs/heads/main\n');
    await plant('bare/objects/x', '');
    await plant('bare/config', `[core]\nrepositoryformatversion = 0\nbare = false\nworktree = ${workspace}\nfsmonitor = ${trap}\n`);
    expect((await call(terminal, { command: 'git status', cwd: 'bare' }, contextFor(workspace))).isError).toBe(true);
    expect(await readdir(outside)).not.toContain('SPRUNG');
  });
});

describe('code', () => {
  const code = executeCodeTool(surroundings());

  it('runs in the workspace and always asks', async () => {
    const { workspace } = await freshWorkspace();
    const context = contextFor(workspace);
    expect((await call(code, { language: 'javascript', code: 'console.log(process.cwd(), Object.keys(process.env).length)' }, context)).text).toMatch(
      `${workspace} `,
    );
    expect((await call(code, { language: 'python', code: 'print(6 * 7)' }, context)).text).toBe('42');
    expect(await call(code, { language: 'python', code: 'raise SystemExit(3)' }, context)).toMatchObject({ isError: true, data: { exitCode: 3 } });
    expect(code.danger({ language: 'python', code: '1', cwd: '.', timeout_seconds: 1 }, context)).toContain('python');
  });
});

describe('a program in the background', () => {
  it('is started, read in parts and listed, by its own session only', async () => {
    const { workspace } = await freshWorkspace();
    const table = createProcessTable(ids);
    const tool = processTool(surroundings(), table, []);
    const context = contextFor(workspace);
    const id = idOf(await call(tool, { action: 'start', command: 'echo one; sleep 0.3; echo two; exit 4', shell: true }, context));
    await until(async () => (await call(tool, { action: 'read', id }, context)).text.includes('one'));
    await until(async () => (await call(tool, { action: 'list' }, context)).text.includes('exit code 4'));
    const all = await call(tool, { action: 'read', id }, context);
    expect(all.text).toContain('one\ntwo');
    const position = Number(all.data?.['position']);
    expect((await call(tool, { action: 'read', id, since: position }, context)).text).toContain('nothing new');
    expect((await call(tool, { action: 'read', id, since: 4 }, context)).text).toMatch(/^two/u);
    const other = contextFor(workspace, { sessionKey: 'agent:other:main' });
    expect((await call(tool, { action: 'read', id }, other)).data).toMatchObject({ refused: 'not-found' });
    expect((await call(tool, { action: 'list' }, other)).text).toContain('No program');
    await table.closeAll();
  });

  it('is limited in number', async () => {
    const { workspace } = await freshWorkspace();
    const table = createProcessTable(ids);
    const tool = processTool(surroundings(), table, []);
    const started = await Promise.all(Array.from({ length: 9 }, () => call(tool, { action: 'start', command: ['sleep', '30'] }, contextFor(workspace))));
    expect(started.filter((result) => result.isError)).toMatchObject([{ data: { refused: 'limit-reached' } }]);
    expect((await call(tool, { action: 'start', command: 'no-such-program' }, contextFor(workspace, { sessionKey: 'x' }))).isError).toBe(true);
    await table.closeAll();
  });
});
