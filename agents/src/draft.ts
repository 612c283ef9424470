/** The healthy part of a configuration file, for checks that look at several values at once. */
import type { z } from 'zod';
import { formatPath, type ConfigError, type ConfigPath } from './config-error.ts';
import { configSchema, type WrittenAgent, type WrittenBinding, type WrittenConfig } from './config-schema.ts';
import { explainIssue, valueAt, type Flaw } from './explain-issue.ts';
import type { YamlSource } from './yaml-source.ts';

/** What of the file could be read. Names of spoilt entries stay known, so that one mistake does not make others out of what refers to it. */
export interface Draft {
  readonly written: WrittenConfig;
  readonly agents: ReadonlyMap<string, WrittenAgent>;
  /** With their place in the file's list. */
  readonly bindings: readonly { readonly index: number; readonly written: WrittenBinding }[];
  /** Every id under `agents:`, also of an entry that could not be read; `main` when there is none. */
  readonly agentIds: readonly string[];
  readonly providerNames: readonly string[];
  readonly roleNames: readonly string[];
  readonly actionNames: readonly string[];
  readonly riskClassNames: readonly string[];
}

/** Collects what checks find, with its position in the file. */
export class Findings {
  readonly errors: ConfigError[] = [];
  readonly warnings: ConfigError[] = [];
  readonly #source: YamlSource;

  constructor(source: YamlSource) {
    this.#source = source;
  }

  error(path: ConfigPath, message: string, hint: string | null = null): void {
    this.errors.push({ path: formatPath(path), ...this.#source.positionOf(path), message, hint });
  }

  /** An error about an entry's name, not its value. */
  keyError(path: ConfigPath, message: string, hint: string | null = null): void {
    this.errors.push({ path: formatPath(path), ...this.#source.keyPositionOf(path), message, hint });
  }

  warn(path: ConfigPath, message: string, hint: string | null = null): void {
    this.warnings.push({ path: formatPath(path), ...this.#source.positionOf(path), message, hint });
  }
}

/** Files with more mistakes than this are told of the first ones only. */
const maxExplained = 100;

/** The draft, and everything the schema refuses. */
export function readDraft(source: YamlSource): { readonly draft: Draft | undefined; readonly errors: readonly ConfigError[] } {
  const data = withoutEmptySections(source.value);
  const parsed = configSchema.safeParse(data);
  if (parsed.success) return { draft: draftOf(parsed.data, data, source), errors: [] };
  const flaws = parsed.error.issues.slice(0, maxExplained).flatMap((issue: z.core.$ZodIssue) => explainIssue(issue, source));
  const errors = flaws.flatMap((flaw) => flaw.errors);
  if (parsed.error.issues.length > maxExplained) return { draft: undefined, errors };
  const kept: number[] = [];
  const healthy = configSchema.safeParse(cutFlaws(data, flaws, kept));
  return { draft: healthy.success ? draftOf(healthy.data, data, source, kept) : undefined, errors };
}

/** `agents:` with nothing after it says as much as no `agents:`. */
function withoutEmptySections(value: unknown): unknown {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function draftOf(written: WrittenConfig, data: unknown, source: YamlSource, kept?: readonly number[]): Draft {
  // An object puts keys that look like numbers first; the file's own order counts.
  const entries = Object.entries(written.agents ?? {})
    .map(([id, agent]) => [id, agent ?? {}, source.keyPositionOf(['agents', id])] as const)
    .toSorted(([, , a], [, , b]) => a.line - b.line || a.column - b.column)
    .map(([id, agent]) => [id, agent] as const);
  const agents = new Map<string, WrittenAgent>(entries.length > 0 ? entries : [['main', {}]]);
  const named = namesAt(data, 'agents');
  return {
    written,
    agents,
    bindings: (written.bindings ?? []).map((binding, index) => ({ index: kept?.[index] ?? index, written: binding })),
    agentIds: named.length > 0 ? named : ['main'],
    providerNames: namesAt(data, 'providers'),
    roleNames: namesAt(data, 'roles'),
    actionNames: namesAt(data, 'actions'),
    riskClassNames: namesAt(data, 'risk_classes'),
  };
}

function namesAt(data: unknown, key: string): readonly string[] {
  const section = valueAt(data, [key]);
  return typeof section === 'object' && section !== null && !Array.isArray(section) ? Object.keys(section) : [];
}

/** The data without what is spoilt. `kept` receives the places of the bindings that stay. */
function cutFlaws(data: unknown, flaws: readonly Flaw[], kept: number[]): unknown {
  let rest = data;
  const spoiltBindings = new Set<number>();
  for (const { spoilt, keys } of flaws) {
    const [section, place] = spoilt;
    if (section === 'bindings' && typeof place === 'number') spoiltBindings.add(place);
    else if (keys !== undefined && section !== 'actions') rest = without(rest, spoilt, keys);
    else rest = withoutUnit(rest, smallestUnit(spoilt));
  }
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) return {};
  const bindings = valueAt(rest, ['bindings']);
  if (!Array.isArray(bindings)) return rest;
  kept.push(...bindings.keys().filter((index) => !spoiltBindings.has(index)));
  return { ...rest, bindings: bindings.filter((_, index) => !spoiltBindings.has(index)) };
}

function withoutUnit(data: unknown, unit: ConfigPath): unknown {
  return without(data, unit.slice(0, -1), new Set([String(unit.at(-1))]));
}

/** What has to go with a spoilt value: the field of an agent, role, handoff source or target, a provider, a folder of skills, an action, a class of risk, else the whole section. */
function smallestUnit(spoilt: ConfigPath): ConfigPath {
  const [section, , , field] = spoilt;
  if (section === 'agents' || section === 'roles' || section === 'skills') return spoilt.slice(0, 3);
  if (section === 'providers' || section === 'actions' || section === 'risk_classes') return spoilt.slice(0, 2);
  if (section === 'session_triggers') return spoilt.slice(0, field === 'allowed_targets' ? 3 : 4);
  return spoilt.slice(0, 1);
}

/** A copy in which the map at `path` lacks `keys`. */
function without(data: unknown, path: ConfigPath, keys: ReadonlySet<string>): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const [step, ...rest] = path;
  if (Array.isArray(data)) return data.map((item: unknown, index) => (index === step ? without(item, rest, keys) : item));
  const entries: [string, unknown][] = Object.entries(data);
  if (step === undefined) return Object.fromEntries(entries.filter(([key]) => !keys.has(key)));
  return Object.fromEntries(entries.map(([key, value]) => [key, key === step ? without(value, rest, keys) : value]));
}
