/**
 * What the structure rules look at: every text file of a checkout, with the imports of those that are code. A **member** is one workspace package, named by its
 * folder; **source** is what lies in its `src`.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { z } from 'zod';

export interface Tree {
  readonly root: string;
  /** Every file, pictures included. */
  readonly paths: ReadonlySet<string>;
  readonly files: readonly TextFile[];
  readonly members: ReadonlyMap<string, Member>;
  readonly manifest: Manifest;
}

export interface TextFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lineCount: number;
}

export interface CodeFile extends TextFile {
  readonly imports: readonly Import[];
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

interface Member {
  readonly folder: string;
  readonly manifest: Manifest;
}

const versions = z.record(z.string(), z.string()).optional();
const manifestShape = z.object({
  name: z.string(),
  version: z.string(),
  workspaces: z.array(z.string()).optional(),
  exports: z.record(z.string(), z.string()).optional(),
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
  peerDependencies: versions,
});
export type Manifest = z.infer<typeof manifestShape>;

/** A rule's finding: which rule, where, and what to do about it. */
export interface Violation {
  readonly rule: string;
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

const notOurs = new Set(['node_modules', 'dist', 'coverage']);
const textEndings = /\.(ts|tsx|mts|mjs|cjs|js|json|jsonc|md|yaml|yml|sql|css|html|sh|txt)$|^(LICENSE|run)$/u;
const codeEndings = /\.(ts|tsx|mts|mjs|cjs|js)$/u;

/** Reads the checkout at `root`. A manifest that is not one throws. */
export function readTree(root: string): Tree {
  const paths = listFiles(root, '');
  const files = paths.filter((file) => textEndings.test(path.posix.basename(file))).map((file) => readText(root, file));
  const manifest = readManifest(files, 'package.json');
  const members = new Map((manifest.workspaces ?? []).map((folder) => [folder, { folder, manifest: readManifest(files, `${folder}/package.json`) }]));
  return { root, paths: new Set(paths), files, members, manifest };
}

function listFiles(root: string, folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return notOurs.has(entry.name) || (entry.name.startsWith('.') && entry.name !== '.ci') ? [] : listFiles(root, file);
    return entry.isFile() ? [file] : [];
  });
}

function readText(root: string, file: string): TextFile {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { path: file, text, lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) };
}

function readManifest(files: readonly TextFile[], file: string): Manifest {
  const found = files.find((each) => each.path === file);
  if (found === undefined) throw new Error(`${file} is missing, though package.json names its folder as a workspace`);
  return manifestShape.parse(JSON.parse(found.text));
}

export function isCode(file: TextFile): boolean {
  return codeEndings.test(file.path);
}

/** The code files, with their imports, exports-from and dynamic imports of a literal, type-only ones included. */
export function codeFiles(tree: Tree): readonly CodeFile[] {
  return tree.files.filter(isCode).map((file) => ({ ...file, imports: importsOf(file) }));
}

function importsOf(file: TextFile): readonly Import[] {
  const { module } = parseSync(file.path, file.text);
  const found = [
    ...module.staticImports.map((each) => ({ specifier: each.moduleRequest.value, start: each.start })),
    ...module.staticExports.flatMap((each) =>
      each.entries.flatMap((entry) => (entry.moduleRequest === null ? [] : [{ specifier: entry.moduleRequest.value, start: each.start }])),
    ),
    ...module.dynamicImports.flatMap((each) => {
      const literal = /^(['"`])(.*)\1$/su.exec(file.text.slice(each.moduleRequest.start, each.moduleRequest.end));
      return literal?.[2] === undefined ? [] : [{ specifier: literal[2], start: each.start }];
    }),
  ];
  return found.map((each) => ({ specifier: each.specifier, line: lineAt(file.text, each.start) }));
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The member behind a package's name: not every folder is called like its package. */
export function memberNamed(tree: Tree, name: string): Member | undefined {
  return [...tree.members.values()].find(({ manifest }) => manifest.name === name);
}

/** The workspace folder a file belongs to; undefined for the root's own files. */
export function memberOf(tree: Tree, file: string): string | undefined {
  const folder = file.split('/', 1)[0] ?? '';
  return tree.members.has(folder) ? folder : undefined;
}

export function isSource(tree: Tree, file: string): boolean {
  const member = memberOf(tree, file);
  return member !== undefined && file.startsWith(`${member}/src/`);
}

/** The file inside the checkout that a relative specifier names. */
export function resolveRelative(from: string, specifier: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier));
}
