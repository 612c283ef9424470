/** From `rehearsal/<name>` to a script. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Settled, refuse } from '@guildhall/protocol';
import { defaultScript } from './default-script.ts';
import { type Script, parseRehearsalScript } from './script.ts';

const mostBytes = 1_000_000;

/** Scripts of one folder, read anew when they change. */
export class Scripts {
  readonly #folder: string | undefined;
  readonly #builtIn = parseRehearsalScript(defaultScript, 'the built-in script');
  readonly #read = new Map<string, { readonly stamp: string; readonly script: Settled<Script> }>();

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /**
   * `default` is `rehearsal.yaml` of the folder, or what is built in where there is none; any other name is a file of the folder, with or without its `.yaml`. Names that
   * lead out of the folder are refused, as are links that do.
   */
  async find(name: string): Promise<Settled<Script>> {
    if (name === 'default') return (await this.#open('rehearsal.yaml')) ?? this.#builtIn;
    if (!name.split('/').every((part) => /^\w[\w.-]*$/.test(part)))
      return refuse('invalid-config', `"rehearsal/${name}" is not a rehearsal: write rehearsal/default, or the name of a script beside the configuration`);
    return (
      (await this.#open(name)) ??
      (await this.#open(`${name}.yaml`)) ??
      refuse(
        'invalid-config',
        `there is no rehearsal script ${name} or ${name}.yaml${this.#folder === undefined ? '' : ` in ${this.#folder}`}; write one, or use rehearsal/default`,
      )
    );
  }

  async #open(name: string): Promise<Settled<Script> | undefined> {
    if (this.#folder === undefined) return undefined;
    const path = await fileInside(this.#folder, name);
    if (path === undefined) return undefined;
    const { mtimeMs, size } = await stat(path);
    if (size > mostBytes) return refuse('invalid-config', `the rehearsal script ${name} is larger than ${mostBytes} bytes`);
    const stamp = `${mtimeMs} ${size}`;
    const known = this.#read.get(path);
    if (known?.stamp === stamp) return known.script;
    const script = parseRehearsalScript(await readFile(path, 'utf8'), name);
    this.#read.set(path, { stamp, script });
    return script;
  }
}

/** The real path of a file that really lies in the folder. */
async function fileInside(folder: string, name: string): Promise<string | undefined> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    return path.startsWith(root + sep) && (await stat(path)).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}
