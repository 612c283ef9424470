/** Runs the command line: as a process of its own, or quicker inside this one where neither signals nor pipes matter. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { readEnvironment, runCli } from '../src/index.ts';
import { testLocalVerbs } from './local-verbs.ts';

/** The command line under test, to be started with Node. */
export const program = fileURLToPath(new URL('./cli-process.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly home: string;
  readonly variables?: { readonly [name: string]: string };
  /** What stdin holds; without it stdin is empty. */
  readonly input?: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until both outputs together hold `text`. */
  readonly until: (text: string | RegExp) => Promise<void>;
  readonly ended: Promise<Ran>;
}

export function runProgram(words: readonly string[], options: RunOptions): Promise<Ran> {
  const running = startProgram(words, options);
  running.child.stdin.end(options.input ?? '');
  return running.ended;
}

/** The same words through the same code, with streams of its own. */
export async function runInside(words: readonly string[], { home, variables = {}, input = '' }: RunOptions): Promise<Ran> {
  const stream = (name: string) => {
    const isTTY = variables['TEST_TTY']?.includes(name) === true;
    return Object.assign(new PassThrough(), isTTY ? { isTTY, columns: Number(variables['COLUMNS'] ?? 80) } : {});
  };
  const [stdout, stderr] = [stream('stdout'), stream('stderr')];
  const code = await runCli([...words], {
    local: () => Promise.resolve(testLocalVerbs(home)),
    environment: readEnvironment({ GUILDHALL_HOME: home, LANG: 'C.UTF-8', ...variables }),
    stdin: Readable.from([input]),
    stdout,
    stderr,
  });
  return { code, stdout: readAll(stdout), stderr: readAll(stderr) };
}

function readAll(stream: PassThrough): string {
  const text: unknown = stream.setEncoding('utf8').read();
  return typeof text === 'string' ? text : '';
}

/** Leaves stdin open. */
export function startProgram(words: readonly string[], { home, variables = {} }: RunOptions): Running {
  const env = { PATH: process.env['PATH'], GUILDHALL_HOME: home, LANG: 'C.UTF-8', ...variables };
  const child = spawn(process.execPath, [program, ...words], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  const until = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const giveUp = setTimeout(() => finish(new Error(`never said ${String(text)}; said:\n${stdout}\n${stderr}`)), 15_000);
      const finish = (error?: Error) => {
        clearTimeout(giveUp);
        child.stdout.off('data', look);
        child.stderr.off('data', look);
        if (error === undefined) resolve();
        else reject(error);
      };
      const look = () => {
        const said = stdout + stderr;
        if (typeof text === 'string' ? said.includes(text) : text.test(said)) finish();
      };
      child.stdout.on('data', look);
      child.stderr.on('data', look);
      child.on('close', () => {
        look();
        finish(new Error(`ended without saying ${String(text)}; said:\n${stdout}\n${stderr}`));
      });
      look();
    });
  return { child, stdout: () => stdout, stderr: () => stderr, until, ended };
}
