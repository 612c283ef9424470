/** Adding agents to a configuration file without losing its comments. */
import { done, refuse, type Settled } from '@guildhall/protocol';
import { isMap, isScalar, isSeq, parseDocument, visit, type Document } from 'yaml';
import { formatConfigError, type ConfigError } from './config-error.ts';
import type { Config } from './config.ts';
import { parseConfig } from './parse-config.ts';
import { canonicalRoleName } from './role-names.ts';

/** One entry of the file, in its words: `{model: …, dm_scope: …}`. Checked when it is added. */
export type FileEntry = Readonly<Record<string, unknown>>;

export interface ConfigAdditions {
  readonly agents: readonly { readonly id: string; readonly agent: FileEntry }[];
  readonly bindings?: readonly FileEntry[];
  readonly providers?: Readonly<Record<string, FileEntry>>;
  readonly roles?: Readonly<Record<string, FileEntry>>;
}

export interface NewAgent {
  readonly id: string;
  readonly agent: FileEntry;
  readonly bindings?: readonly FileEntry[];
}

/** The text with one agent more, and bindings to it; see `addToConfig`. */
export function addAgentToConfig(text: string, added: NewAgent): Settled<string> {
  return addToConfig(text, { agents: [{ id: added.id, agent: added.agent }], bindings: added.bindings ?? [] });
}

/**
 * The text with everything added, valid as a whole, or a refusal: `already-exists` for an agent, provider or role that is there, `invalid-config` when the file or what
 * would become of it is not valid. The implicit `main` of a file without agents becomes an entry, so that it is not lost.
 */
export function addToConfig(text: string, added: ConfigAdditions): Settled<string> {
  const before = parseConfig(text, { file: 'guildhall.yaml' });
  if (before.config === undefined)
    return refuse('invalid-config', `the file has errors already, so nothing was added: ${describeFirst(before.errors)}. Run: guildhall config check`);
  const document = parseDocument(text, { stringKeys: true, logLevel: 'error' });
  keepIds(document);
  const section = document.get('agents');
  const hadAgents = isMap(section) && section.items.length > 0;
  const taken = findTaken(before.config, added, hadAgents);
  if (taken !== undefined) return taken;
  const roles = Object.entries(added.roles ?? {});
  if (added.agents.length > 0) addAgents(document, added, hadAgents);
  if (roles.length > 0) ensureMap(document, 'roles');
  for (const [name, role] of roles) document.setIn(['roles', name], document.createNode(role));
  addBindings(document, added.bindings ?? []);
  if (Object.keys(added.providers ?? {}).length > 0) ensureMap(document, 'providers');
  for (const [name, provider] of Object.entries(added.providers ?? {})) document.setIn(['providers', name], document.createNode(provider));
  const result = document.toString({ lineWidth: 0 });
  const after = parseConfig(result, { file: 'guildhall.yaml' });
  if (after.config === undefined) return refuse('invalid-config', `the file would not be valid, so nothing was added: ${describeFirst(after.errors)}`);
  return done(result);
}

function findTaken(config: Config, added: ConfigAdditions, hadAgents: boolean): Settled<never> | undefined {
  const agent = added.agents.find(({ id }) => hadAgents && config.agents.has(id))?.id;
  if (agent !== undefined) return refuse('already-exists', `there is an agent ${agent} already. Choose another id, or edit the file`, { agent });
  const provider = Object.keys(added.providers ?? {}).find((name) => config.providers.has(name));
  if (provider !== undefined) return refuse('already-exists', `there is a provider ${provider} already. Rename one of them`, { provider });
  const names = new Set(Object.keys(added.roles ?? {}).map((name) => canonicalRoleName(name)));
  const role = [...config.roles.keys()].find((name) => names.has(canonicalRoleName(name)));
  if (role === undefined) return undefined;
  return refuse('already-exists', `the file says something of the role ${role} already. Take it out of the file, or out of what is added`, { role });
}

function addAgents(document: Document, added: ConfigAdditions, hadAgents: boolean): void {
  ensureMap(document, 'agents');
  if (!hadAgents && !added.agents.some(({ id }) => id === 'main')) document.setIn(['agents', 'main'], document.createNode({}));
  for (const { id, agent } of added.agents) document.setIn(['agents', id], document.createNode(agent));
}

function describeFirst(errors: readonly ConfigError[]): string {
  const [first] = errors;
  return first === undefined ? 'unknown' : formatConfigError('guildhall.yaml', first);
}

/** A number is printed from its value, and a long id would lose digits; as text it keeps them, and an id is text anyway. */
function keepIds(document: Document): void {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'number' && node.source !== undefined && String(node.value) !== node.source && !/[.eExX]/.test(node.source))
        node.value = node.source;
    },
  });
}

function ensureMap(document: Document, key: string): void {
  const node = document.get(key, true);
  if (node === undefined || (isScalar(node) && node.value === null)) document.set(key, document.createNode({}, { flow: false }));
  const map = document.get(key, true);
  if (isMap(map) && map.items.length === 0) map.flow = false;
}

function addBindings(document: Document, bindings: readonly FileEntry[]): void {
  if (bindings.length === 0) return;
  const node = document.get('bindings', true);
  if (!isSeq(node)) document.set('bindings', document.createNode([]));
  const list = document.get('bindings', true);
  if (!isSeq(list)) return;
  if (list.items.length === 0) list.flow = false;
  for (const binding of bindings) list.add(document.createNode(binding));
}
