import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Task } from '@guildhall/board';
import { systemClock } from '@guildhall/kernel';
import { expectDone, type Workspace } from '@guildhall/protocol';
import { createGit } from '../src/workspaces/git.ts';
import { plainRemotePullRequests } from '../src/workspaces/plain-remote.ts';
import { diffWorktree } from '../src/workspaces/worktree-diff.ts';
import { readOrigin } from '../src/workspaces/worktree.ts';
import { createWorkspaces, type Workspaces } from '../src/workspaces/workspaces.ts';
import { createRepositories, type Repositories } from './git-repositories.ts';
import { aTask } from './some-task.ts';

let place: Repositories;
let workspaces: Workspaces;
const git = createGit({ PATH: process.env['PATH'] ?? '', GIT_DIR: '/nowhere' });

beforeEach(() => {
  place = createRepositories();
  workspaces = createWorkspaces(place.home, git);
});
afterEach(() => place.remove());

const taskIn = (workspace: Workspace, id = 'task_1'): Task => aTask({ id, workspace });
const worktree = (more: Partial<Extract<Workspace, { kind: 'worktree' }>> = {}): Workspace => ({ kind: 'worktree', repository: place.repository, ...more });
const openIn = async (task: Task) => expectDone(await workspaces.open(task));
const originOf = async (folder: string) => {
  const origin = await readOrigin(folder);
  if (origin === undefined) throw new Error('no origin');
  return origin;
};

describe('the workspace of a task', () => {
  test('a folder of its own is kept over attempts and goes when the task is archived', async () => {
    const task = taskIn({ kind: 'scratch' });
    const folder = await openIn(task);
    writeFileSync(path.join(folder, 'notes'), 'half done');
    expect(await openIn(task)).toBe(folder);
    expect(readFileSync(path.join(folder, 'notes'), 'utf8')).toBe('half done');
    await workspaces.close(task);
    expect(existsSync(folder)).toBe(false);
  });

  test('a directory is opened as it is and never removed', async () => {
    const task = taskIn({ kind: 'directory', path: place.repository });
    expect(await openIn(task)).toBe(place.repository);
    await workspaces.close(task);
    expect(existsSync(place.repository)).toBe(true);
  });

  test.each([['relative/path'], ['/no/such/folder']])('a directory that cannot be one is refused: %s', async (directory) => {
    expect(await workspaces.open(taskIn({ kind: 'directory', path: directory }))).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
  });

  test('the home of the daemon is no workspace, also not by a link or from within', async () => {
    const link = path.join(place.repository, 'link');
    symlinkSync(place.home, link);
    mkdirSync(path.join(place.home, 'kanban'));
    for (const directory of [place.home, link, path.join(place.home, 'kanban')])
      expect(await workspaces.open(taskIn({ kind: 'directory', path: directory }))).toMatchObject({ ok: false });
  });

  test('an id that would leave the folder is refused', async () => {
    expect(await workspaces.open(taskIn({ kind: 'scratch' }, '../../etc'))).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
  });
});

describe('a worktree', () => {
  test('begins on a branch of its own where the repository stands, and is kept with its changes', async () => {
    const task = taskIn(worktree());
    const folder = await openIn(task);
    expect(place.git(folder, 'branch', '--show-current').trim()).toBe('guildhall/task_1');
    writeFileSync(path.join(folder, 'new'), 'x');
    expect(await openIn(task)).toBe(folder);
    expect(existsSync(path.join(folder, 'new'))).toBe(true);
    expect(await readOrigin(folder)).toMatchObject({ branch: 'guildhall/task_1', base: 'main' });
  });

  test('many at once in one repository all come into being', async () => {
    const tasks = Array.from({ length: 8 }, (_, index) => taskIn(worktree(), `task_${index}`));
    const opened = await Promise.all(tasks.map(workspaces.open));
    expect(opened.every(({ ok }) => ok)).toBe(true);
  });

  test('one whose making was cut short is made again', async () => {
    const task = taskIn(worktree());
    const folder = await openIn(task);
    rmSync(`${folder}.origin.json`);
    rmSync(path.join(folder, 'README.md'));
    expect(await openIn(task)).toBe(folder);
    expect(readFileSync(path.join(folder, 'README.md'), 'utf8')).toContain('one');
  });

  test('no hook of the repository runs', async () => {
    const hook = path.join(place.repository, '.git', 'hooks', 'post-checkout');
    writeFileSync(hook, `#!/bin/sh\ntouch ${place.home}/hooked\n`);
    chmodSync(hook, 0o755);
    await openIn(taskIn(worktree()));
    expect(existsSync(path.join(place.home, 'hooked'))).toBe(false);
  });

  test.each([
    ['filter.odd=name.smudge', 'filter.odd=name.clean'],
    ['filter.odd=name.process', 'filter.odd=name.required'],
  ])('no filter that the repository names runs: %s', async (...keys) => {
    writeFileSync(path.join(place.repository, '.gitattributes'), '*.md filter=odd=name\n');
    place.git(place.repository, 'add', '.');
    place.git(place.repository, 'commit', '--quiet', '-m', 'Attributes');
    for (const key of keys) place.git(place.repository, 'config', key, key.endsWith('required') ? 'true' : `touch ${place.home}/filtered; cat`);
    const task = taskIn(worktree());
    const folder = await openIn(task);
    writeFileSync(path.join(folder, 'README.md'), 'changed');
    expect(expectDone(await diffWorktree(git, await originOf(folder), folder)).text).toContain('+changed');
    await workspaces.close(task);
    expect(existsSync(folder)).toBe(true);
    expect(existsSync(path.join(place.home, 'filtered'))).toBe(false);
  });

  test.each([
    ['a name that is no text', Buffer.from('[filter "\xFF"]\n\tclean = touch called\n', 'latin1')],
    ['a program that cannot be put out of force', '[remote "origin"]\n\treceivepack = touch called\n'],
    ['more programs than are looked at', '[filter "one"]\n' + '\tclean = touch called\n'.repeat(10_000)],
    ['programs without end', Array.from({ length: 200 }, (_, index) => `[filter "${index}"]\n\tclean = touch called\n`).join('')],
  ])('a repository whose configuration holds %s is refused', async (_name, settings) => {
    appendFileSync(path.join(place.repository, '.git', 'config'), settings);
    const opened = await workspaces.open(taskIn(worktree()));
    expect(opened).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
    expect(opened.ok ? '' : opened.refusal.message).toContain('the configuration of the repository');
  });

  test('a filter of the user runs also where the repository names another of that name', async () => {
    writeFileSync(path.join(place.repository, '.gitattributes'), '*.md filter=shout\n');
    place.git(place.repository, 'add', '.');
    place.git(place.repository, 'commit', '--quiet', '-m', 'Attributes');
    place.git(place.repository, 'config', 'filter.shout.smudge', 'echo theirs');
    place.git(place.home, 'config', '--global', 'filter.shout.smudge', 'tr a-z A-Z');
    const ofUser = createGit({ PATH: process.env['PATH'] ?? '', HOME: path.dirname(place.home) });
    const folder = expectDone(await createWorkspaces(place.home, ofUser).open(taskIn(worktree())));
    expect(readFileSync(path.join(folder, 'README.md'), 'utf8')).toBe('ONE\nTWO\nTHREE\n');
  });

  test.each([
    ['core.sshCommand', 'host:project'],
    ['core.gitProxy', 'git://host.invalid/project'],
    ['remote.origin.uploadpack', undefined],
    ['remote.origin.vcs', undefined],
  ])('no program runs that the repository names to reach its remote: %s', async (key, url) => {
    if (url !== undefined) place.git(place.repository, 'config', 'remote.origin.url', url);
    place.git(place.repository, 'config', key, `/bin/touch ${place.home}/called; false`);
    expect(await git(place.repository, ['fetch', '--quiet', 'origin'])).toMatchObject({ ok: false });
    expect(existsSync(path.join(place.home, 'called'))).toBe(false);
  });

  test.each([
    ['a branch that is an option', { branch: '--upload-pack=touch' }],
    ['a base that is an option', { base: '--output=/tmp/x' }],
    ['a branch that walks', { branch: 'a/../b' }],
    ['a base that does not exist', { base: 'nowhere' }],
    ['a folder that is no repository', { repository: '/proc' }],
  ])('is refused for %s', async (_name, more) => {
    expect(await workspaces.open(taskIn(worktree(more)))).toMatchObject({ ok: false, refusal: { code: 'invalid-input' } });
  });

  test('goes with the archived task when nothing in it would be lost, and its branch stays', async () => {
    const task = taskIn(worktree());
    const folder = await openIn(task);
    writeFileSync(path.join(folder, 'new'), 'x');
    place.git(place.repository, 'config', 'status.showUntrackedFiles', 'no');
    await workspaces.close(task);
    expect(existsSync(folder)).toBe(true);
    place.git(folder, 'add', '.');
    place.git(folder, 'commit', '--quiet', '-m', 'Work');
    await workspaces.close(task);
    expect(existsSync(folder)).toBe(false);
    expect(place.git(place.repository, 'log', '-1', '--format=%s', 'guildhall/task_1').trim()).toBe('Work');
  });
});

describe('what changed in a worktree', () => {
  test('is told whole: committed, not committed and unknown to git, against where it left its base', async () => {
    const folder = await openIn(taskIn(worktree()));
    writeFileSync(path.join(folder, 'README.md'), 'one\n2\nthree\n');
    place.git(folder, 'commit', '--quiet', '-am', 'Two');
    writeFileSync(path.join(folder, 'README.md'), 'one\n2\nthree\nfour\n');
    writeFileSync(path.join(folder, 'new.txt'), 'a\nb\n');
    writeFileSync(path.join(place.repository, 'elsewhere.txt'), 'not of this task');
    place.git(place.repository, 'add', '.');
    place.git(place.repository, 'commit', '--quiet', '-m', 'Meanwhile');
    const before = place.git(folder, 'status', '--porcelain');
    const diff = expectDone(await diffWorktree(git, await originOf(folder), folder));
    expect(diff).toMatchObject({ branch: 'guildhall/task_1', base: 'main', files: 2, insertions: 4, deletions: 1, cut: false });
    expect(diff.text).toContain('+four');
    expect(diff.text).toContain('b/new.txt');
    expect(diff.text).not.toContain('elsewhere');
    expect(place.git(folder, 'status', '--porcelain')).toBe(before);
  });

  test('is cut at a megabyte, at the end of a line', async () => {
    const folder = await openIn(taskIn(worktree()));
    writeFileSync(path.join(folder, 'long.txt'), 'ä line of words\n'.repeat(100_000));
    const diff = expectDone(await diffWorktree(git, await originOf(folder), folder));
    expect(diff).toMatchObject({ cut: true, insertions: 100_000 });
    expect(diff.text.endsWith('\n')).toBe(true);
    expect(Buffer.byteLength(diff.text)).toBeLessThanOrEqual(1_000_000);
  });
});

describe('a pull request in a plain remote', () => {
  const ask = async (task: string, body = 'Because.') => {
    const folder = await openIn(taskIn(worktree(), task));
    const { branch, base } = await originOf(folder);
    writeFileSync(path.join(folder, `${task}.txt`), `${Math.random()}`);
    place.git(folder, 'add', '.');
    place.git(folder, 'commit', '--quiet', '-m', 'Work');
    const head = place.git(folder, 'rev-parse', 'HEAD').trim();
    const request = { repository: place.repository, remote: 'origin', branch, base, head, title: 'A title', body, task };
    return { head, opened: await plainRemotePullRequests(git, systemClock).open(request) };
  };

  test('is a commit to merge and a tag that says why; the same task has one, which follows', async () => {
    const first = await ask('task_1');
    expect(expectDone(first.opened)).toEqual({ id: '1', url: `file://${place.remote}#refs/pull/1/head` });
    expect(place.git(place.remote, 'cat-file', 'tag', 'refs/pull/1/request')).toMatch(
      /A title\n\nBecause\.\n\nBase: main\nBranch: guildhall\/task_1\nTask: task_1/u,
    );
    const second = await ask('task_1');
    expect(expectDone(second.opened).id).toBe('1');
    expect(place.git(place.remote, 'rev-parse', 'refs/pull/1/head').trim()).toBe(second.head);
    expect(place.git(place.remote, 'for-each-ref', 'refs/pull').trim().split('\n')).toHaveLength(2);
  });

  test('two tasks at once get two numbers, and a body cannot pass for another task', async () => {
    const opened = await Promise.all([ask('task_1', 'Task: task_2'), ask('task_2')]);
    expect(opened.map((one) => expectDone(one.opened).id).toSorted()).toEqual(['1', '2']);
    const again = await ask('task_2');
    expect(expectDone(again.opened).id).toBe(expectDone(opened[1].opened).id);
  });
});
