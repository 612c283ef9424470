/**
 * YAML text as plain data that knows its positions. Plain YAML 1.2 only: no tags of its own, no merge keys, no second document, aliases in moderation. Where the
 * schema wants an id the scalar's own text is kept, so `-100123456789012345` loses no digit and `0755` no zero.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair, type YAMLError } from 'yaml';
import { formatPath, inFileOrder, type ConfigError, type ConfigPath } from './config-error.ts';
import { findSizeProblem, findTextProblem, type TextProblem } from './yaml-limits.ts';

const maxDepth = 40;
const maxNodes = 50_000;
const maxAliases = 100;
const plainTags = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`));
const reservedKeys = new Set(['__proto__', 'constructor', 'prototype']);

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlSource {
  /** Objects, arrays, strings, numbers, booleans and null. `undefined` for an empty text. */
  readonly value: unknown;
  /** Where the value at `path` starts; of a path that is not there, where its nearest ancestor is. */
  positionOf(path: ConfigPath): Position;
  /** Where the key of the map entry at `path` starts. */
  keyPositionOf(path: ConfigPath): Position;
  /** The text of the scalar at `path` as it stands in the file, without quotes. */
  textOf(path: ConfigPath): string | undefined;
}

export type YamlReading = { readonly ok: true; readonly source: YamlSource } | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads `text`. `isText` says whether the scalar at a path is wanted as its own text, whatever YAML would make of it. */
export function readYaml(text: string | Uint8Array, isText: (path: ConfigPath) => boolean): YamlReading {
  const tooLarge = findSizeProblem(typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength);
  if (tooLarge !== undefined) return oneError(tooLarge, '');
  const decoded = decodeText(text);
  if (decoded === undefined) return oneError({ offset: 0, message: 'the file is not UTF-8 text', hint: 'save it as UTF-8' }, '');
  const problem = findTextProblem(decoded);
  if (problem !== undefined) return oneError(problem, decoded);
  const lines = new LineCounter();
  const document = parseDocument(decoded, { lineCounter: lines, stringKeys: true, uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const errors = document.errors.map((error) => syntaxError(error, lines));
  if (document.directives.yaml.version !== '1.2')
    errors.push({ path: '', line: 1, column: 1, message: 'only YAML 1.2 is read', hint: 'remove the %YAML line' });
  if (errors.length > 0) return { ok: false, errors: inFileOrder(errors).slice(0, 20) };
  return new Conversion(document, lines, isText).run();
}

function decodeText(text: string | Uint8Array): string | undefined {
  if (typeof text === 'string') return text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    return undefined;
  }
}

function oneError(problem: TextProblem, text: string): YamlReading {
  const before = text.slice(0, problem.offset).split('\n');
  const position = { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  return { ok: false, errors: [{ path: '', ...position, message: problem.message, hint: problem.hint }] };
}

const syntaxHints: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BLOCK_AS_IMPLICIT_KEY: 'put a value that contains ": " in quotes',
  MISSING_CHAR: 'a quote or bracket is not closed',
  MULTIPLE_DOCS: 'keep one document: remove the --- between them',
  NON_STRING_KEY: 'keys are plain words',
};

function syntaxError(error: YAMLError, lines: LineCounter): ConfigError {
  const { line, col } = lines.linePos(error.pos[0]);
  return {
    path: '',
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    message: error.message.split('\n')[0] ?? error.code,
    hint: syntaxHints[error.code] ?? null,
  };
}

interface Place {
  readonly value: number;
  readonly key: number;
  readonly text?: string;
}

/** One walk over the parsed document. */
class Conversion {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #isText: (path: ConfigPath) => boolean;
  readonly #places = new Map<string, Place>();
  readonly #anchors = new Map<string, Node>();
  readonly #errors: ConfigError[] = [];
  #nodes = 0;
  #aliases = 0;
  #overflowed = false;

  constructor(document: Document.Parsed, lines: LineCounter, isText: (path: ConfigPath) => boolean) {
    this.#document = document;
    this.#lines = lines;
    this.#isText = isText;
  }

  run(): YamlReading {
    const contents = this.#document.contents;
    const value = contents === null ? undefined : this.#convert(contents, [], 0, false);
    if (this.#errors.length > 0) return { ok: false, errors: inFileOrder(this.#errors).slice(0, 20) };
    return {
      ok: true,
      source: {
        value: value ?? undefined,
        positionOf: (path) => this.#position(this.#placeOf(path).value),
        keyPositionOf: (path) => this.#position(this.#placeOf(path).key),
        textOf: (path) => this.#places.get(keyOf(path))?.text,
      },
    };
  }

  #convert(node: Node, path: ConfigPath, keyOffset: number, aliased: boolean): unknown {
    if (this.#overflowed) return undefined;
    const offset = node.range?.[0] ?? keyOffset;
    this.#nodes++;
    if (this.#nodes > maxNodes) return this.#overflow(offset, `the file expands to more than ${maxNodes} values`, 'use fewer aliases');
    if (path.length > maxDepth) return this.#overflow(offset, `values nest deeper than ${maxDepth} levels`, null);
    if (isAlias(node)) return this.#convertAlias(node.source, path, offset, keyOffset);
    if (node.tag !== undefined && !plainTags.has(node.tag))
      this.#refuse(path, offset, `the tag ${node.tag.slice(0, 80)} is not allowed`, 'write a plain value');
    if (node.anchor !== undefined && !aliased) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#convertScalar(node.value, node.source, path, { value: offset, key: keyOffset });
    this.#places.set(keyOf(path), { value: offset, key: keyOffset });
    if (isSeq<Node>(node)) return node.items.map((item, index) => this.#convert(item, [...path, index], item.range?.[0] ?? offset, aliased));
    if (isMap<Node, Node | null>(node)) return this.#convertMap(node.items, path, offset, aliased);
    return this.#refuse(path, offset, 'this is not a value', null);
  }

  #convertScalar(value: unknown, written: string | undefined, path: ConfigPath, place: Place): unknown {
    const text = written ?? (typeof value === 'string' ? value : undefined);
    this.#places.set(keyOf(path), text === undefined ? place : { ...place, text });
    if (typeof value === 'string' && value.includes('\0')) return this.#refuse(path, place.value, 'a NUL character stands in this text', 'remove it');
    if (typeof value !== 'string' && value !== null && text !== undefined && this.#isText(path)) return text;
    return value;
  }

  #convertAlias(name: string, path: ConfigPath, offset: number, keyOffset: number): unknown {
    this.#aliases++;
    if (this.#aliases > maxAliases) return this.#overflow(offset, `the file uses more than ${maxAliases} aliases`, 'write the values out');
    const target = this.#anchors.get(name);
    if (target === undefined) return this.#refuse(path, offset, `the alias *${name.slice(0, 80)} has no anchor before it`, null);
    return this.#convert(target, path, keyOffset, true);
  }

  #convertMap(items: readonly Pair<Node, Node | null>[], path: ConfigPath, mapOffset: number, aliased: boolean): unknown {
    const map: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : undefined;
      const offset = key?.range?.[0] ?? mapOffset;
      if (name === undefined) {
        this.#refuse(path, offset, 'this key is not a plain word', 'keys are plain words');
        continue;
      }
      const here = [...path, name];
      if (!this.#acceptKey(name, here, offset, map)) continue;
      if (value === null) this.#places.set(keyOf(here), { value: offset, key: offset });
      map[name] = value === null ? null : this.#convert(value, here, offset, aliased);
    }
    return map;
  }

  #acceptKey(name: string, path: ConfigPath, offset: number, map: object): boolean {
    if (reservedKeys.has(name)) return this.#refuse(path, offset, `"${name}" cannot be a key`, 'choose another name') ?? false;
    if (name === '<<') return this.#refuse(path, offset, 'merge keys (<<) are not read', 'write the keys out') ?? false;
    if (Object.hasOwn(map, name)) return this.#refuse(path, offset, `"${name.slice(0, 80)}" is there twice`, 'keep one of them') ?? false;
    return true;
  }

  #refuse(path: ConfigPath, offset: number, message: string, hint: string | null): undefined {
    if (this.#errors.length < 100) this.#errors.push({ path: formatPath(path), ...this.#position(offset), message, hint });
    return undefined;
  }

  #overflow(offset: number, message: string, hint: string | null): undefined {
    this.#overflowed = true;
    return this.#refuse([], offset, message, hint);
  }

  #placeOf(path: ConfigPath): Place {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(keyOf(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return { value: 0, key: 0 };
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

function keyOf(path: ConfigPath): string {
  return path.map((step) => (typeof step === 'number' ? `#${step}` : `.${step}`)).join('\0');
}
