/**
 * The configuration in force. A text is read, checked whole, stored as a version and then put in force in one assignment; a text with any error leaves the last good one in force and says so.
 * The file is watched: saving it is enough.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Config, type ConfigError, type HomeDirectories, parseConfig } from '@guildhall/agents';
import { type Clock, sha256 } from '@guildhall/kernel';
import { type ConfigErrorView, type ConfigVerdict, type Settled, done, expectDone, refuse } from '@guildhall/protocol';
import type { ConfigVersionStore } from '@guildhall/store';
import { codeOf } from './system-error.ts';

export interface ConfigInForce {
  readonly file: string;
  current(): Config;
  text(): string;
  rev(): number;
  /** What is wrong with the file as it lies there, when it is not what is in force. */
  problem(): string | undefined;
  warnings(): readonly ConfigError[];
  /** Checks `text`, writes the file, stores the version and puts it in force; an invalid one changes nothing. */
  write(text: string, by: { readonly actor: string; readonly baseRev?: number | undefined; readonly revertOf?: number }): Promise<Settled<ConfigVerdict>>;
  /** Calls `changed` after another configuration came into force. */
  onChange(changed: () => void): () => void;
  stop(): Promise<void>;
}

export interface ConfigSources {
  readonly file: string;
  readonly homes: HomeDirectories;
  readonly versions: ConfigVersionStore;
  readonly clock: Clock;
  /** Loud news for the operator. */
  readonly tell: (message: string) => void;
}

const watchEveryMs = 1000;

/** `invalid-config` when the file has errors and no earlier version was ever accepted. A missing or empty file is the built-in configuration: one agent, `main`. */
export async function openConfig(sources: ConfigSources): Promise<Settled<ConfigInForce>> {
  const written = await readConfigFile(sources.file);
  if (!written.ok) return written;
  const reading = read(sources, written.value);
  if (reading.config !== undefined) {
    const { rev } = await sources.versions.acceptConfig({ text: written.value, digest: sha256(written.value), actor: 'daemon' });
    return done(keepInForce(sources, { config: reading.config, text: written.value, rev, warnings: reading.warnings }, undefined));
  }
  const summary = describeErrors(sources.file, reading.errors);
  const newest = (await sources.versions.listConfigVersions(1)).at(0);
  const lastGood = newest === undefined ? undefined : expectDone(await sources.versions.readConfigVersion(newest.rev));
  const earlier = lastGood === undefined ? undefined : read(sources, lastGood.text);
  if (lastGood === undefined || earlier?.config === undefined)
    return refuse('invalid-config', `${summary}\nMend the file and start again; check it with: guildhall config check ${sources.file}`);
  sources.tell(`${summary}\nThe last good configuration (version ${lastGood.rev}) is in force until the file is mended.`);
  return done(keepInForce(sources, { config: earlier.config, text: lastGood.text, rev: lastGood.rev, warnings: earlier.warnings }, summary));
}

interface InForce {
  readonly config: Config;
  readonly text: string;
  readonly rev: number;
  readonly warnings: readonly ConfigError[];
}

function keepInForce(sources: ConfigSources, first: InForce, firstProblem: string | undefined): ConfigInForce {
  let inForce = first;
  let problem = firstProblem;
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  let seen = sha256(first.text);

  const adopt = async (text: string, actor: string, revertOf?: number): Promise<ConfigVerdict> => {
    const reading = read(sources, text);
    seen = sha256(text);
    if (reading.config === undefined) {
      problem = describeErrors(sources.file, reading.errors);
      await sources.versions.rejectConfig({ digest: sha256(text), errors: reading.errors.map(viewError), actor });
      return { valid: false, errors: reading.errors.map(viewError) };
    }
    const { rev } = await sources.versions.acceptConfig({ text, digest: sha256(text), actor, ...(revertOf === undefined ? {} : { revertOf }) });
    inForce = { config: reading.config, text, rev, warnings: reading.warnings };
    problem = undefined;
    for (const changed of listeners) changed();
    return { valid: true, errors: [] };
  };

  const watch = async () => {
    let before = await fingerprint(sources.file);
    while (!stopped.signal.aborted) {
      await sources.clock.sleep(watchEveryMs, stopped.signal);
      const now = await fingerprint(sources.file);
      if (now === before || stopped.signal.aborted) continue;
      before = now;
      const text = await readConfigFile(sources.file);
      if (!text.ok || sha256(text.value) === seen) continue;
      const verdict = await adopt(text.value, 'file');
      sources.tell(verdict.valid ? `Configuration version ${inForce.rev} is in force.` : `${problem ?? ''}\nVersion ${inForce.rev} stays in force.`);
    }
  };
  const watching = watch().catch((error: unknown) => sources.tell(`The configuration file is no longer watched: ${String(error)}`));

  return {
    file: sources.file,
    current: () => inForce.config,
    text: () => inForce.text,
    rev: () => inForce.rev,
    problem: () => problem,
    warnings: () => inForce.warnings,
    async write(text, { actor, baseRev, revertOf }) {
      if (baseRev !== undefined && baseRev !== inForce.rev)
        return refuse('wrong-state', `version ${inForce.rev} is in force, and the change was made on version ${baseRev}; read it again and repeat the change`, {
          rev: inForce.rev,
        });
      const reading = read(sources, text);
      if (reading.config === undefined) return done({ valid: false, errors: reading.errors.map(viewError) });
      seen = sha256(text);
      await writeWhole(sources.file, text);
      return done(await adopt(text, actor, revertOf));
    },
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    async stop() {
      stopped.abort();
      await watching;
    },
  };
}

function read(sources: Pick<ConfigSources, 'file' | 'homes'>, text: string) {
  return parseConfig(text, { file: sources.file, homes: sources.homes });
}

export function viewError({ path, line, column, message, hint }: ConfigError): ConfigErrorView {
  return { path, line, column, message, hint: hint ?? '' };
}

function describeErrors(file: string, errors: readonly ConfigError[]): string {
  const lines = errors
    .slice(0, 10)
    .map(
      (error) =>
        `  ${file}:${error.line}:${error.column} ${error.path === '' ? '' : `${error.path}: `}${error.message}${error.hint === null ? '' : `. ${error.hint}`}`,
    );
  return `The configuration has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n${lines.join('\n')}`;
}

/** The file's text; `''` when there is no such file, unless it must exist. */
export async function readConfigFile(file: string, options: { readonly mustExist: boolean } = { mustExist: false }): Promise<Settled<string>> {
  try {
    return done(await readFile(file, 'utf8'));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && !options.mustExist) return done('');
    if (code === 'ENOENT') return refuse('not-found', `there is no configuration at ${file}`);
    const what = code === 'EISDIR' ? 'is a directory' : `cannot be read (${code})`;
    return refuse('invalid-config', `the configuration ${file} ${what}. Name a file with --config or GUILDHALL_CONFIG.`);
  }
}

async function fingerprint(file: string): Promise<string> {
  try {
    const found = await stat(file);
    return `${found.ino}:${found.size}:${found.mtimeMs}`;
  } catch {
    return 'absent';
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const fresh = `${file}.fresh`;
  await writeFile(fresh, text, { mode: 0o600 });
  await rename(fresh, file);
}
