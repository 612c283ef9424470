/** A file has one purpose and fits in a head. */
import { isCode, isSource, type Tree, type Violation } from './tree.ts';

const maxLines = 600;

export function checkSizes(tree: Tree): readonly Violation[] {
  return tree.files
    .filter((file) => (isCode(file) || /\.(css|sql)$/u.test(file.path)) && file.lineCount > maxLines)
    .map((file) => ({ rule: 'sizes', file: file.path, message: `${file.lineCount} lines; ${maxLines} is the most. Split it by purpose` }));
}

/** The lengths of source files: how many, the median, the ninetieth of a hundred, and the longest. */
export function sizeFigures(tree: Tree): { readonly count: number; readonly median: number; readonly p90: number; readonly longest: number } {
  const lengths = tree.files
    .filter((file) => isCode(file) && isSource(tree, file.path))
    .map((file) => file.lineCount)
    .toSorted((a, b) => a - b);
  const at = (share: number): number => lengths[Math.min(lengths.length - 1, Math.floor(lengths.length * share))] ?? 0;
  return { count: lengths.length, median: at(0.5), p90: at(0.9), longest: lengths.at(-1) ?? 0 };
}
