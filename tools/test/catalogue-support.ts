import { afterEach } from 'vitest';
import { createToolCatalogue, type AgentTools, type CatalogueOptions, type GuildTools, type ToolPorts } from '../src/catalogue.ts';
import type { McpReviews, McpToolSet, TodoItem } from '../src/ports.ts';
import type { Tool } from '@guildhall/sessions';
import { clock, ids, workspacesFor } from './support.ts';

const opened: GuildTools[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((tools) => tools.close()));
});

/** Reviews as a table, with what was recorded. */
export function reviewsInMemory(): McpReviews & { readonly approved: Map<string, string>; readonly recorded: [McpToolSet, string][] } {
  const approved = new Map<string, string>();
  const recorded: [McpToolSet, string][] = [];
  return {
    approved,
    recorded,
    approvedHash: async (agent, server) => approved.get(`${agent}/${server}`) ?? null,
    async record(seen, kind) {
      recorded.push([seen, kind]);
      if (kind === 'first-seen') approved.set(`${seen.agent}/${seen.server}`, seen.hash);
    },
  };
}

export function portsInMemory(changes: Partial<ToolPorts> = {}): ToolPorts {
  const lists = new Map<string, readonly TodoItem[]>();
  return {
    todos: { read: async (key) => lists.get(key) ?? [], write: async (key, items) => void lists.set(key, items) },
    sessions: { searchEntries: async () => [] },
    children: { runChild: async ({ goal }) => ({ ok: true, value: `did ${goal}` }) },
    reviews: reviewsInMemory(),
    ...changes,
  };
}

export const bareAgent: AgentTools = { memoryEnabled: true, mcpServers: new Map() };

export function catalogueFor(workspace: string, agent: AgentTools | (() => AgentTools), changes: Partial<CatalogueOptions> = {}): GuildTools {
  const tools = createToolCatalogue({
    clock,
    ids,
    installation: workspace,
    workspaces: workspacesFor(),
    workspaceOf: async () => workspace,
    agentTools: (id) => (id === 'gone' ? undefined : typeof agent === 'function' ? agent() : agent),
    ports: portsInMemory(),
    path: process.env['PATH'] ?? '',
    graceMs: 300,
    ...changes,
  });
  opened.push(tools);
  return tools;
}

/** Waits for servers that are still starting. */
export async function toolNamed(tools: GuildTools, name: string, agent = 'coder'): Promise<Tool> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const found = (await tools.toolsFor(agent)).find((tool) => tool.name === name);
    if (found !== undefined) return found;
    const missing = await tools.missingFor(agent);
    if (!missing.some(({ reason }) => reason.includes('still starting'))) throw new Error(`no ${name}: ${JSON.stringify(missing)}`);
  }
  throw new Error(`no ${name}`);
}
