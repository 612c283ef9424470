/** From what the schema says of a value to a sentence with a position and a hint. */
import type { z } from 'zod';
import { formatPath, type ConfigError, type ConfigPath } from './config-error.ts';
import { meantHint } from './nearest.ts';
import { keysAt } from './schema-walk.ts';
import type { Position, YamlSource } from './yaml-source.ts';

/** Mistakes, and the part of the data they spoil. */
export interface Flaw {
  readonly errors: readonly ConfigError[];
  /** The value that cannot be used; everything beside it can. With `keys`, only those of the map there. */
  readonly spoilt: ConfigPath;
  readonly keys?: ReadonlySet<string>;
}

/** More unknown keys than this in one map are one kind of file taken for another. */
const maxUnknownKeys = 20;

export function explainIssue(issue: z.core.$ZodIssue, source: YamlSource, base: ConfigPath = []): readonly Flaw[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return [unknownKeys(issue.keys, path, source)];
  if (issue.code === 'invalid_union') return explainUnion(issue, path, source);
  if (issue.code === 'invalid_key') {
    const message = `"${shorten(String(path.at(-1)))}": ${issue.issues[0]?.message ?? issue.message}`;
    return [flaw(path, source.keyPositionOf(path), message, keyHint(path))];
  }
  const { message, hint } = describe(issue, path, source);
  return [flaw(path, source.positionOf(path), message, hint)];
}

function flaw(path: ConfigPath, position: Position, message: string, hint: string | null): Flaw {
  return { errors: [{ path: formatPath(path), ...position, message, hint }], spoilt: path };
}

function unknownKeys(keys: readonly string[], parent: ConfigPath, source: YamlSource): Flaw {
  const known = keysAt(parent);
  const errors = keys.slice(0, maxUnknownKeys).map((key) => ({
    path: formatPath(parent),
    ...source.keyPositionOf([...parent, key]),
    message: `unknown key "${shorten(key)}"`,
    hint: meantHint(key, known, 'keys here'),
  }));
  return { errors, spoilt: parent, keys: new Set(keys) };
}

/** Speaks of the branch that got furthest; of what the union wants when no branch fits the kind of value at all. */
function explainUnion(issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>, path: ConfigPath, source: YamlSource): readonly Flaw[] {
  const value = valueAt(source.value, path);
  const branches = issue.errors.filter((branch) => !branch.some((inner) => inner.path.length === 0 && isOfOtherKind(inner, value)));
  const depth = (branch: readonly z.core.$ZodIssue[]): number => Math.max(0, ...branch.map((inner) => inner.path.length));
  const furthest = branches.toSorted((a, b) => depth(b) - depth(a))[0];
  if (furthest !== undefined) return furthest.flatMap((inner) => explainIssue(inner, source, path));
  return [flaw(path, source.positionOf(path), `${issue.message}; this is ${kindOf(value)}`, null)];
}

function isOfOtherKind(issue: z.core.$ZodIssue, value: unknown): boolean {
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof value !== 'string');
}

function describe(issue: z.core.$ZodIssue, path: ConfigPath, source: YamlSource): { readonly message: string; readonly hint: string | null } {
  const value = valueAt(source.value, path);
  if (issue.code === 'invalid_type') {
    if (value === undefined) return { message: `"${String(path.at(-1))}" is missing`, hint: null };
    const text = source.textOf(path);
    const quote = issue.expected === 'string' && text !== undefined && text !== '' && typeof value !== 'object';
    return { message: `expected ${wanted(issue.expected)}, found ${kindOf(value)}`, hint: quote ? `put it in quotes: "${shorten(text)}"` : null };
  }
  if (issue.code === 'invalid_value') {
    const choices = issue.values.map(String);
    if (typeof value === 'string') return { message: `"${shorten(value)}" is not one of ${choices.join(', ')}`, hint: nearHint(value, choices) };
    if (value === undefined) return { message: `"${String(path.at(-1))}" is missing`, hint: `one of ${choices.join(', ')}` };
    return { message: `expected one of ${choices.join(', ')}, found ${kindOf(value)}`, hint: null };
  }
  if (issue.code === 'too_small' && issue.origin !== 'string') return { message: bound('less', 'at least', issue.minimum, issue.origin), hint: null };
  if (issue.code === 'too_big' && issue.origin !== 'string') return { message: bound('more', 'at most', issue.maximum, issue.origin), hint: null };
  return { message: issue.message, hint: null };
}

function bound(way: 'less' | 'more', word: string, limit: number | bigint, origin: string): string {
  const unit = origin === 'array' ? ' elements' : '';
  return `this is ${way} than is allowed: ${word} ${limit}${unit}`;
}

function nearHint(value: string, choices: readonly string[]): string | null {
  const hint = meantHint(value, choices, '');
  return hint.startsWith('did you mean') ? hint : null;
}

function keyHint(path: ConfigPath): string | null {
  const key = String(path.at(-1));
  const tidy = key
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '')
    .slice(0, 64);
  return tidy === '' || tidy === key || path[0] === 'prices' ? null : `for example ${tidy}`;
}

const wantedWords: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function wanted(expected: string): string {
  return wantedWords[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return 'a number';
  return typeof value;
}

export function valueAt(data: unknown, path: ConfigPath): unknown {
  let here = data;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
