/** What an import gathers, in the words of our configuration file. */
import type { ConfigAdditions } from '../add-agent.ts';
import type { WrittenAgent } from '../config-schema.ts';
import { wellKnownProviders } from '../models.ts';
import { parseConfig } from '../parse-config.ts';
import { stringify } from 'yaml';
import { isRecord, slug } from './foreign-data.ts';

export interface ImportFile {
  /** Relative to what the person named, with `/` between its parts. */
  readonly path: string;
  readonly text: string;
}

type Fields = Partial<Record<keyof WrittenAgent, unknown>>;

export class Harvest {
  readonly agents = new Map<string, Fields>();
  readonly notes: string[] = [];
  readonly unsupported: string[] = [];
  readonly #bindings: Record<string, unknown>[] = [];
  readonly #providers = new Map<string, Record<string, unknown>>();
  /** From names over there to ids here. */
  readonly #ids = new Map<string, string>();

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  leaveOut(text: string): void {
    if (!this.unsupported.includes(text)) this.unsupported.push(text);
  }

  /** A free id made of `name`, and the entry for it. */
  addAgent(name: string, fields: Fields): string {
    const id = this.#freeId(name);
    if (id !== name) this.note(`${name} is called ${id} here`);
    if (!this.#ids.has(name)) this.#ids.set(name, id);
    this.agents.set(id, withoutUndefined(fields));
    return id;
  }

  idOf(name: string): string | undefined {
    return this.#ids.get(name);
  }

  addBinding(binding: Record<string, unknown>): void {
    this.#bindings.push(withoutUndefined(binding));
  }

  /** A provider of that description; the name of the one there is when it is the same. */
  addProvider(wish: string, provider: Record<string, unknown>): string {
    const tidy = slug(wish) || 'imported';
    for (const [name, known] of this.#providers) if (JSON.stringify(known) === JSON.stringify(provider)) return name;
    let name = tidy;
    for (let count = 2; this.#providers.has(name) || Object.hasOwn(wellKnownProviders, name); count++) name = `${tidy}-${count}`;
    this.#providers.set(name, provider);
    return name;
  }

  #freeId(name: string): string {
    const base = slug(name) || 'agent';
    let id = base;
    for (let count = 2; this.agents.has(id); count++) id = `${base.slice(0, 60)}-${count}`;
    return id;
  }

  additions(): ConfigAdditions {
    return {
      agents: [...this.agents].map(([id, agent]) => ({ id, agent })),
      bindings: this.#bindings,
      providers: Object.fromEntries(this.#providers),
    };
  }

  #data(): object {
    return { agents: Object.fromEntries(this.agents), bindings: this.#bindings, providers: Object.fromEntries(this.#providers) };
  }

  /** Takes out what our own check refuses, with the reason; a tool policy that cannot be kept becomes one that allows nothing. */
  settle(): void {
    for (let round = 0; round < 50; round++) {
      if (this.agents.size === 0) return;
      const { errors } = parseConfig(stringify(this.#data(), { lineWidth: 0 }), { file: 'import' });
      const [first] = errors;
      if (first === undefined) return;
      this.#takeOut(first.path, `${first.message}${first.hint === null ? '' : ` (${first.hint})`}`);
    }
    this.agents.clear();
  }

  #takeOut(path: string, reason: string): void {
    const binding = /^bindings\[(\d+)\]/.exec(path)?.[1];
    const listed = /^agents\.([^.[]+)\.tools(?:\.(allow|also_allow))?\[(\d+)\]$/.exec(path);
    const [, id, field] = /^agents\.([^.[]+)(?:\.([^.[]+))?/.exec(path) ?? [];
    const provider = /^providers\.([^.[]+)/.exec(path)?.[1];
    this.leaveOut(`${path}: ${reason}`);
    if (listed !== null) this.#dropAllowed(listed[1] ?? '', listed[2], Number(listed[3]));
    else if (binding !== undefined) this.#bindings.splice(Number(binding), 1);
    else if (id !== undefined && field !== undefined) this.#dropField(id, field);
    else if (id !== undefined) this.agents.delete(id);
    else if (provider !== undefined) this.#providers.delete(provider);
    else this.agents.clear();
  }

  /** Taking a tool out of what is allowed only narrows. */
  #dropAllowed(id: string, list: string | undefined, index: number): void {
    const fields = this.agents.get(id) ?? {};
    const without = (names: unknown): unknown => (Array.isArray(names) ? names.toSpliced(index, 1) : names);
    const { tools } = fields;
    if (list === undefined) this.agents.set(id, { ...fields, tools: without(tools) });
    else if (isRecord(tools)) this.agents.set(id, { ...fields, tools: { ...tools, [list]: without(tools[list]) } });
  }

  #dropField(id: string, field: string): void {
    const ofTools = field === 'tools' || field === 'toolsets';
    const kept = Object.entries(this.agents.get(id) ?? {}).filter(([name]) => name !== field && !(ofTools && (name === 'tools' || name === 'toolsets')));
    if (ofTools) this.note(`${id} may use no tool until its tools are written anew`);
    this.agents.set(id, { ...Object.fromEntries(kept), ...(ofTools ? { tools: [] } : {}) });
  }
}

function withoutUndefined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
