/** Names that hide what a thing is are refused: in paths, and in what a file exports. */
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { isCode, type Tree, type Violation } from './tree.ts';

const emptyWords = ['util', 'utils', 'utilities', 'common', 'shared', 'helper', 'helpers', 'manager', 'managers', 'service', 'services', 'misc', 'stuff'];
const emptyEndings = /(Utils?|Helpers?|Manager|Service|Impl)$|^I[A-Z][a-z]/u;

export function checkNames(tree: Tree): readonly Violation[] {
  return tree.files.filter(isCode).flatMap((file) => [...checkPath(file.path), ...checkExports(file.path, file.text)]);
}

function checkPath(file: string): readonly Violation[] {
  const words = file
    .slice(0, -path.extname(file).length)
    .split('/')
    .flatMap((segment) => segment.split(/[-.]/u));
  const empty = words.find((word) => emptyWords.includes(word));
  if (empty === undefined) return [];
  return [{ rule: 'names', file, message: `"${empty}" says nothing about what is inside; name the file for what it does` }];
}

function checkExports(file: string, text: string): readonly Violation[] {
  const names = parseSync(file, text).module.staticExports.flatMap((each) => each.entries.flatMap((entry) => entry.exportName.name ?? []));
  return names
    .filter((name) => emptyEndings.test(name))
    .map((name) => ({ rule: 'names', file, message: `export "${name}": say what it is, without the empty word` }));
}
