/**
 * Git, run so that a repository cannot make it do more than it is asked: no hooks, no file-system monitor, no `ext::` transports, no questions, and none of the daemon's environment but what
 * git and ssh need of this user.
 */
import { spawn } from 'node:child_process';
import { done, refuse, type Settled } from '@guildhall/protocol';

export interface Git {
  /** Its standard output, whole. `failed` with what it printed as an error. */
  (folder: string, args: readonly string[], options?: GitOptions): Promise<Settled<string>>;
}

interface GitOptions {
  readonly input?: string;
  /** Output is cut here; the program goes on to its end. */
  readonly mostBytes?: number;
  /** An index other than the worktree's own. */
  readonly indexFile?: string;
}

const passedOn = ['PATH', 'HOME', 'TMPDIR', 'USER', 'SSH_AUTH_SOCK'];
const tame = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=', '-c', 'protocol.ext.allow=never'];
const mostErrorChars = 2000;
const usualMostBytes = 16_000_000;

export function createGit(variables: Readonly<Record<string, string>>): Git {
  const environment = {
    ...Object.fromEntries(Object.entries(variables).filter(([name]) => passedOn.includes(name))),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
  };
  return (folder, args, { input = '', mostBytes = usualMostBytes, indexFile } = {}) =>
    new Promise((resolve) => {
      const child = spawn('git', [...tame, ...args], {
        cwd: folder,
        env: indexFile === undefined ? environment : { ...environment, GIT_INDEX_FILE: indexFile },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const printed: Buffer[] = [];
      let size = 0;
      let complaint = '';
      child.stdout.on('data', (part: Buffer) => {
        if (size < mostBytes) printed.push(part.subarray(0, mostBytes - size));
        size += part.length;
      });
      child.stderr.on('data', (part: Buffer) => (complaint = (complaint + part.toString('utf8')).slice(-mostErrorChars)));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      const words = args.slice(0, 2).join(' ');
      child.once('error', (error) => resolve(refuse('failed', `git cannot be run: ${error.message}`)));
      child.once('close', (code) =>
        resolve(
          code === 0
            ? done(Buffer.concat(printed).toString('utf8'))
            : refuse('failed', `git ${words} in ${folder} failed: ${complaint.trim()}`, { exit: code }),
        ),
      );
    });
}

/** A name git may be given where it also takes options: nothing that begins with a dash, holds a control character or walks. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,199}$/u.test(name) && !name.includes('..') && !name.includes('@{') && !/\.lock$|\/$|\/\/|\.$|\/\./u.test(name);
}
