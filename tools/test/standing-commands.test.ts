/** What a yes for always to a command is bound to. */
import { execFileSync } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@guildhall/kernel';
import { expectDone, type JsonObject } from '@guildhall/protocol';
import type { Tool } from '@guildhall/sessions';
import { expect, it } from 'vitest';
import { terminalTool } from '../src/commands/terminal.ts';
import { surroundings } from './commands-support.ts';
import { canonical, contextFor, freshWorkspace } from './support.ts';

const terminal: Tool = terminalTool(surroundings(), []);

/** A workspace in which `a.sh` lies at the top and in `sub`, with other words. */
async function workspaceWithScripts(): Promise<string> {
  const { workspace } = await freshWorkspace();
  await mkdir(join(workspace, 'sub'));
  await writeFile(join(workspace, 'a.sh'), 'echo a');
  await writeFile(join(workspace, 'sub', 'a.sh'), 'echo other');
  return workspace;
}

async function boundOf(workspace: string, args: JsonObject): Promise<JsonObject | null> {
  const context = contextFor(workspace);
  const bound = await terminal.standing?.(expectDone(await canonical(terminal, args, context)), context);
  return bound ?? null;
}

async function filesOf(workspace: string, command: string[], cwd = '.'): Promise<unknown> {
  return (await boundOf(workspace, { command, cwd }))?.['files'];
}

it('is the words, the folder, and the content of the files they name', async () => {
  const workspace = await workspaceWithScripts();
  const file = { path: 'a.sh', sha256: sha256('echo a') };
  expect(await boundOf(workspace, { command: 'sh a.sh now' })).toEqual({ argv: ['sh', 'a.sh', 'now'], cwd: '.', files: [file] });
  for (const command of [
    ['./a.sh'],
    ['sh', join(workspace, 'a.sh')],
    ['sh', '-c', 'sh a.sh'],
    ['env', 'X=1', 'sh', 'a.sh'],
    ['run', '--with=a.sh'],
    ['run', '-fa.sh'],
  ])
    expect([command, await filesOf(workspace, command)]).toEqual([command, [file]]);
});

it('looks where the command would look: in its folder, in the workspace, and in folders that it names', async () => {
  const workspace = await workspaceWithScripts();
  const [top, below] = [
    { path: 'a.sh', sha256: sha256('echo a') },
    { path: 'sub/a.sh', sha256: sha256('echo other') },
  ];
  expect(await filesOf(workspace, ['sh', 'a.sh'], 'sub')).toEqual([top, below]);
  expect(await filesOf(workspace, ['env', '-C', 'sub', 'sh', 'a.sh'])).toEqual([top, below]);
  expect(await filesOf(workspace, ['env', '-Csub', 'sh', 'a.sh'])).toEqual([top, below]);
});

it('holds the file that a program is known to run without being told', async () => {
  const workspace = await workspaceWithScripts();
  for (const [command, file] of [
    [['npm', 'run', 'deploy'], 'package.json'],
    [['timeout', '9', 'make', 'all'], 'Makefile'],
    [['python3', 'sub'], 'sub/__main__.py'],
  ] as const) {
    expect(await filesOf(workspace, [...command])).toEqual([]);
    await writeFile(join(workspace, file), 'x');
    expect(await filesOf(workspace, [...command])).toEqual([{ path: file, sha256: sha256('x') }]);
  }
});

it('holds the module that a word names without its ending', async () => {
  const workspace = await workspaceWithScripts();
  await writeFile(join(workspace, 'deploy.py'), 'x');
  await writeFile(join(workspace, 'sub', 'ship.js'), 'x');
  for (const [command, file] of [
    [['python3.12', '-m', 'deploy'], 'deploy.py'],
    [['python3', '-mdeploy'], 'deploy.py'],
    [['node', 'sub/ship'], 'sub/ship.js'],
  ] as const)
    expect(await filesOf(workspace, [...command])).toEqual([{ path: file, sha256: sha256('x') }]);
  await writeFile(join(workspace, 'sub', 'run.py'), 'x');
  expect(await filesOf(workspace, ['python3', '-m', 'sub.run'])).toEqual([{ path: 'sub/run.py', sha256: sha256('x') }]);
});

it.each(['.gitconfig', '.ssh/config', 'sub/.npmrc'])('holds what sets which programs a command runs: %s', async (name) => {
  const workspace = await workspaceWithScripts();
  await mkdir(join(workspace, '.ssh'));
  expect(await filesOf(workspace, ['git', 'push'], 'sub')).toEqual([]);
  await writeFile(join(workspace, name), 'x');
  expect(await filesOf(workspace, ['git', 'push'], 'sub')).toEqual([{ path: name, sha256: sha256('x') }]);
});

it('is not offered where the words hide what runs, or it is too much to look at', async () => {
  const workspace = await workspaceWithScripts();
  for (const command of [
    ['sh', '-c', '. ./$x.sh'],
    ['sh', '-c', 'cd sub && sh a.sh'],
    ['sh', '-c', 'sh *.sh'],
    ['python3', '-c', "open('a.sh')"],
    ['sh', '-c', 'x\nsh a.sh'],
  ])
    expect([command, await boundOf(workspace, { command })]).toEqual([command, null]);
  expect(await boundOf(workspace, { command: 'ls', shell: true })).toBeNull();
  await truncate(join(workspace, 'a.sh'), 65 * 1024 * 1024);
  expect(await boundOf(workspace, { command: ['sh', 'a.sh'] })).toBeNull();
});

it('does not wait for a pipe', async () => {
  const workspace = await workspaceWithScripts();
  execFileSync('mkfifo', [join(workspace, 'pipe')]);
  expect(await filesOf(workspace, ['sh', 'pipe'])).toEqual([]);
});
