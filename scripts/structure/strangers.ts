/** The repository speaks of the project alone, and of finished work. Written so that no pattern matches this file. */
import type { TextFile, Tree, Violation } from './tree.ts';

const patterns: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  { pattern: /\b[ACPT]-\d{2,3}\b/u, message: 'an id that means nothing to a reader; say the thing itself' },
  { pattern: /\.\.\/share[d]\b/u, message: 'a path outside the repository' },
  { pattern: /(^|[\s"'`(=:])\/work\/[\w.-]/u, message: 'a path of one machine' },
  { pattern: /registry\.(npmjs|yarnpkg)\.[a-z]+|npmmirro[r]|[Aa]rtifactor[y]|npm\.pkg\.githu[b]/u, message: 'the host of a package registry' },
  { pattern: /\b(TOD[O]|FIXM[E]|XX[X])\b(?! *")/u, message: 'unfinished work; finish it or delete it' },
  { pattern: /\bnot implemente[d]\b/iu, message: 'unfinished work; finish it or delete it' },
];

export function checkStrangers(tree: Tree): readonly Violation[] {
  return tree.files.filter((file) => file.path !== 'package-lock.json').flatMap(checkText);
}

function checkText(file: TextFile): readonly Violation[] {
  return file.text.split('\n').flatMap((line, index) =>
    patterns.flatMap(({ pattern, message }) => {
      const match = pattern.exec(line);
      return match === null ? [] : [{ rule: 'strangers', file: file.path, line: index + 1, message: `"${match[0].trim()}" is ${message}` }];
    }),
  );
}
