import { execFileSync } from 'node:child_process';
import { link, mkdir, readFile, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { JsonObject } from '@guildhall/protocol';
import { describe, expect, it } from 'vitest';
import { patchTool } from '../src/files/patch.ts';
import { readFileTool } from '../src/files/read-file.ts';
import { searchFilesTool } from '../src/files/search-files.ts';
import { writeFileTool } from '../src/files/write-file.ts';
import { openRoot, type Anchor } from '../src/workspace/folder.ts';
import { parsePath } from '../src/workspace/path-text.ts';
import { call, clock, contextFor, freshWorkspace, workspacesFor } from './support.ts';

const canary = 'CANARY-outside-the-workspace';

async function standing(anchor?: Anchor) {
  const { outside, workspace } = await freshWorkspace();
  await mkdir(join(outside, 'secrets'));
  await writeFile(join(outside, 'secrets', 'key.txt'), canary);
  const workspaces = workspacesFor(anchor === undefined ? {} : { anchor });
  const context = contextFor(workspace);
  const tools = { read: readFileTool(workspaces), write: writeFileTool(workspaces), patch: patchTool(workspaces), search: searchFilesTool(workspaces, clock) };
  /** Tries every file tool on a path; answers the texts they gave. */
  const tryAll = async (path: string) => {
    const attempts: [keyof typeof tools, JsonObject][] = [
      ['read', { path }],
      ['write', { path, content: 'overwritten' }],
      ['patch', { path, old_text: 'CANARY', new_text: 'overwritten' }],
      ['search', { path, pattern: 'CANARY' }],
      ['search', { path, pattern: '**', target: 'files' }],
    ];
    return Promise.all(attempts.map(async ([tool, args]) => ({ tool, ...(await call(tools[tool], args, context)) })));
  };
  const unharmed = async () => {
    expect(await readFile(join(outside, 'secrets', 'key.txt'), 'utf8')).toBe(canary);
    expect(await readdir(join(outside, 'secrets'))).toEqual(['key.txt']);
  };
  return { outside, workspace, workspaces, context, tools, tryAll, unharmed };
}

describe('a path as text', () => {
  const root = '/home/x/agents/coder';
  const refusedTexts: readonly string[] = [
    '../secrets/key.txt',
    'a/../../secrets/key.txt',
    'a/b/../../../x',
    '..',
    '/etc/passwd',
    '//etc/passwd',
    '/home/x/agents/coder-other/x',
    `${root}/../other/SOUL.md`,
    '~',
    '~/x',
    '~root/x',
    'file:///etc/passwd',
    'file:x',
    'http://x/y',
    'a\\b',
    '..\\..\\x',
    'C:\\windows',
    'c:/windows',
    'a\0b',
    'a\nb',
    'a\u001b[31m',
    'x\u{d800}',
    'folder./x',
    'name.',
    'name ',
    '',
    'n'.repeat(256),
    'é'.repeat(128),
    'd/'.repeat(300),
    'd/'.repeat(65),
    `${'x'.repeat(250)}/`.repeat(20),
  ];

  it.each(refusedTexts)('refuses %j', (text) => {
    const parsed = parsePath(text, root);
    if (text === 'd/'.repeat(300)) expect(Buffer.byteLength(text)).toBeLessThan(4096);
    expect(parsed.ok).toBe(false);
  });

  it.each([
    ['notes/a.txt', 'notes/a.txt'],
    ['./notes//a.txt', 'notes/a.txt'],
    ['notes/x/../a.txt', 'notes/a.txt'],
    [`${root}/a.txt`, 'a.txt'],
    [root, '.'],
    ['.', '.'],
    ['.hidden', '.hidden'],
    ['ünï/名前.md', 'ünï/名前.md'],
    ['a:b c', undefined],
    ['ab:c d', 'ab:c d'],
  ])('reads %j as %j', (text, path) => {
    const parsed = parsePath(text, root);
    expect(parsed.ok ? parsed.value : undefined).toBe(path);
  });
});

describe.each(['descriptor', 'path'] as const)('links and special files, reached by %s', (anchor) => {
  it('refuses a link to a file outside, read or written', async () => {
    const { outside, workspace, tryAll, unharmed } = await standing(anchor);
    await symlink(join(outside, 'secrets', 'key.txt'), join(workspace, 'innocent.txt'));
    for (const result of await tryAll('innocent.txt')) {
      expect(result.text).not.toContain(canary);
      expect(result.isError).toBe(true);
    }
    await unharmed();
  });

  it('refuses a linked folder on the way, also for a new file', async () => {
    const { outside, workspace, tryAll, unharmed } = await standing(anchor);
    await symlink(join(outside, 'secrets'), join(workspace, 'docs'));
    await symlink('../secrets', join(workspace, 'relative'));
    for (const path of ['docs/key.txt', 'docs/new.txt', 'docs/deep/new.txt', 'relative/key.txt', 'docs', 'relative']) {
      for (const result of await tryAll(path)) expect(result.isError).toBe(true);
    }
    await unharmed();
  });

  it('refuses a chain of 41 links and a link that points to itself', async () => {
    const { outside, workspace, tryAll, unharmed } = await standing(anchor);
    await symlink(join(outside, 'secrets', 'key.txt'), join(workspace, 'l0'));
    for (let n = 1; n <= 41; n += 1) await symlink(`l${n - 1}`, join(workspace, `l${n}`));
    await symlink('loop', join(workspace, 'loop'));
    for (const path of ['l1', 'l41', 'loop', 'loop/x']) for (const result of await tryAll(path)) expect(result.isError).toBe(true);
    await unharmed();
  });

  it('does not search through links', async () => {
    const { outside, workspace, tools, context } = await standing(anchor);
    await symlink(join(outside, 'secrets'), join(workspace, 'docs'));
    await symlink(join(outside, 'secrets', 'key.txt'), join(workspace, 'key.txt'));
    expect((await call(tools.search, { pattern: 'CANARY' }, context)).text).toContain('Nothing was found');
    expect((await call(tools.search, { pattern: '**', target: 'files' }, context)).text).not.toContain('docs/');
  });

  it('refuses a hard link to a file outside', async () => {
    const { outside, workspace, tryAll, unharmed } = await standing(anchor);
    await link(join(outside, 'secrets', 'key.txt'), join(workspace, 'twin.txt'));
    for (const result of await tryAll('twin.txt')) {
      expect(result.isError).toBe(true);
      expect(result.text).not.toContain(canary);
    }
    await unharmed();
  });

  it('does not wait for a pipe and refuses pipes, sockets and folders', async () => {
    const { workspace, tryAll } = await standing(anchor);
    execFileSync('mkfifo', [join(workspace, 'pipe')]);
    const server = createServer().listen(join(workspace, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      for (const path of ['pipe', 'socket']) for (const result of await tryAll(path)) expect(result.isError).toBe(true);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('refuses links into /proc and /dev', async () => {
    const { workspace, tryAll } = await standing(anchor);
    await symlink('/proc/self/root', join(workspace, 'everything'));
    await symlink('/proc/self/environ', join(workspace, 'environ'));
    await symlink('/dev/fd/0', join(workspace, 'input'));
    for (const path of ['everything/etc/passwd', 'environ', 'input', '/proc/self/root/etc/passwd', '/dev/fd/3', '/proc/self/environ']) {
      for (const result of await tryAll(path)) expect(result.isError).toBe(true);
    }
  });

  it('notices that the workspace itself was replaced', async () => {
    const { outside, workspace, tools, context, unharmed } = await standing(anchor);
    expect((await call(tools.write, { path: 'a.txt', content: 'mine' }, context)).isError).toBe(false);
    await rename(workspace, join(outside, 'moved'));
    await symlink(join(outside, 'secrets'), workspace);
    expect(await call(tools.read, { path: 'key.txt' }, context)).toMatchObject({ isError: true, data: { refused: 'outside-workspace' } });
    await rename(workspace, join(outside, 'the-link'));
    await mkdir(workspace);
    const other = await call(tools.write, { path: 'a.txt', content: 'x' }, context);
    expect(other.text).toContain('replaced by another folder');
    expect(await readdir(workspace)).toEqual([]);
    await unharmed();
  });
});

it('notices, where only paths are known, that an open folder was swapped', async () => {
  const { outside, workspace } = await freshWorkspace();
  await mkdir(join(workspace, 'real', 'inner'), { recursive: true });
  await mkdir(join(outside, 'secrets', 'inner'), { recursive: true });
  const root = await openRoot(workspace, 'path');
  const real = root.ok ? await root.value.open('real') : root;
  if (!root.ok || !real.ok) throw new Error('the folders could not be opened');
  await using _root = root.value;
  await using folder = real.value;
  expect((await folder.confirm()).ok).toBe(true);
  await rename(join(workspace, 'real'), join(workspace, 'moved'));
  await symlink(join(outside, 'secrets'), join(workspace, 'real'));
  expect(await folder.confirm()).toMatchObject({ ok: false, refusal: { code: 'outside-workspace' } });
  expect(await folder.open('inner')).toMatchObject({ ok: false });
  expect(await folder.open('new', { create: true })).toMatchObject({ ok: false });
  expect(await readdir(join(outside, 'secrets'))).toEqual(['inner']);
});

describe('devices', () => {
  it.runIf(process.getuid?.() === 0)('refuses a device node', async () => {
    const { workspace, tryAll } = await standing();
    execFileSync('mknod', [join(workspace, 'zero'), 'c', '1', '5']);
    for (const result of await tryAll('zero')) expect(result.isError).toBe(true);
  });
});

it('reads a bounded part of a sparse giant', async () => {
  const { workspace, tryAll } = await standing();
  execFileSync('truncate', ['-s', '1T', join(workspace, 'giant')]);
  const results = await tryAll('giant');
  for (const result of results.filter(({ tool }) => tool === 'read' || tool === 'patch')) expect(result.data).toMatchObject({ refused: 'too-large' });
});
