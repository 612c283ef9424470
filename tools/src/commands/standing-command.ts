/**
 * What a yes for always to a command is bound to: its words, the folder it starts in, and the content of every file that its words name, that its program is known to run from a folder, or that sets what
 * programs run. What those read in turn is not part of it.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import type { JsonObject } from '@guildhall/protocol';

/** Beyond these the command is not offered for always. */
const mostPlaces = 5000;
const mostBytes = 64 * 1024 * 1024;

/** What a shell or an interpreter would make names of: a file that such a word leads to is not seen here. */
const hidesNames = /["'`$\\*?[\]{}()<>|;&!#~\p{Cc}]/u;

/** Programs that run what stands in a file of a folder without being told its name; a version may stand behind theirs. */
const runsFromFolder: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...['npm', 'npx', 'pnpm', 'yarn', 'bun'].map((program) => [program, ['package.json']] as const),
  ...['make', 'gmake'].map((program) => [program, ['GNUmakefile', 'makefile', 'Makefile']] as const),
  ['python', ['__main__.py']],
  ['node', ['package.json', 'index.js', 'index.mjs', 'index.cjs']],
]);

/** What an interpreter adds to the name of a module. */
const moduleEndings = ['.py', '/__init__.py', '/__main__.py', '.js', '.cjs', '.mjs', '.ts', '.json'];

/** Settings in a home or a project by which programs run others. The home of every command is the workspace, where agents write. */
const settings = [
  '.gitconfig .config/git/config .git/config .ssh/config .curlrc .wgetrc .profile .bash_profile .bashrc',
  '.npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs bunfig.toml .cargo/config .cargo/config.toml',
].flatMap((names) => names.split(' '));

/**
 * `cwd` is absolute; in the answer what lies in the workspace is named from there, so that the same workspace is the same on every machine a turn may go on. Null where the words do not show what would run, or it is
 * too much to look at.
 */
export async function standingOfCommand(argv: readonly string[], cwd: string, workspace: string): Promise<JsonObject | null> {
  if (argv.some((word) => hidesNames.test(word))) return null;
  const names = new Set(argv.flatMap(namesIn));
  const folders = await foldersAmong(names, [cwd, workspace]);
  const implied = argv.flatMap((word) => runsFromFolder.get(basename(word).replace(/[\d.]+$/u, '')) ?? []);
  const modules = [...names].flatMap((name) => [name, name.replaceAll('.', '/')]).flatMap((name) => moduleEndings.map((ending) => `${name}${ending}`));
  const places = new Set([...folders].flatMap((folder) => [...names, ...modules, ...implied, ...settings].map((name) => resolve(folder, name))));
  if (places.size > mostPlaces) return null;
  const files = await digestsOf([...places].toSorted());
  if (files === null) return null;
  return { argv, cwd: namedFrom(workspace, cwd), files: files.map(({ path, sha256 }) => ({ path: namedFrom(workspace, path), sha256 })) };
}

/** The parts of a word that may be names: `--config=a.json`, `-fMakefile`, a line of words. */
function namesIn(word: string): readonly string[] {
  const parts = word.split(/[\s=,:]+/u).filter((part) => part !== '');
  return [word, ...parts, ...parts.filter((part) => /^-[^-]./u.test(part)).map((part) => part.slice(2))];
}

/** The folders a command may take names from. */
async function foldersAmong(names: ReadonlySet<string>, usual: readonly string[]): Promise<ReadonlySet<string>> {
  const named = [...names].slice(0, mostPlaces).flatMap((name) => usual.map((folder) => resolve(folder, name)));
  const found = await Promise.all(named.map(async (place) => ((await stat(place).catch(() => null))?.isDirectory() === true ? [place] : [])));
  return new Set([...usual, ...found.flat()]);
}

/** As written from the workspace; absolute for what lies outside of it. */
function namedFrom(workspace: string, path: string): string {
  const name = relative(workspace, path);
  if (name === '') return '.';
  return name === '..' || name.startsWith('../') || isAbsolute(name) ? path : name;
}

interface FileDigest {
  readonly path: string;
  readonly sha256: string;
}

async function digestsOf(places: readonly string[]): Promise<readonly FileDigest[] | null> {
  const files: FileDigest[] = [];
  let left = mostBytes;
  for (const path of places) {
    const digest = await digestOfFile(path, left);
    if (digest === null) continue;
    if (digest === 'too-large') return null;
    left -= digest.bytes;
    files.push({ path, sha256: digest.sha256 });
  }
  return files;
}

/** Null for what is no file that can be read: pipes and devices are not waited for. */
async function digestOfFile(path: string, most: number): Promise<{ readonly sha256: string; readonly bytes: number } | 'too-large' | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (handle === null) return null;
  await using file = handle;
  const about = await file.stat();
  if (!about.isFile()) return null;
  if (about.size > most) return 'too-large';
  const hash = createHash('sha256');
  let bytes = 0;
  const chunks: AsyncIterable<Buffer> = file.createReadStream({ autoClose: false });
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > most) return 'too-large';
    hash.update(chunk);
  }
  return { sha256: hash.digest('hex'), bytes };
}
