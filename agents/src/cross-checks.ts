/** What one value of the configuration says about another: default agents, models and their providers, tools, MCP servers, hooks, services behind tools. */
import type { WrittenAgent } from './config-schema.ts';
import { checkBindings } from './check-bindings.ts';
import { checkRoles } from './check-roles.ts';
import { checkTriggers } from './check-triggers.ts';
import type { ConfigPath } from './config-error.ts';
import type { Draft, Findings } from './draft.ts';
import { joinModel, providerOfModel, usualProviderType, wellKnownProviders } from './models.ts';
import { meantHint } from './nearest.ts';
import { readTextWithSecrets, soundsSecret } from './secret-reference.ts';
import { findPatternProblem, toolPolicyLayer, toolsetNames } from './tool-policy.ts';

export function checkDraft(draft: Draft, findings: Findings): void {
  checkDefault(draft, findings);
  for (const [id, agent] of draft.agents) checkAgent(id, agent, draft, findings);
  checkBindings(draft, findings);
  checkModels(draft, findings);
  checkProviders(draft, findings);
  checkTriggers(draft, findings);
  checkRoles(draft, findings);
  checkHooks(draft, findings);
  checkBackings(draft, findings);
}

function checkDefault(draft: Draft, findings: Findings): void {
  const [first, ...others] = [...draft.agents].filter(([, agent]) => agent.default === true).map(([id]) => id);
  for (const id of others) findings.error(['agents', id, 'default'], `two agents are the default: ${first} and ${id}`, 'keep default: true on one of them');
}

function checkAgent(id: string, agent: WrittenAgent, draft: Draft, findings: Findings): void {
  const at = (...rest: ConfigPath): ConfigPath => ['agents', id, ...rest];
  checkModelOf(agent, at, draft, findings);
  checkTools(id, agent, at, findings);
  if (typeof agent.personality === 'string' && /^(?:~?\.{0,2}\/\S+|\S+\.(?:md|txt))$/.test(agent.personality.trim())) {
    findings.warn(
      at('personality'),
      'this looks like the name of a file, but is taken as the text itself',
      `write personality: {file: ${agent.personality.trim()}}`,
    );
  }
  for (const [name, server] of Object.entries(agent.mcp_servers ?? {})) checkServer(server, at('mcp_servers', name), findings);
}

function checkModelOf(agent: WrittenAgent, at: (...rest: ConfigPath) => ConfigPath, draft: Draft, findings: Findings): void {
  const { provider } = agent;
  if (provider !== undefined && agent.model === undefined) findings.error(at('provider'), 'provider stands without a model', 'add model, or remove provider');
  if (provider !== undefined) checkProviderName(provider, at('provider'), draft, findings);
  if (agent.model !== undefined && provider === undefined) checkModel(agent.model, at('model'), draft, findings);
  checkModel(agent.fallback_model, at('fallback_model'), draft, findings);
  checkModel(agent.subagents?.model, at('subagents', 'model'), draft, findings);
  if (agent.fallback_model !== undefined && agent.model !== undefined && agent.fallback_model === joinModel(provider, agent.model)) {
    findings.warn(at('fallback_model'), 'the fallback is the model itself', 'name another model, or remove it');
  }
}

function checkModel(model: string | undefined, path: ConfigPath, draft: Draft, findings: Findings): void {
  if (model === undefined) return;
  const provider = providerOfModel(model);
  if (provider === undefined) return findings.error(path, `"${model}" names no provider`, `write <provider>/<model>, for example openrouter/${model}`);
  return checkProviderName(provider, path, draft, findings);
}

function checkProviderName(provider: string, path: ConfigPath, draft: Draft, findings: Findings): void {
  const known = [...new Set([...draft.providerNames, ...Object.keys(wellKnownProviders)])];
  if (known.includes(provider)) return;
  findings.error(
    path,
    `there is no provider "${provider.slice(0, 80)}"`,
    `${meantHint(provider, known, 'providers known')}; others are described under providers`,
  );
}

function checkModels(draft: Draft, findings: Findings): void {
  const { written } = draft;
  checkModel(written.model, ['model'], draft, findings);
  checkModel(written.fallback_model, ['fallback_model'], draft, findings);
  checkModel(written.subagent?.model, ['subagent', 'model'], draft, findings);
  for (const model of Object.keys(written.prices ?? {})) checkModel(model, ['prices', model], draft, findings);
}

function checkTools(id: string, agent: WrittenAgent, at: (...rest: ConfigPath) => ConfigPath, findings: Findings): void {
  const servers = Object.keys(agent.mcp_servers ?? {});
  const { tools, toolsets } = agent;
  for (const [index, name] of (toolsets ?? []).entries()) {
    if (!toolsetNames.includes(name))
      findings.error(at('toolsets', index), `there is no tool profile or group "${name.slice(0, 80)}"`, meantHint(name, toolsetNames, 'toolsets'));
  }
  const lists = Array.isArray(tools) ? [{ list: tools, path: at('tools') }] : [];
  if (typeof tools === 'object' && !Array.isArray(tools)) {
    for (const key of ['also_allow', 'allow', 'deny'] as const) lists.push({ list: tools[key] ?? [], path: at('tools', key) });
    checkToolMap(tools, toolsets, at, findings);
  }
  if (toolsets !== undefined && (typeof tools === 'string' || Array.isArray(tools))) {
    findings.error(
      at('toolsets'),
      'toolsets and tools both say what the agent starts from',
      'keep one of them, or write tools as a map of also_allow and deny',
    );
  }
  for (const { list, path } of lists) {
    for (const [index, pattern] of list.entries()) {
      const problem = findPatternProblem(pattern, servers);
      if (problem !== undefined) findings.error([...path, index], problem.message, meantHint(problem.typed, problem.candidates, 'known are'));
    }
  }
  warnOfUnusedServers(id, agent, servers, at, findings);
}

function checkToolMap(
  tools: Exclude<WrittenAgent['tools'], string | string[] | undefined>,
  toolsets: readonly string[] | undefined,
  at: (...rest: ConfigPath) => ConfigPath,
  findings: Findings,
): void {
  if (tools.profile !== undefined && toolsets !== undefined)
    findings.error(at('toolsets'), 'toolsets and tools.profile both say what the agent starts from', 'keep one of them');
  if (tools.also_allow !== undefined && tools.profile === undefined && toolsets === undefined) {
    findings.error(at('tools', 'also_allow'), 'also_allow adds to a profile, and none is named', 'add profile, or write allow instead');
  }
  if (tools.allow !== undefined && (tools.profile !== undefined || toolsets !== undefined)) {
    findings.warn(
      at('tools', 'allow'),
      'allow adds to the profile; it does not narrow it',
      'to narrow, list what is not wanted under deny, or leave the profile out',
    );
  }
}

function warnOfUnusedServers(id: string, agent: WrittenAgent, servers: readonly string[], at: (...rest: ConfigPath) => ConfigPath, findings: Findings): void {
  const layer = toolPolicyLayer(id, agent.tools, agent.toolsets);
  if (layer.allow === '*') return;
  for (const server of servers) {
    const reached = layer.allow.some((pattern) => pattern === 'mcp:*' || pattern.startsWith(`mcp:${server}/`));
    if (!reached)
      findings.warn(at('mcp_servers', server), `no tool of the MCP server ${server} is allowed`, `add mcp:${server}/* to also_allow or to the list of tools`);
  }
}

function checkServer(server: NonNullable<WrittenAgent['mcp_servers']>[string], path: ConfigPath, findings: Findings): void {
  if (server.command === undefined && server.url === undefined)
    findings.keyError(path, 'the server has neither command nor url', 'add command (a program) or url (HTTP)');
  if (server.command !== undefined && server.url !== undefined) findings.error([...path, 'url'], 'the server has both command and url', 'keep one of them');
  const foreign = server.url === undefined ? (['headers'] as const) : (['args', 'env'] as const);
  if ((server.command === undefined) !== (server.url === undefined)) {
    for (const key of foreign)
      if (server[key] !== undefined)
        findings.error([...path, key], `${key} does nothing for a server with ${server.url === undefined ? 'a command' : 'a url'}`, 'remove it');
  }
  for (const key of ['env', 'headers'] as const) {
    for (const [name, text] of Object.entries(server[key] ?? {})) {
      if (!soundsSecret(name) || text === '' || readTextWithSecrets(text).some((part) => typeof part !== 'string')) continue;
      findings.error([...path, key, name], `${name} sounds like a secret, and a secret may not stand in this file`, 'write ${NAME}, env:NAME or file:/path');
    }
  }
}

function checkProviders(draft: Draft, findings: Findings): void {
  for (const [name, provider] of Object.entries(draft.written.providers ?? {})) {
    const path = ['providers', name];
    if (name === 'rehearsal') findings.keyError(path, '"rehearsal" is the provider that needs no service, so it cannot be configured', 'choose another name');
    const type = provider.type ?? usualProviderType(name);
    if (type === undefined && name !== 'rehearsal')
      findings.keyError(path, 'the provider has no type', 'add type: anthropic, openai, google, openrouter or openai-compatible');
    const addressed = provider.base_url !== undefined || usualProviderType(name) === 'openai-compatible';
    if (type === 'openai-compatible' && !addressed)
      findings.keyError(path, 'an openai-compatible provider needs base_url', 'add base_url, for example http://127.0.0.1:11434/v1');
  }
}

function checkHooks(draft: Draft, findings: Findings): void {
  for (const [index, hook] of (draft.written.hooks ?? []).entries()) {
    const path = ['hooks', index];
    if (hook.command === undefined && hook.url === undefined) findings.error(path, 'the hook has neither command nor url', 'add one of them');
    if (hook.command !== undefined && hook.url !== undefined) findings.error([...path, 'url'], 'the hook has both command and url', 'keep one of them');
    for (const [place, agent] of (hook.agents ?? []).entries()) {
      if (!draft.agentIds.includes(agent))
        findings.error([...path, 'agents', place], `there is no agent "${agent}"`, meantHint(agent, draft.agentIds, 'agents'));
    }
  }
}

function checkBackings(draft: Draft, findings: Findings): void {
  const backings = draft.written.tools;
  const search = backings?.web_search;
  const path = ['tools', 'web_search'];
  if (search?.type === 'searxng' && search.base_url === undefined)
    findings.keyError(path, 'searxng needs base_url', 'add base_url, the address of the instance');
  if (search !== undefined && search.type !== 'searxng' && search.api_key === undefined)
    findings.keyError(path, `${search.type} needs api_key`, 'add api_key: env:NAME');
  checkModel(backings?.vision_analyze?.model, ['tools', 'vision_analyze', 'model'], draft, findings);
  checkModel(backings?.text_to_speech?.model, ['tools', 'text_to_speech', 'model'], draft, findings);
  checkModel(backings?.image_generate?.model, ['tools', 'image_generate', 'model'], draft, findings);
}
