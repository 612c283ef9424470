/** The one way the terminal changes the configuration: shown first, checked before it is written, written in one step. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configVerdict, done, refuse, type ConfigVerdict, type Settled } from '@guildhall/protocol';
import { configText } from '../../http/answers.ts';
import type { Daemon } from '../../http/daemon-client.ts';
import { paintDiff } from '../../terminal/diff.ts';
import { show } from '../../terminal/shown.ts';
import type { Call } from '../../verb.ts';
import { describeVerdict } from '../config/verdict.ts';

/** A configuration as it is now, and the way to replace it. */
export interface OpenConfig {
  readonly file: string;
  /** Empty when there is none yet. */
  readonly text: string;
  /** Nothing is written unless the verdict is valid. Refused when somebody else changed it meanwhile. */
  write(text: string): Promise<Settled<ConfigVerdict>>;
}

/** The configuration of the running daemon, else the file. `named` forces a file, which no daemon may be using. */
export async function openConfig(call: Call, named: string | undefined): Promise<Settled<OpenConfig>> {
  const daemon = await call.connect();
  const inForce = daemon.ok ? await daemon.value.ask('get', '/v1/config', configText) : daemon;
  if (inForce.ok && daemon.ok) {
    const { file, text, rev } = inForce.value;
    if (named === undefined || path.resolve(named) === file) return done({ file, text, write: (changed) => writeThroughDaemon(daemon.value, changed, rev) });
  } else if (!inForce.ok && inForce.refusal.code !== 'daemon-unreachable') return inForce;
  const file = path.resolve(named ?? call.environment.config ?? (await call.local()).defaultConfigFile());
  const text = await readText(file);
  return text.ok ? done({ file, text: text.value, write: (changed) => writeFileInOneStep(call, file, text.value, changed) }) : text;
}

/** Shows the change, asks if there is somebody to ask, and writes it. Answers whether it was written. */
export async function applyChange(
  call: Call,
  config: OpenConfig,
  change: { readonly text: string; readonly diff: string },
  options: { readonly dryRun: boolean; readonly yes: boolean },
): Promise<Settled<boolean>> {
  const { screen } = call.output;
  if (change.diff === '') {
    call.output.tell(show`${config.file} stays as it is: there is nothing to change.`);
    return done(false);
  }
  call.output.print(paintDiff(screen, change.diff));
  if (options.dryRun) {
    call.output.tell(show`Nothing was written (--dry-run).`);
    return done(false);
  }
  if (!options.yes && call.stdin.isTTY === true && !call.output.json && !(await confirm(call, `Write this to ${config.file}?`))) {
    call.output.tell(show`Nothing was written.`);
    return done(false);
  }
  const verdict = await config.write(change.text);
  if (!verdict.ok) return verdict;
  if (verdict.value.valid) return done(true);
  call.output.tell(describeVerdict(screen, config.file, verdict.value, ''));
  return refuse('invalid-config', `The changed configuration does not pass the check, so nothing was written.`, { errors: verdict.value.errors });
}

async function confirm(call: Call, message: string): Promise<boolean> {
  const prompts = await import('@clack/prompts');
  return (await prompts.confirm({ message, input: call.stdin, output: call.stdout, signal: call.signal })) === true;
}

async function writeThroughDaemon(daemon: Daemon, text: string, baseRev: number): Promise<Settled<ConfigVerdict>> {
  return daemon.ask('put', '/v1/config', configVerdict, { body: { text, baseRev } });
}

async function readText(file: string): Promise<Settled<string>> {
  try {
    return done(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return done('');
    return refuse('failed', `${file} cannot be read: ${String(error)}`, { file });
  }
}

/** Checks a copy beside the file, then puts it in the file's place. Makes the home, as the daemon would, but no other directory. */
async function writeFileInOneStep(call: Call, file: string, before: string, text: string): Promise<Settled<ConfigVerdict>> {
  const target = await realpath(file).catch(() => file);
  const copy = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.yaml`);
  try {
    if (path.dirname(target) === call.environment.home) await mkdir(call.environment.home, { recursive: true, mode: 0o700 });
    const { mode } = await stat(target).catch(() => ({ mode: 0o600 }));
    await writeFile(copy, text, { mode: mode & 0o777, flag: 'wx', flush: true });
    const verdict = await (await call.local()).checkConfig(copy);
    if (!verdict.ok || !verdict.value.valid) return verdict;
    const now = await readText(target);
    if (!now.ok) return now;
    if (now.value !== before) return refuse('wrong-state', `${file} was changed by somebody else meanwhile. Run the command again.`, { file });
    await rename(copy, target);
    return verdict;
  } catch (error) {
    return refuse('failed', `${file} cannot be written: ${String(error)}`, { file });
  } finally {
    await rm(copy, { force: true });
  }
}
