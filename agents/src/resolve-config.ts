/** From a checked file to the configuration in force: short forms expanded, models inherited, defaults filled. */
import { expandBinding } from './bindings.ts';
import type { AgentBudget, AgentConfig, Binding, Config, ConfiguredRole, HookConfig, McpServerConfig, ProviderConfig, ToolBackings } from './config.ts';
import type { WrittenAgent, WrittenConfig, WrittenRole } from './config-schema.ts';
import type { Draft } from './draft.ts';
import { joinModel, usualProviderType } from './models.ts';
import { microUsd, resolveActions, resolveInstallationBudget, resolveRiskClasses, resolveTriggers } from './resolve-triggers.ts';
import { readSecretReference, readTextWithSecrets, type SecretReference, type TextWithSecrets } from './secret-reference.ts';
import { skillFoldersOf } from './skill-folders.ts';
import { toolPolicyLayer } from './tool-policy.ts';
import type { HomeDirectories } from './workspaces.ts';
import type { YamlSource } from './yaml-source.ts';

/** What holds where the file says nothing. */
export const configDefaults = {
  maxTurns: 60,
  subagentDepth: 1,
  subagentChildren: 3,
  chainDepth: 16,
  hookSeconds: 10,
  approvalSeconds: 600,
  compactAtTokens: 120_000,
  turnSeconds: 1800,
  toolSeconds: 300,
  toolCallsPerTurn: 200,
  queuedMessages: 100,
} as const;

export function resolveConfig(draft: Draft, source: YamlSource, { file, homes }: { readonly file: string; readonly homes: HomeDirectories }): Config {
  const { written } = draft;
  const agents = new Map([...draft.agents].map(([id, agent]) => [id, resolveAgent(id, agent, written)]));
  return {
    file,
    agents,
    defaultAgent: defaultAgentOf(draft),
    bindings: draft.bindings.flatMap((entry) => resolveBinding(entry, source)),
    model: written.model,
    subagentModel: written.subagent?.model,
    providers: new Map(Object.entries(written.providers ?? {}).map(([name, provider]) => [name, resolveProvider(name, provider)])),
    prices: new Map(
      Object.entries(written.prices ?? {}).map(([model, price]) => [
        model,
        { input: price.input, output: price.output, cachedInput: price.cached_input ?? price.input },
      ]),
    ),
    channels: new Map(Object.entries(written.channels ?? {}).map(([name, { platform, url, secret }]) => [name, { platform, url, secret: reference(secret) }])),
    sessionTriggers: resolveTriggers(written.session_triggers),
    actions: resolveActions(written.actions),
    riskClasses: resolveRiskClasses(written.risk_classes),
    approvers: [...new Set(written.approvals?.approvers)],
    budget: resolveInstallationBudget(written.budget),
    roles: new Map(Object.entries(written.roles ?? {}).map(([name, role]) => [name, resolveRole(role ?? {})])),
    skillFolders: skillFoldersOf(written, file, homes),
    hooks: (written.hooks ?? []).map((hook) => resolveHook(hook)),
    approvalTimeoutMs: (written.approvals?.timeout_seconds ?? configDefaults.approvalSeconds) * 1000,
    compactAtTokens: written.compaction?.at_tokens ?? configDefaults.compactAtTokens,
    toolBackings: resolveBackings(written),
    limits: {
      turnMs: (written.limits?.turn_seconds ?? configDefaults.turnSeconds) * 1000,
      toolMs: (written.limits?.tool_seconds ?? configDefaults.toolSeconds) * 1000,
      toolCallsPerTurn: written.limits?.tool_calls_per_turn ?? configDefaults.toolCallsPerTurn,
      queuedMessages: written.limits?.queued_messages ?? configDefaults.queuedMessages,
      chainDepth: written.limits?.chain_depth ?? configDefaults.chainDepth,
    },
  };
}

/** The agent with `default: true`, else `main`, else the first. */
function defaultAgentOf(draft: Draft): string {
  const ids = [...draft.agents.keys()];
  return ids.find((id) => draft.agents.get(id)?.default === true) ?? (draft.agents.has('main') ? 'main' : (ids[0] ?? 'main'));
}

function resolveAgent(id: string, agent: WrittenAgent, written: WrittenConfig): AgentConfig {
  const { personality, subagents } = agent;
  return {
    id,
    description: agent.description,
    model: agent.model === undefined ? written.model : joinModel(agent.provider, agent.model),
    fallbackModel: agent.fallback_model ?? written.fallback_model,
    personality:
      typeof personality === 'object' ? { kind: 'file', path: personality.file } : personality === undefined ? undefined : { kind: 'text', text: personality },
    workspace: agent.workspace,
    policy: [toolPolicyLayer(id, agent.tools, agent.toolsets)],
    reasoning: agent.reasoning,
    maxTurns: agent.max_turns ?? configDefaults.maxTurns,
    sandbox: agent.sandbox ?? 'off',
    memoryEnabled: agent.memory_enabled ?? true,
    subagents: {
      maxDepth: subagents?.max_depth ?? configDefaults.subagentDepth,
      maxChildren: subagents?.max_children ?? configDefaults.subagentChildren,
      model: subagents?.model,
    },
    dmScope: agent.dm_scope ?? 'main',
    mcpServers: new Map(Object.entries(agent.mcp_servers ?? {}).map(([name, server]) => [name, resolveServer(server)])),
    budget: resolveBudget(agent.budget),
    withoutAsking: { commands: agent.without_asking?.commands ?? [], webHosts: agent.without_asking?.web_hosts, sendTo: agent.without_asking?.send_to ?? [] },
    busy: agent.busy ?? 'queue',
  };
}

function resolveBudget(budget: WrittenAgent['budget']): AgentBudget {
  return { microUsdPerDay: microUsd(budget?.usd_per_day), tokensPerDay: budget?.tokens_per_day, microUsdPerTurn: microUsd(budget?.usd_per_turn) };
}

function resolveServer(server: NonNullable<WrittenAgent['mcp_servers']>[string]): McpServerConfig {
  const texts = (record: Record<string, string> | undefined): ReadonlyMap<string, TextWithSecrets> =>
    new Map(Object.entries(record ?? {}).map(([name, text]) => [name, readTextWithSecrets(text)]));
  if (server.url !== undefined) return { kind: 'http', url: server.url, headers: texts(server.headers) };
  return { kind: 'stdio', command: server.command ?? '', args: server.args ?? [], env: texts(server.env) };
}

function resolveBinding(entry: Draft['bindings'][number], source: YamlSource): readonly Binding[] {
  const expanded = expandBinding(entry.written, { index: entry.index, line: source.positionOf(['bindings', entry.index]).line });
  return expanded.ok ? [expanded.binding] : [];
}

function resolveProvider(name: string, provider: NonNullable<WrittenConfig['providers']>[string]): ProviderConfig {
  return { name, type: provider.type ?? usualProviderType(name) ?? 'openai-compatible', baseUrl: provider.base_url, apiKey: reference(provider.api_key) };
}

function reference(text: string | undefined): SecretReference | undefined {
  return text === undefined ? undefined : readSecretReference(text);
}

function resolveRole(role: WrittenRole): ConfiguredRole {
  const agent = role.agent === undefined ? undefined : ({ kind: 'agent', agent: role.agent } as const);
  return {
    title: role.title,
    mission: role.mission,
    responsibilities: role.responsibilities,
    aliases: role.aliases ?? [],
    reportsTo: role.reports_to,
    filledBy: role.person === true ? { kind: 'person' } : agent,
    proof: role.proof,
  };
}

function resolveHook(hook: NonNullable<WrittenConfig['hooks']>[number]): HookConfig {
  return {
    event: hook.event,
    run: hook.url === undefined ? { kind: 'command', argv: hook.command ?? [] } : { kind: 'http', url: hook.url },
    agents: hook.agents,
    timeoutMs: (hook.timeout_seconds ?? configDefaults.hookSeconds) * 1000,
  };
}

function resolveBackings(written: WrittenConfig): ToolBackings {
  const tools = written.tools;
  const search = tools?.web_search;
  return {
    webSearch: search === undefined ? undefined : { type: search.type, baseUrl: search.base_url, apiKey: reference(search.api_key) },
    visionAnalyze: tools?.vision_analyze,
    textToSpeech: tools?.text_to_speech === undefined ? undefined : { model: tools.text_to_speech.model, voice: tools.text_to_speech.voice },
    imageGenerate: tools?.image_generate,
  };
}
