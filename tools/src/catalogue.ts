/** Every tool there is, for the agent who asks: what is configured is offered, what is not says why. Policy is the gate's business. */
import { digestOf, type Clock, type Ids } from '@guildhall/kernel';
import { refuse, type Settled } from '@guildhall/protocol';
import type { Tool, ToolCatalogue } from '@guildhall/sessions';
import { childEnvironment, usualPath } from './commands/child-environment.ts';
import type { CommandSurroundings } from './commands/command-input.ts';
import type { AllowedCommands } from './commands/danger.ts';
import { executeCodeTool } from './commands/execute-code.ts';
import { createProcessTable } from './commands/process-table.ts';
import { processTool } from './commands/process.ts';
import { endEarlierRuns } from './commands/stray-processes.ts';
import { terminalTool } from './commands/terminal.ts';
import { patchTool } from './files/patch.ts';
import { readFileTool } from './files/read-file.ts';
import { searchFilesTool } from './files/search-files.ts';
import { writeFileTool } from './files/write-file.ts';
import type { HandoffPort } from './handoffs/handoff-port.ts';
import { handoffTools } from './handoffs/handoff-tools.ts';
import type { KanbanPort } from './kanban/kanban-port.ts';
import { kanbanTools } from './kanban/kanban-tools.ts';
import { createMcpServers } from './mcp/servers.ts';
import type { McpEndpoint } from './mcp/connection.ts';
import type { McpServer } from './mcp/server-config.ts';
import { imageGenerateTool } from './media/image-generate.ts';
import type { MediaBackend } from './media/media-backend.ts';
import { textToSpeechTool } from './media/text-to-speech.ts';
import { visionAnalyzeTool } from './media/vision-analyze.ts';
import { memoryTool } from './memory/memory.ts';
import type { ChildRunner, McpReviews, McpToolSet, MemoryWatcher, MessageSender, SessionSearch, TodoStore } from './ports.ts';
import { findingTools } from './roles/finding-tools.ts';
import { invokeRoleTool } from './roles/invoke-role.ts';
import type { RolePort } from './roles/role-port.ts';
import { type SkillPort, skillTools } from './skills/skill-tools.ts';
import { clarifyTool } from './talk/clarify.ts';
import { delegateTaskTool } from './talk/delegate-task.ts';
import { sendMessageTool } from './talk/send-message.ts';
import { sessionSearchTool } from './talk/session-search.ts';
import { todoTool } from './talk/todo.ts';
import type { AllowedHosts } from './web/outgoing.ts';
import type { SearchBackend } from './web/search-backends.ts';
import { webExtractTool } from './web/web-extract.ts';
import { usualWebRules, type WebRules } from './web/web-fetch.ts';
import { webSearchTool } from './web/web-search.ts';
import type { Workspaces } from './workspace/workspace.ts';

/** What one agent's tools need to know; secrets are filled in. Read at every step, so that a changed configuration bites at the next. */
export interface AgentTools {
  readonly memoryEnabled: boolean;
  readonly webSearch?: SearchBackend;
  readonly vision?: MediaBackend;
  readonly speech?: MediaBackend;
  readonly images?: MediaBackend;
  readonly mcpServers: ReadonlyMap<string, McpServer>;
  /** Whole argument vectors that run without asking, beside the programs that only read. */
  readonly allowedCommands?: AllowedCommands;
  /** Web hosts that are read without asking; any when absent. */
  readonly webHosts?: AllowedHosts;
  /** Targets that `send_message` reaches without asking. */
  readonly sendTargets?: readonly string[];
}

export interface ToolPorts {
  readonly todos: TodoStore;
  readonly sessions: SessionSearch;
  readonly children: ChildRunner;
  readonly reviews: McpReviews;
  /** Absent where no channel can send. */
  readonly messages?: MessageSender;
  readonly memory?: MemoryWatcher;
  /** Absent where there is no board. */
  readonly kanban?: KanbanPort;
  /** Absent where nothing is handed over. */
  readonly handoffs?: HandoffPort;
  /** Absent where there are no plans. */
  readonly roles?: RolePort;
  /** Absent where there are no skills. */
  readonly skills?: SkillPort;
}

export interface CatalogueOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  /** Names this installation among others on the machine, such as the path of its home. Processes that an earlier run left are found by it. */
  readonly installation: string;
  readonly workspaces: Workspaces;
  /** Absolute, real path of an agent's workspace. */
  readonly workspaceOf: (agent: string) => Promise<string>;
  /** Undefined for an agent that is no longer configured. */
  readonly agentTools: (agent: string) => AgentTools | undefined;
  readonly ports: ToolPorts;
  readonly webRules?: WebRules;
  /** `PATH` of every child; the usual folders of the system when absent. */
  readonly path?: string;
  /** Between asking a program to end and ending it. */
  readonly graceMs?: number;
}

export interface GuildTools extends ToolCatalogue {
  /**
   * Call once before the first turn: ends the processes an earlier run of this installation left behind, and remembers which folder each workspace is. Answers what
   * is wrong with the workspaces, by agent.
   */
  begin(agents: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What an MCP server offers now, for a person who reviews it. To approve it, make `reviews.approvedHash` answer its hash. */
  inspectServer(agent: string, server: string): Promise<Settled<McpToolSet>>;
  /** Ends every program and connection. */
  close(): Promise<void>;
}

const usualGraceMs = 3000;

export function createToolCatalogue(options: CatalogueOptions): GuildTools {
  const { clock, ids, workspaces, ports } = options;
  const webRules = options.webRules ?? usualWebRules;
  const installation = `${digestOf(options.installation).slice(0, 16)}.`;
  const around: CommandSurroundings = {
    workspaces,
    clock,
    path: options.path ?? usualPath,
    markerPrefix: `${installation}${ids.next('run')}.`,
    graceMs: options.graceMs ?? usualGraceMs,
  };
  const processes = createProcessTable(ids);
  const servers = createMcpServers({ clock, reviews: ports.reviews, endpointOf: (agent, name, server) => endpointFor(agent, name, server, options, around) });
  const fixed: readonly Tool[] = [
    readFileTool(workspaces),
    writeFileTool(workspaces),
    patchTool(workspaces),
    searchFilesTool(workspaces, clock),
    executeCodeTool(around),
    todoTool(ports.todos),
    clarifyTool(),
    sessionSearchTool(ports.sessions),
    delegateTaskTool(ports.children),
    ...(ports.kanban === undefined ? [] : kanbanTools(ports.kanban, workspaces)),
    ...(ports.roles === undefined ? [] : [invokeRoleTool(ports.roles), ...findingTools(ports.roles)]),
    ...(ports.skills === undefined ? [] : skillTools(ports.skills)),
  ];
  const memory = memoryTool(workspaces, clock, ports.memory);

  function configured(tools: AgentTools): readonly (Tool | Missing)[] {
    const { allowedCommands = [], webHosts, webSearch, vision, speech, images, sendTargets = [] } = tools;
    return [
      terminalTool(around, allowedCommands),
      processTool(around, processes, allowedCommands),
      webExtractTool(webRules, webHosts, clock),
      tools.memoryEnabled ? memory : missing('memory', 'memory is switched off for this agent (memory_enabled)'),
      webSearch === undefined ? missing('web_search', notConfigured('no search service', 'tools.web_search')) : webSearchTool(webSearch, webRules, webHosts),
      ports.messages === undefined ? missing('send_message', 'no channel that can send is configured') : sendMessageTool(ports.messages, sendTargets),
      vision === undefined
        ? missing('vision_analyze', notConfigured('no model that can see', 'tools.vision_analyze'))
        : visionAnalyzeTool(vision, { workspaces, rules: webRules, hosts: webHosts }),
      speech === undefined
        ? missing('text_to_speech', notConfigured('no speech service', 'tools.text_to_speech'))
        : textToSpeechTool(speech, workspaces, webRules),
      images === undefined
        ? missing('image_generate', notConfigured('no image service', 'tools.image_generate'))
        : imageGenerateTool(images, workspaces, webRules),
    ];
  }

  /** Offered to those that the configuration lets hand work over, and to nobody else. */
  function handingOver(agent: string): readonly (Tool | Missing)[] {
    const { handoffs } = ports;
    if (handoffs === undefined) return [];
    const closed = handoffs.closedFor(agent);
    return closed === null ? handoffTools(handoffs) : handoffTools(handoffs).map(({ name }) => missing(name, closed));
  }

  async function everything(agent: string): Promise<{ readonly tools: readonly Tool[]; readonly missing: readonly Missing[] }> {
    const tools = options.agentTools(agent);
    if (tools === undefined) return { tools: [], missing: [] };
    const own = [...configured(tools), ...handingOver(agent)];
    await servers.forget(agent, new Set(tools.mcpServers.keys()));
    const offered = await Promise.all([...tools.mcpServers].map(([name, server]) => servers.offer(agent, name, server)));
    return {
      tools: [...fixed, ...own.filter((one) => 'run' in one), ...offered.flatMap((one) => one.tools)],
      missing: [...own.filter((one) => 'reason' in one), ...offered.flatMap((one) => one.missing)],
    };
  }

  return {
    toolsFor: async (agent) => (await everything(agent)).tools,
    missingFor: async (agent) => (await everything(agent)).missing,
    async begin(agents) {
      await endEarlierRuns(installation, around.markerPrefix);
      const problems = new Map<string, string>();
      for (const agent of agents) {
        const admitted = await workspaces.admit(await options.workspaceOf(agent));
        if (!admitted.ok) problems.set(agent, admitted.refusal.message);
      }
      return problems;
    },
    async inspectServer(agent, name) {
      const server = options.agentTools(agent)?.mcpServers.get(name);
      if (server === undefined) return refuse('not-found', `the agent ${agent} has no MCP server ${name}`);
      return servers.inspect(agent, name, server);
    },
    async close() {
      await Promise.all([processes.closeAll(), servers.close()]);
    },
  };
}

interface Missing {
  readonly name: string;
  readonly reason: string;
}

function missing(name: string, reason: string): Missing {
  return { name, reason };
}

function notConfigured(what: string, key: string): string {
  return `${what} is configured (${key})`;
}

async function endpointFor(
  agent: string,
  name: string,
  server: McpServer,
  options: CatalogueOptions,
  around: CommandSurroundings,
): Promise<Settled<McpEndpoint>> {
  if (server.kind === 'http') return { ok: true, value: { kind: 'http', url: server.url, headers: server.headers } };
  const home = await options.workspaceOf(agent);
  const admitted = await around.workspaces.admit(home);
  if (!admitted.ok) return admitted;
  const marker = `${around.markerPrefix}${options.ids.next(`mcp-${name}`)}`;
  const env = { ...childEnvironment({ home, path: around.path, marker }), ...server.env };
  return {
    ok: true,
    value: { kind: 'stdio', child: { argv: [server.command, ...server.args], cwd: home, env, marker, graceMs: around.graceMs, clock: around.clock } },
  };
}
