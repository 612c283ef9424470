/** The tools of the team: what the configuration switches on, with its secrets filled in, and the ports behind them. */
import { mkdir } from 'node:fs/promises';
import type { AgentConfig, Config, McpServerConfig, TextWithSecrets } from '@guildhall/agents';
import {
  type AgentTools,
  type ChildRunner,
  type HandoffPort,
  type KanbanPort,
  type McpServer,
  type MediaBackend,
  type SearchBackend,
  createToolCatalogue,
  readMemory,
  readWorkspaceText,
} from '@guildhall/tools';
import type { ToolCatalogue } from '@guildhall/sessions';
import type { TeamDirectory } from './agent-directory.ts';
import type { Environment } from './environment.ts';
import type { Log } from './log.ts';
import type { TeamRoles } from './keep-roles.ts';
import { fillIn, readSecret } from './secrets.ts';
import type { Foundation } from './foundation.ts';
import { mcpReviews, memoryWatcher, messageSender, todoStore } from './tool-ports.ts';

export interface TeamTools {
  readonly catalogue: ToolCatalogue;
  /** What an agent remembers, as text for its prompt. */
  memoryText(workspace: string): Promise<string>;
  /** A text file of a workspace; undefined when there is none or it may not be read. */
  workspaceText(workspace: string, path: string): Promise<string | undefined>;
  /** Puts the tool set an MCP server offers now in the place of the approved one; undefined when the server cannot be asked. */
  approveChanged(agent: string, server: string, actor: string): Promise<{ readonly hash: string; readonly tools: readonly string[] } | undefined>;
  close(): Promise<void>;
}

export interface TeamToolsParts {
  readonly environment: Environment;
  readonly foundation: Foundation;
  readonly directory: TeamDirectory;
  readonly log: Log;
  readonly kanban: KanbanPort;
  readonly roles: TeamRoles;
  readonly handoffs: HandoffPort;
  readonly platforms: () => readonly string[];
  readonly runChild: ChildRunner['runChild'];
}

/** `SOUL.md` and `AGENTS.md` of a workspace are read up to this size. */
const mostPromptFileBytes = 256 * 1024;

export async function openTools(parts: TeamToolsParts): Promise<TeamTools> {
  const { environment, foundation, directory, log } = parts;
  const { clock, ids, store, config } = foundation;
  const { workspaces } = parts.roles;
  const reviews = mcpReviews(store.notes, store.journal);
  const catalogue = createToolCatalogue({
    clock,
    ids,
    workspaces,
    installation: environment.home,
    workspaceOf: directory.workspaceOf,
    agentTools: (id) => {
      const agent = directory.agent(id);
      return agent === undefined ? undefined : toolsOf(agent, config.current(), environment.variables);
    },
    ports: {
      todos: todoStore(store.notes),
      sessions: parts.roles.search,
      children: { runChild: parts.runChild },
      reviews,
      messages: messageSender(store.sessions, parts.platforms),
      memory: memoryWatcher(store.journal),
      kanban: parts.kanban,
      roles: parts.roles.port,
      handoffs: parts.handoffs,
      skills: parts.roles.skills,
    },
  });
  const prepare = async () => {
    const agents = [...config.current().agents.keys()];
    for (const id of agents) await mkdir(await directory.workspaceOf(id), { recursive: true, mode: 0o700 });
    for (const [agent, problem] of await catalogue.begin(agents)) log.error({ agent, problem }, 'a workspace cannot be used');
  };
  await prepare();
  config.onChange(() => {
    prepareNew().catch((error: unknown) => log.error({ err: error }, 'a workspace could not be made'));
  });
  const prepareNew = async () => {
    for (const id of config.current().agents.keys()) await mkdir(await directory.workspaceOf(id), { recursive: true, mode: 0o700 });
  };
  return {
    catalogue: {
      toolsFor: catalogue.toolsFor,
      missingFor: async (id) => [...(await catalogue.missingFor(id)), ...unfilledServers(directory.agent(id), environment.variables)],
    },
    async memoryText(workspace) {
      const remembered = await readMemory(workspaces, workspace);
      if (!remembered.ok) return '';
      const { memory, user } = remembered.value;
      return [memory, user === '' ? '' : `About your person:\n${user}`].filter((part) => part !== '').join('\n\n');
    },
    async workspaceText(workspace, path) {
      const text = await readWorkspaceText(workspaces, workspace, path, mostPromptFileBytes);
      return text.ok ? text.value : undefined;
    },
    async approveChanged(agent, server, actor) {
      const seen = await catalogue.inspectServer(agent, server);
      if (!seen.ok) return undefined;
      await reviews.approve(seen.value, actor);
      return { hash: seen.value.hash, tools: seen.value.tools.map((tool) => tool.name) };
    },
    close: () => catalogue.close(),
  };
}

function toolsOf(agent: AgentConfig, config: Config, variables: Readonly<Record<string, string>>): AgentTools {
  const { webSearch, visionAnalyze, textToSpeech, imageGenerate } = config.toolBackings;
  const search = webSearch === undefined ? undefined : searchBackend(webSearch, variables);
  const vision = mediaService(visionAnalyze?.model, config, variables);
  const speech = mediaService(textToSpeech?.model, config, variables, textToSpeech?.voice);
  const images = mediaService(imageGenerate?.model, config, variables);
  return {
    memoryEnabled: agent.memoryEnabled,
    mcpServers: mcpServers(agent, variables),
    allowedCommands: agent.withoutAsking.commands,
    ...(agent.withoutAsking.webHosts === undefined ? {} : { webHosts: agent.withoutAsking.webHosts }),
    sendTargets: agent.withoutAsking.sendTo,
    ...(search === undefined ? {} : { webSearch: search }),
    ...(vision === undefined ? {} : { vision }),
    ...(speech === undefined ? {} : { speech }),
    ...(images === undefined ? {} : { images }),
  };
}

function searchBackend(
  { type, baseUrl, apiKey }: NonNullable<Config['toolBackings']['webSearch']>,
  variables: Readonly<Record<string, string>>,
): SearchBackend | undefined {
  if (type === 'searxng') return baseUrl === undefined ? undefined : { type, baseUrl };
  const key = readSecret(apiKey, variables);
  return key === undefined ? undefined : { type, apiKey: key, ...(baseUrl === undefined ? {} : { baseUrl }) };
}

const usualMediaUrls: Readonly<Record<string, { readonly baseUrl: string; readonly key: string }>> = {
  openai: { baseUrl: 'https://api.openai.com/v1', key: 'OPENAI_API_KEY' },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', key: 'OPENROUTER_API_KEY' },
};

/** The OpenAI-compatible service behind a model id; undefined when its provider is not known or its key is missing. */
function mediaService(model: string | undefined, config: Config, variables: Readonly<Record<string, string>>, voice?: string): MediaBackend | undefined {
  if (model === undefined) return undefined;
  const [provider = '', ...name] = model.split('/');
  const configured = config.providers.get(provider);
  const usual = usualMediaUrls[provider];
  const baseUrl = configured?.baseUrl ?? usual?.baseUrl;
  if (baseUrl === undefined) return undefined;
  const apiKey =
    configured?.apiKey === undefined ? (configured?.baseUrl === undefined ? variables[usual?.key ?? ''] : undefined) : readSecret(configured.apiKey, variables);
  return { baseUrl, model: name.join('/'), ...(apiKey === undefined ? {} : { apiKey }), ...(voice === undefined ? {} : { voice }) };
}

/** A server whose secret is missing is not started: a missing secret never means none is needed. */
function mcpServers(agent: AgentConfig, variables: Readonly<Record<string, string>>): ReadonlyMap<string, McpServer> {
  const servers = new Map<string, McpServer>();
  for (const [name, server] of agent.mcpServers) {
    const filled = fillServer(server, variables);
    if (filled !== undefined) servers.set(name, filled);
  }
  return servers;
}

function unfilledServers(
  agent: AgentConfig | undefined,
  variables: Readonly<Record<string, string>>,
): readonly { readonly name: string; readonly reason: string }[] {
  const unfilled = [...(agent?.mcpServers ?? [])].filter(([, server]) => fillServer(server, variables) === undefined);
  return unfilled.map(([name]) => ({
    name: `mcp:${name}/*`,
    reason: 'a secret it needs is missing, so the server is not started; set the variable or file that mcp_servers names',
  }));
}

function fillServer(server: McpServerConfig, variables: Readonly<Record<string, string>>): McpServer | undefined {
  const pairs = fillAll(server.kind === 'stdio' ? server.env : server.headers, variables);
  if (pairs === undefined) return undefined;
  return server.kind === 'stdio'
    ? { kind: 'stdio', command: server.command, args: server.args, env: pairs }
    : { kind: 'http', url: server.url, headers: pairs };
}

function fillAll(texts: ReadonlyMap<string, TextWithSecrets>, variables: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const filled: Record<string, string> = {};
  for (const [name, text] of texts) {
    const value = fillIn(text, variables);
    if (value === undefined) return undefined;
    filled[name] = value;
  }
  return filled;
}
