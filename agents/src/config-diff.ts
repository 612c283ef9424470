/** What changed between two configuration texts: line by line for reading, key by key for meaning. */
import { formatPath, type ConfigPath } from './config-error.ts';
import { isTextAt } from './schema-walk.ts';
import { readYaml } from './yaml-source.ts';

export interface ConfigDiff {
  /** All lines of both texts, in order. */
  readonly lines: readonly LineChange[];
  /** Keys whose value differs, sorted by path; empty where only comments and layout changed. Null when one of the texts is not readable as YAML. */
  readonly keys: readonly KeyChange[] | null;
}

export interface LineChange {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

export interface KeyChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
}

export function diffConfigs(before: string, after: string): ConfigDiff {
  return { lines: diffLines(splitLines(before), splitLines(after)), keys: diffKeys(before, after) };
}

function splitLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Above this many cells the middle is shown as replaced as a whole, which is true and quick. */
const maxCells = 4_000_000;

function diffLines(before: readonly string[], after: readonly string[]): readonly LineChange[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const removed = before.slice(start, before.length - end);
  const added = after.slice(start, after.length - end);
  const middle =
    removed.length * added.length > maxCells
      ? [...removed.map((text) => line('-', text)), ...added.map((text) => line('+', text))]
      : diffMiddle(removed, added);
  return [...before.slice(0, start).map((text) => line(' ', text)), ...middle, ...before.slice(before.length - end).map((text) => line(' ', text))];
}

function line(sign: LineChange['sign'], text: string): LineChange {
  return { sign, text };
}

/** By the longest common subsequence. */
function diffMiddle(removed: readonly string[], added: readonly string[]): readonly LineChange[] {
  const width = added.length + 1;
  const common = new Uint32Array((removed.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = removed.length - 1; row >= 0; row--) {
    for (let column = added.length - 1; column >= 0; column--) {
      common[row * width + column] = removed[row] === added[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const changes: LineChange[] = [];
  let row = 0;
  let column = 0;
  while (row < removed.length || column < added.length) {
    const old = removed[row];
    const fresh = added[column];
    if (old !== undefined && old === fresh) {
      changes.push(line(' ', old));
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      changes.push(line('-', old));
      row++;
    } else {
      changes.push(line('+', fresh ?? ''));
      column++;
    }
  }
  return changes;
}

function diffKeys(before: string, after: string): readonly KeyChange[] | null {
  const old = readYaml(before, isTextAt);
  const fresh = readYaml(after, isTextAt);
  if (!old.ok || !fresh.ok) return null;
  const changes: KeyChange[] = [];
  compare(old.source.value, fresh.source.value, [], changes);
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function compare(old: unknown, fresh: unknown, path: ConfigPath, changes: KeyChange[]): void {
  if (!isCollection(old) || !isCollection(fresh) || Array.isArray(old) !== Array.isArray(fresh)) {
    if (old !== fresh) changes.push({ path: formatPath(path), change: old === undefined ? 'added' : fresh === undefined ? 'removed' : 'changed' });
    return;
  }
  const keys = new Set([...Object.keys(old), ...Object.keys(fresh)]);
  for (const key of keys) {
    const step = Array.isArray(old) ? Number(key) : key;
    compare(memberOf(old, key), memberOf(fresh, key), [...path, step], changes);
  }
}

function isCollection(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function memberOf(value: unknown, key: string): unknown {
  return isCollection(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
