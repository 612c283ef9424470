/** Real repositories for tests: one with a first commit, and a bare one it calls `origin`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Repositories {
  readonly home: string;
  readonly repository: string;
  readonly remote: string;
  git(folder: string, ...args: readonly string[]): string;
  remove(): void;
}

export function createRepositories(): Repositories {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'guildhall-git-')));
  const [home, repository, remote] = ['home', 'project', 'remote.git'].map((name) => path.join(root, name));
  if (home === undefined || repository === undefined || remote === undefined) throw new Error('unreachable');
  const environment = { PATH: process.env['PATH'] ?? '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (folder: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd: folder, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  mkdirSync(home);
  git(root, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
  git(root, 'init', '--quiet', '--initial-branch=main', repository);
  git(repository, 'config', 'user.name', 'Tester');
  git(repository, 'config', 'user.email', 'tester@localhost');
  git(repository, 'remote', 'add', 'origin', remote);
  writeFileSync(path.join(repository, 'README.md'), 'one\ntwo\nthree\n');
  git(repository, 'add', '.');
  git(repository, 'commit', '--quiet', '-m', 'First');
  git(repository, 'push', '--quiet', 'origin', 'main');
  return { home, repository, remote, git, remove: () => rmSync(root, { recursive: true, force: true }) };
}
