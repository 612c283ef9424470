/** OpenClaw: one JSON5-like file with `agents` and `bindings`. */
import { toolProfiles, isToolProfile } from '../tool-names.ts';
import { matchesPattern } from '@guildhall/authority';
import type { Harvest, ImportFile } from './harvest.ts';
import { readRelaxedJson } from './relaxed-json.ts';
import { isRecord, said, textsIn } from './foreign-data.ts';
import { translateAllowed, translateDenied, type ToolMap } from './translate.ts';

const tools: ToolMap = {
  read: ['read_file'],
  write: ['write_file'],
  edit: ['patch'],
  apply_patch: ['patch'],
  grep: ['search_files'],
  find: ['search_files'],
  ls: ['search_files'],
  exec: ['terminal'],
  bash: ['terminal'],
  process: ['process'],
  code_execution: ['execute_code'],
  web_search: ['web_search'],
  web_fetch: ['web_extract'],
  memory_search: ['memory'],
  memory_get: ['memory'],
  message: ['send_message'],
  image: ['vision_analyze'],
  image_generate: ['image_generate'],
  tts: ['text_to_speech'],
  sessions_history: ['session_search'],
  sessions_spawn: ['delegate_task'],
  subagents: ['delegate_task'],
  'group:fs': ['group:fs'],
  'group:runtime': ['group:runtime'],
  'group:web': ['group:web'],
  'group:memory': ['group:memory'],
  'group:messaging': ['send_message'],
  '*': ['*'],
};

export function importOpenClaw(files: readonly ImportFile[], harvest: Harvest): void {
  for (const file of files) {
    if (!/\.json5?$/i.test(file.path)) {
      harvest.leaveOut(file.path);
      continue;
    }
    const read = readRelaxedJson(file.text);
    if (!read.ok) harvest.leaveOut(`${file.path}: ${read.refusal.message}`);
    else if (isRecord(read.value)) importFile(read.value, harvest);
  }
}

function importFile(config: Record<string, unknown>, harvest: Harvest): void {
  const { agents, bindings, session, tools: globalTools, ...rest } = config;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${key}${key === 'channels' ? ': channels are set up anew' : ''}`);
  const { defaults, list, entries, ...others } = isRecord(agents) ? agents : {};
  for (const key of Object.keys(others)) harvest.leaveOut(`agents.${key}`);
  const shared = isRecord(defaults) ? defaults : {};
  const members = membersIn(list, entries);
  const scope = isRecord(session) ? session['dmScope'] : undefined;
  if (isRecord(session)) for (const key of Object.keys(session)) if (key !== 'dmScope') harvest.leaveOut(`session.${key}`);
  for (const member of members.length === 0 && isRecord(agents) ? [{ id: 'main' }] : members) importMember(member, shared, globalTools, scope, harvest);
  for (const [index, binding] of (Array.isArray(bindings) ? bindings : []).entries()) importBinding(binding, `bindings[${index}]`, harvest);
}

/** `agents.list` is a list of `{id, …}`; `agents.entries` a map by id. */
function membersIn(list: unknown, entries: unknown): readonly Record<string, unknown>[] {
  const listed = Array.isArray(list) ? list.filter((entry) => isRecord(entry)) : [];
  const mapped = isRecord(entries) ? Object.entries(entries).map(([id, entry]) => ({ ...(isRecord(entry) ? entry : {}), id })) : [];
  return [...listed, ...mapped];
}

function importMember(member: Record<string, unknown>, shared: Record<string, unknown>, globalTools: unknown, scope: unknown, harvest: Harvest): void {
  const { id, default: isDefault, name, workspace, model, tools: own, sandbox, subagents, identity, description, ...rest } = member;
  const who = typeof id === 'string' ? id : typeof name === 'string' ? name : 'agent';
  for (const key of Object.keys(rest)) harvest.leaveOut(`${who}: ${key}`);
  for (const key of Object.keys(shared)) if (!['model', 'sandbox', 'workspace', 'subagents'].includes(key)) harvest.leaveOut(`agents.defaults.${key}`);
  const { primary, fallback } = modelsOf(model ?? shared['model'], who, harvest);
  harvest.addAgent(who, {
    description: typeof description === 'string' ? description : typeof name === 'string' && name !== who ? name : undefined,
    default: isDefault === true ? true : undefined,
    model: primary,
    fallback_model: fallback,
    personality: personalityOf(identity),
    tools: translateTools(own, globalTools, who, harvest),
    sandbox: sandboxOf(sandbox ?? shared['sandbox'], who, harvest),
    dm_scope: dmScopeOf(scope, harvest),
    subagents: subagentsOf(subagents ?? shared['subagents'], who, harvest),
  });
  if (typeof workspace === 'string')
    harvest.note(`${who}: its workspace ${workspace} stays where it is; copy SOUL.md, AGENTS.md and what else it needs into the new one`);
}

function modelsOf(model: unknown, who: string, harvest: Harvest): { readonly primary: string | undefined; readonly fallback: string | undefined } {
  if (typeof model === 'string') return { primary: model, fallback: undefined };
  if (!isRecord(model)) return { primary: undefined, fallback: undefined };
  const [fallback, ...more] = textsIn(model['fallbacks']);
  for (const left of more) harvest.leaveOut(`${who}: the further fallback model ${left}`);
  return { primary: typeof model['primary'] === 'string' ? model['primary'] : undefined, fallback };
}

function personalityOf(identity: unknown): string | undefined {
  if (!isRecord(identity)) return undefined;
  const { name, theme } = identity;
  const sentences = [typeof name === 'string' ? `Your name is ${name}.` : '', typeof theme === 'string' ? `Your manner: ${theme}.` : ''].filter(
    (text) => text !== '',
  );
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** Over there `allow` narrows the profile; here it would add to it, so the narrowed set is written out. */
function translateTools(own: unknown, global: unknown, who: string, harvest: Harvest): unknown {
  const policy: Record<string, unknown> = { ...(isRecord(global) ? global : {}), ...(isRecord(own) ? own : {}) };
  const { profile, allow, alsoAllow, deny, ...rest } = policy;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${who}: tools.${key}`);
  const denied = [
    ...new Set([
      ...translateDenied(textsIn(isRecord(global) ? global['deny'] : []), tools, who, harvest),
      ...translateDenied(textsIn(deny), tools, who, harvest),
    ]),
  ];
  const added = translateAllowed(textsIn(alsoAllow), tools, who, harvest);
  const known = typeof profile === 'string' && isToolProfile(profile) ? profile : undefined;
  if (profile !== undefined && known === undefined) harvest.leaveOut(`${who}: the tool profile ${said(profile)}; it may use no tool of it`);
  if (known !== undefined) harvest.note(`${who}: the tool profile ${known} is ours of that name; see which tools it holds with tools list`);
  const base = baseOf(profile, known);
  if (Array.isArray(allow)) {
    const listed = translateAllowed(textsIn(allow), tools, who, harvest);
    return withDeny([...narrow(listed, base), ...added], denied);
  }
  if (known === undefined)
    return profile === undefined && added.length === 0 ? (denied.length === 0 ? undefined : { deny: denied }) : withDeny(base === '*' ? ['*'] : added, denied);
  if (added.length === 0 && denied.length === 0) return known;
  return { profile: known, ...(added.length === 0 ? {} : { also_allow: added }), ...(denied.length === 0 ? {} : { deny: denied }) };
}

function baseOf(profile: unknown, known: keyof typeof toolProfiles | undefined): '*' | readonly string[] {
  if (known !== undefined) return toolProfiles[known];
  return profile === undefined ? '*' : [];
}

function narrow(listed: readonly string[], base: '*' | readonly string[]): readonly string[] {
  if (base === '*') return listed;
  return base.filter((tool) => listed.some((pattern) => matchesPattern(pattern, tool)));
}

function withDeny(allow: readonly string[], deny: readonly string[]): unknown {
  return deny.length === 0 ? allow : { allow, deny };
}

function sandboxOf(sandbox: unknown, who: string, harvest: Harvest): string | undefined {
  if (!isRecord(sandbox)) return undefined;
  for (const key of Object.keys(sandbox)) if (key !== 'mode') harvest.leaveOut(`${who}: sandbox.${key}`);
  const { mode } = sandbox;
  if (mode === 'off' || mode === undefined) return undefined;
  if (mode !== 'all') harvest.note(`${who}: sandbox mode ${said(mode)} was taken as require`);
  return 'require';
}

function dmScopeOf(scope: unknown, harvest: Harvest): string | undefined {
  if (scope === undefined || scope === 'main') return undefined;
  if (scope !== 'per-peer') harvest.note(`dmScope ${said(scope)} was taken as per_peer`);
  return 'per_peer';
}

function subagentsOf(subagents: unknown, who: string, harvest: Harvest): unknown {
  if (!isRecord(subagents)) return undefined;
  const { model, maxConcurrent, maxSpawnDepth, maxChildrenPerAgent, ...rest } = subagents;
  for (const key of Object.keys(rest)) harvest.leaveOut(`${who}: subagents.${key}`);
  const children = maxChildrenPerAgent ?? maxConcurrent;
  const { primary } = modelsOf(model, who, harvest);
  const translated = {
    ...(primary === undefined ? {} : { model: primary }),
    ...(typeof children === 'number' ? { max_children: children } : {}),
    ...(typeof maxSpawnDepth === 'number' ? { max_depth: maxSpawnDepth } : {}),
  };
  return Object.keys(translated).length === 0 ? undefined : translated;
}

const matchKeys = new Set(['channel', 'accountId', 'peer', 'guildId', 'teamId']);

/** A binding with a key that means nothing here is left out: without the key it would match more. */
function importBinding(binding: unknown, where: string, harvest: Harvest): void {
  if (!isRecord(binding) || !isRecord(binding['match'])) return harvest.leaveOut(where);
  const { agentId, match, type, comment: _, ...rest } = binding;
  const foreign = [
    ...Object.keys(rest),
    ...Object.keys(isRecord(match) ? match : {}).filter((key) => !matchKeys.has(key)),
    ...(type === undefined || type === 'route' ? [] : ['type']),
  ];
  if (foreign.length > 0) return harvest.leaveOut(`${where}: ${foreign.join(', ')} has no counterpart, so the whole binding`);
  const agent = harvest.idOf(said(agentId));
  if (agent === undefined) return harvest.leaveOut(`${where}: there is no agent ${said(agentId)}`);
  const { channel, accountId, peer, guildId, teamId } = isRecord(match) ? match : {};
  const who = translatePeer(peer);
  if (who === undefined) return harvest.leaveOut(`${where}: peer`);
  const account = accountId === '*' ? undefined : (accountId ?? 'default');
  if (accountId === undefined) harvest.note('bindings without accountId hold for the account default only, as they did');
  return harvest.addBinding({ agent, platform: channel === 'webchat' ? 'web' : channel, account, ...who, guild: guildId, team: teamId });
}

function translatePeer(peer: unknown): Record<string, unknown> | undefined {
  if (peer === undefined) return {};
  if (!isRecord(peer) || peer['id'] === undefined) return undefined;
  const { kind, id } = peer;
  const direct = kind === 'direct' || kind === 'dm';
  if (!direct && kind !== 'group' && kind !== 'channel') return undefined;
  if (id === '*') return { chat_type: direct ? 'dm' : kind };
  return direct ? { peer: said(id) } : { chat: said(id) };
}
