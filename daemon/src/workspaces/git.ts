/**
 * Git, run so that a repository cannot make it do more than it is asked: no hooks, no file-system monitor, no `ext::` transports, no program that its own configuration names, no work in its
 * submodules, no questions, and none of the daemon's environment but what git and ssh need of this user.
 */
import { spawn } from 'node:child_process';
import { done, refuse, type Settled } from '@guildhall/protocol';
import { programKeys, withoutForeignPrograms, type Setting } from './foreign-programs.ts';

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
const tame: readonly Setting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', ''],
  ['protocol.ext.allow', 'never'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];
const mostErrorChars = 2000;
const usualMostBytes = 16_000_000;
const mostConfigBytes = 100_000;

export function createGit(variables: Readonly<Record<string, string>>): Git {
  const environment = {
    ...Object.fromEntries(Object.entries(variables).filter(([name]) => passedOn.includes(name))),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PAGER: 'cat',
    GIT_EDITOR: 'true',
  };
  return async (folder, args, { input = '', mostBytes = usualMostBytes, indexFile } = {}) => {
    const withIndex = indexFile === undefined ? environment : { ...environment, GIT_INDEX_FILE: indexFile };
    const settings = await settingsFor(folder, environment);
    if (!settings.ok) return settings;
    const ran = await run({ folder, args, variables: withIndex, settings: settings.value, input, mostBytes });
    if (!ran.ok) return ran;
    const { code, printed, complaint } = ran.value;
    return code === 0 ? done(printed) : refuse('failed', `git ${args.slice(0, 2).join(' ')} in ${folder} failed: ${complaint.trim()}`, { exit: code });
  };
}

async function settingsFor(folder: string, variables: GitRun['variables']): Promise<Settled<readonly Setting[]>> {
  const args = ['config', '--null', '--show-scope', '--get-regexp', programKeys];
  const named = await run({ folder, args, variables, settings: tame, input: '', mostBytes: mostConfigBytes });
  if (!named.ok) return named;
  // Nothing is named, or there is no repository: what is asked for says so itself.
  if (named.value.code !== 0) return done(tame);
  if (named.value.printed.length >= mostConfigBytes) return refuse('invalid-input', `the configuration of the repository at ${folder} names too many programs`);
  const without = withoutForeignPrograms(named.value.printed);
  return without.ok ? done([...tame, ...without.value]) : without;
}

interface GitRun {
  readonly folder: string;
  readonly args: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** In force before all that is configured. */
  readonly settings: readonly Setting[];
  readonly input: string;
  readonly mostBytes: number;
}

interface GitEnd {
  readonly code: number | null;
  readonly printed: string;
  readonly complaint: string;
}

function run({ folder, args, variables, settings, input, mostBytes }: GitRun): Promise<Settled<GitEnd>> {
  return new Promise((resolve) => {
    const child = spawn('git', args, { cwd: folder, env: { ...variables, ...asVariables(settings) }, stdio: ['pipe', 'pipe', 'pipe'] });
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
    child.once('error', (error) => resolve(refuse('failed', `git cannot be run: ${error.message}`)));
    child.once('close', (code) => resolve(done({ code, printed: Buffer.concat(printed).toString('utf8'), complaint })));
  });
}

/** Not as `-c`: a repository may name its filter so that the key could be cut at another place. */
function asVariables(settings: readonly Setting[]): Record<string, string> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key;
    variables[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return variables;
}

/** A name git may be given where it also takes options: nothing that begins with a dash, holds a control character or walks. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._/+@-]{0,199}$/u.test(name) && !name.includes('..') && !name.includes('@{') && !/\.lock$|\/$|\/\/|\.$|\/\./u.test(name);
}
