/** Hermes: one directory for each profile (`config.yaml`, `SOUL.md`), or one file with `agents:` and `bindings:`. */
import { wellKnownProviders } from '../models.ts';
import { isKnownPlatform } from '../platforms.ts';
import { isToolProfile, toolNames } from '../tool-names.ts';
import { isTextAt } from '../schema-walk.ts';
import { readYaml } from '../yaml-source.ts';
import type { Harvest, ImportFile } from './harvest.ts';
import { isRecord, said, textsIn } from './foreign-data.ts';
import { translateServers, type ToolMap } from './translate.ts';

const toolsets: ToolMap = {
  web: ['web_search', 'web_extract'],
  search: ['web_search'],
  terminal: ['terminal', 'process'],
  file: ['read_file', 'write_file', 'patch', 'search_files'],
  code_execution: ['execute_code'],
  memory: ['memory'],
  session_search: ['session_search'],
  todo: ['todo'],
  clarify: ['clarify'],
  delegation: ['delegate_task'],
  vision: ['vision_analyze'],
  image_gen: ['image_generate'],
  tts: ['text_to_speech'],
  messaging: ['send_message'],
};

const knownFiles = /(^|\/)(config\.ya?ml|SOUL\.md|[^/]+\.ya?ml)$/i;

export function importHermes(files: readonly ImportFile[], harvest: Harvest): void {
  const directories = Map.groupBy(files, (file) => file.path.split('/').slice(0, -1).join('/'));
  for (const [directory, members] of directories) importDirectory(directory, members, harvest);
}

function importDirectory(directory: string, members: readonly ImportFile[], harvest: Harvest): void {
  const soul = members.find((file) => /(^|\/)SOUL\.md$/i.test(file.path))?.text.trim();
  const configs = members.filter((file) => /\.ya?ml$/i.test(file.path));
  for (const file of members) if (!knownFiles.test(file.path)) harvest.leaveOut(describeFile(file.path));
  const read = configs.map((file) => ({ path: file.path, data: readData(file, harvest) }));
  for (const { path, data } of read) if (isRecord(data) && isRecord(data['agents'])) importTeam(data, path, harvest);
  const profile = read.find(({ data }) => isRecord(data) && !isRecord(data['agents']))?.data;
  if (profile === undefined && (soul === undefined || soul === '' || read.length > 0)) return;
  importProfile(directory.split('/').at(-1) ?? '', isRecord(profile) ? profile : {}, soul === '' ? undefined : soul, harvest);
}

function describeFile(path: string): string {
  if (/(^|\/)\.env/.test(path)) return `${path}: keys; put them into the environment of the daemon`;
  if (/(^|\/)(MEMORY|USER)\.md$/i.test(path)) return `${path}: memory; copy it into memory/ of the agent's workspace`;
  return path;
}

function readData(file: ImportFile, harvest: Harvest): unknown {
  const reading = readYaml(file.text, (path) => isTextAt(path) || (path[0] === 'bindings' && path.length > 1));
  if (reading.ok) return reading.source.value;
  harvest.leaveOut(`${file.path}: line ${reading.errors[0]?.line}: ${reading.errors[0]?.message}`);
  return undefined;
}

/** A directory under `profiles/` is a profile of that name; the home itself is the default one. */
function importProfile(directory: string, config: Record<string, unknown>, soul: string | undefined, harvest: Harvest): void {
  const name = directory === '' || directory === '.hermes' || directory === 'hermes' ? 'main' : directory;
  const { model, toolsets: sets, agent, fallback_model: fallback, memory, mcp_servers: servers, delegation, provider, base_url: baseUrl, ...rest } = config;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${name}: ${key}`);
  const settings = isRecord(agent) ? agent : {};
  const { max_turns: maxTurns, reasoning_effort: effort, system_prompt: prompt, ...otherSettings } = settings;
  for (const key of Object.keys(otherSettings)) harvest.leaveOut(`${name}: agent.${key}`);
  if (isRecord(memory)) for (const key of Object.keys(memory)) if (key !== 'memory_enabled') harvest.leaveOut(`${name}: memory.${key}`);
  harvest.addAgent(name, {
    model: modelOf(isRecord(model) ? model : { default: model, provider, base_url: baseUrl }, name, harvest),
    fallback_model: modelOf(isRecord(fallback) ? fallback : { default: fallback }, name, harvest),
    personality: soul ?? (typeof prompt === 'string' && prompt.trim() !== '' ? prompt : undefined),
    tools: translateToolsets(sets, name, harvest),
    max_turns: typeof maxTurns === 'number' ? maxTurns : undefined,
    reasoning: reasoningOf(effort, name, harvest),
    memory_enabled: isRecord(memory) && typeof memory['memory_enabled'] === 'boolean' ? memory['memory_enabled'] : undefined,
    mcp_servers: translateServers(servers, name, harvest),
    subagents: subagentsOf(delegation, name, harvest),
  });
}

function modelOf(model: Record<string, unknown>, who: string, harvest: Harvest): string | undefined {
  const { default: standard, model: named, name, model_name: modelName, provider, base_url: baseUrl, ...rest } = model;
  const text = [standard, named, name, modelName].find((value) => typeof value === 'string' && value !== '');
  for (const key of Object.keys(rest)) harvest.leaveOut(`${who}: model.${key}${/key|token/i.test(key) ? '; secrets are not taken over' : ''}`);
  if (typeof text !== 'string') return undefined;
  if (typeof baseUrl === 'string' && baseUrl !== '' && (provider === undefined || provider === 'custom' || provider === 'ollama')) {
    const there = harvest.addProvider(typeof provider === 'string' ? provider : 'custom', { type: 'openai-compatible', base_url: baseUrl });
    harvest.note(`${who}: the model server ${baseUrl} is the provider ${there}; add its api_key where it needs one`);
    return `${there}/${text}`;
  }
  if (typeof provider === 'string' && provider !== 'auto' && Object.hasOwn(wellKnownProviders, provider))
    return text.startsWith(`${provider}/`) ? text : `${provider}/${text}`;
  if (typeof provider === 'string' && provider !== 'auto')
    harvest.note(`${who}: the provider ${provider} is not known here; ${text} is asked for as it stands`);
  return text;
}

function reasoningOf(effort: unknown, who: string, harvest: Harvest): string | undefined {
  if (effort === undefined) return undefined;
  if (effort === 'low' || effort === 'medium' || effort === 'high') return effort;
  if (effort === 'none' || effort === 'off' || effort === false) return 'off';
  const taken = effort === 'minimal' ? 'low' : 'high';
  harvest.note(`${who}: reasoning_effort ${said(effort)} was taken as ${taken}`);
  return taken;
}

function translateToolsets(sets: unknown, who: string, harvest: Harvest): unknown {
  if (sets === undefined) return undefined;
  const tools = new Set<string>();
  for (const name of textsIn(sets)) {
    if (/^hermes-|^(all|\*)$/.test(name)) {
      harvest.note(`${who}: the toolset ${name} was taken as the profile full`);
      return 'full';
    }
    const members = Object.hasOwn(toolsets, name) ? toolsets[name] : undefined;
    if (members === undefined) harvest.leaveOut(`${who}: the toolset ${name} has no counterpart`);
    for (const tool of members ?? []) tools.add(tool);
  }
  return [...tools];
}

function subagentsOf(delegation: unknown, who: string, harvest: Harvest): unknown {
  if (!isRecord(delegation)) return undefined;
  const { model, provider, max_spawn_depth: depth, max_concurrent_children: children, ...rest } = delegation;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${who}: delegation.${key}`);
  const chosen = typeof model === 'string' && model !== '' ? modelOf({ model, provider }, who, harvest) : undefined;
  const subagents = {
    ...(chosen === undefined ? {} : { model: chosen }),
    ...(typeof depth === 'number' ? { max_depth: depth } : {}),
    ...(typeof children === 'number' ? { max_children: children } : {}),
  };
  return Object.keys(subagents).length === 0 ? undefined : subagents;
}

const agentFields = new Set([
  'description',
  'default',
  'model',
  'provider',
  'personality',
  'workspace',
  'toolsets',
  'tools',
  'reasoning',
  'max_turns',
  'sandbox',
  'fallback_model',
  'memory_enabled',
  'subagents',
  'dm_scope',
  'budget',
]);

function importTeam(data: Record<string, unknown>, path: string, harvest: Harvest): void {
  const { agents, bindings, ...rest } = data;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${path}: ${key}`);
  for (const [name, entry] of Object.entries(isRecord(agents) ? agents : {})) importMember(name, isRecord(entry) ? entry : {}, harvest);
  for (const [index, entry] of (Array.isArray(bindings) ? bindings : []).entries()) importBinding(entry, `${path}: bindings[${index}]`, harvest);
}

function importMember(name: string, entry: Record<string, unknown>, harvest: Harvest): void {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (key === 'tool_policy') fields['tools'] = value;
    else if (key === 'mcp_servers') fields['mcp_servers'] = translateServers(value, name, harvest);
    else if (agentFields.has(key)) fields[key] = value;
    else harvest.leaveOut(`${name}: ${key}`);
  }
  if (Array.isArray(fields['toolsets'])) {
    const unknownSets = textsIn(fields['toolsets']).some((set) => !isToolProfile(set));
    if (unknownSets && fields['tools'] === undefined) fields['tools'] = translateToolsets(fields['toolsets'], name, harvest);
    else if (unknownSets) harvest.leaveOut(`${name}: toolsets beside tools`);
    if (unknownSets) delete fields['toolsets'];
  }
  if (Array.isArray(fields['tools'])) fields['tools'] = keepKnown(textsIn(fields['tools']), name, harvest);
  harvest.addAgent(name, fields);
}

function keepKnown(tools: readonly string[], who: string, harvest: Harvest): readonly string[] {
  return tools.filter((tool) => {
    const known = (toolNames as readonly string[]).includes(tool) || /^(\*|group:|mcp:)/.test(tool);
    if (!known) harvest.leaveOut(`${who}: the tool ${tool} has no counterpart`);
    return known;
  });
}

const bindingKeys: Readonly<Record<string, string>> = {
  agent: 'agent',
  platform: 'platform',
  account: 'account',
  account_id: 'account',
  chat: 'chat',
  chat_id: 'chat',
  peer: 'peer',
  peer_id: 'peer',
  user_id: 'peer',
  guild: 'guild',
  guild_id: 'guild',
  team: 'team',
  team_id: 'team',
  chat_type: 'chat_type',
  type: 'chat_type',
  thread: 'thread',
  thread_id: 'thread',
};

/** A binding with a key that means nothing here is left out: without the key it would match more. */
function importBinding(entry: unknown, where: string, harvest: Harvest): void {
  if (!isRecord(entry)) return harvest.leaveOut(where);
  const { match, ...own } = entry;
  const binding: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...own, ...(isRecord(match) ? match : {}) })) {
    const here = isKnownPlatform(key) ? key : Object.hasOwn(bindingKeys, key) ? bindingKeys[key] : undefined;
    if (here === undefined) return harvest.leaveOut(`${where}: ${key} has no counterpart, so the whole binding`);
    binding[here] = value;
  }
  const agent = harvest.idOf(said(binding['agent']));
  if (agent === undefined) return harvest.leaveOut(`${where}: there is no agent ${said(binding['agent'])}`);
  return harvest.addBinding({ ...binding, agent });
}
