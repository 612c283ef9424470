/** What the documents point at is there: relative links, and paths in code marks that begin with a folder of this repository, seen from its root or from the document. */
import path from 'node:path';
import { lineAt, type TextFile, type Tree, type Violation } from './tree.ts';

const ownFolders = ['bin', 'scripts', 'test', 'bench', 'docs', 'examples'];

export function checkLinks(tree: Tree): readonly Violation[] {
  const exists = (target: string): boolean => tree.paths.has(target) || [...tree.paths].some((file) => file.startsWith(`${target.replace(/\/$/u, '')}/`));
  const folders = [...ownFolders, ...tree.members.keys()];
  return tree.files
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((file) => {
      const beside = (target: string): string => path.posix.join(path.posix.dirname(file.path), target);
      const wrongLinks = relativeLinks(file).filter(({ target }) => !exists(beside(target)));
      const wrongPaths = markedPaths(file, folders).filter(({ target }) => !exists(target) && !exists(beside(target)));
      return [...wrongLinks, ...wrongPaths].map((each) => violation(file, each));
    });
}

interface Pointer {
  readonly target: string;
  readonly line: number;
}

function relativeLinks(file: TextFile): readonly Pointer[] {
  return [...file.text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/gu)]
    .filter((match) => !/^[a-z]+:/u.test(match[1] ?? ''))
    .map((match) => ({ target: match[1] ?? '', line: lineAt(file.text, match.index) }));
}

function markedPaths(file: TextFile, folders: readonly string[]): readonly Pointer[] {
  return [...file.text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\/?)`/gu)]
    .filter((match) => folders.includes(match[1]?.split('/', 1)[0] ?? ''))
    .map((match) => ({ target: match[1] ?? '', line: lineAt(file.text, match.index) }));
}

function violation(file: TextFile, { target, line }: Pointer): Violation {
  return { rule: 'links', file: file.path, line, message: `${target} does not exist` };
}
