/**
 * The MCP servers of all agents: connected when first needed, listened to again now and then, off while what they offer differs from what was approved.
 *
 * A server's tool set is known by its hash. The first one seen is recorded and on; another one is recorded as changed, and all tools of the server are off until a
 * review makes the new hash the approved one. The check is made when tools are offered and again before each call.
 */
import { digestOf, type Clock } from '@guildhall/kernel';
import { done, refuse, type JsonObject, type Refusal, type Settled } from '@guildhall/protocol';
import type { Tool, ToolContext, ToolResult } from '@guildhall/sessions';
import type { McpReviews, McpToolSet } from '../ports.ts';
import { refused } from '../result.ts';
import type { McpConnection, McpEndpoint } from './connection.ts';
import { mcpTool } from './mcp-tool.ts';
import type { McpServer } from './server-config.ts';
import { checkTools, type McpToolDefinition, type ServedTools } from './tool-set.ts';

/** How long a list of tools is believed. */
const listedForMs = 10_000;
/** How long a server that failed is left alone. */
const leftAloneForMs = 60_000;
/** How long a turn waits for a server that is starting; it goes on without it, and has it at a later step. */
const waitedForMs = 5_000;

export interface McpServersOptions {
  readonly clock: Clock;
  readonly reviews: McpReviews;
  /** How to reach a server for an agent: for stdio its child in the agent's workspace. */
  readonly endpointOf: (agent: string, name: string, server: McpServer) => Promise<Settled<McpEndpoint>>;
}

interface OfferedServer {
  readonly tools: readonly Tool[];
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

export interface McpServers {
  /** The tools of one server that may be used now, and why others may not. Never throws for what a server does. */
  offer(agent: string, name: string, server: McpServer): Promise<OfferedServer>;
  /** What the server offers now, for a person who reviews it. */
  inspect(agent: string, name: string, server: McpServer): Promise<Settled<McpToolSet>>;
  /** Ends the connections of an agent to servers that are no longer among `names`. */
  forget(agent: string, names: ReadonlySet<string>): Promise<void>;
  close(): Promise<void>;
}

interface Line {
  readonly digest: string;
  connection: McpConnection | null;
  served: { readonly tools: ServedTools; readonly at: number } | null;
  failed: { readonly refusal: Refusal; readonly at: number } | null;
  busy: Promise<Settled<ServedTools>> | null;
}

export function createMcpServers(options: McpServersOptions): McpServers {
  const lines = new Map<string, Line>();
  const ending = new AbortController();
  const keyOf = (agent: string, name: string) => `${agent}/${name}`;

  async function lineOf(agent: string, name: string, server: McpServer): Promise<Line> {
    const digest = digestOf(server);
    const known = lines.get(keyOf(agent, name));
    if (known?.digest === digest) return known;
    const line: Line = { digest, connection: null, served: null, failed: null, busy: null };
    lines.set(keyOf(agent, name), line);
    await known?.connection?.close();
    return line;
  }

  /** What the server offers, asked for again when the last answer is old. One question at a time. */
  async function servedBy(agent: string, name: string, server: McpServer, patient: boolean): Promise<Settled<ServedTools>> {
    const line = await lineOf(agent, name, server);
    const now = options.clock.mono();
    if (line.served !== null && line.connection?.alive() === true && now - line.served.at < listedForMs) return done(line.served.tools);
    if (!patient && line.failed !== null && now - line.failed.at < leftAloneForMs) return { ok: false, refusal: line.failed.refusal };
    line.busy ??= askServer(line, agent, name, server).finally(() => {
      line.busy = null;
    });
    return line.busy;
  }

  async function askServer(line: Line, agent: string, name: string, server: McpServer): Promise<Settled<ServedTools>> {
    const listed = await connectAndList(line, agent, name, server);
    if (!listed.ok) {
      line.failed = { refusal: listed.refusal, at: options.clock.mono() };
      line.served = null;
      return listed;
    }
    line.failed = null;
    line.served = { tools: listed.value, at: options.clock.mono() };
    return listed;
  }

  async function connectAndList(line: Line, agent: string, name: string, server: McpServer): Promise<Settled<ServedTools>> {
    if (ending.signal.aborted) return refuse('draining', 'the daemon is stopping');
    let { connection } = line;
    if (connection?.alive() !== true) {
      // The client is a tenth of what a daemon loads at its start, and most have no servers.
      const { connectServer } = await import('./connection.ts');
      const endpoint = await options.endpointOf(agent, name, server);
      const opened = endpoint.ok ? await connectServer(endpoint.value, ending.signal) : endpoint;
      if (!opened.ok) return opened;
      connection = opened.value;
      line.connection = connection;
      if (ending.signal.aborted || lines.get(keyOf(agent, name)) !== line) await connection.close();
    }
    const listed = await connection.listTools(ending.signal);
    return listed.ok ? done(checkTools(name, listed.value)) : listed;
  }

  /** Whether the tools with this hash may be used; records what is seen for the first time or has changed. */
  async function mayUse(agent: string, server: string, { hash, tools }: ServedTools): Promise<boolean> {
    const approved = await options.reviews.approvedHash(agent, server);
    if (approved === hash) return true;
    await options.reviews.record(toolSetOf(agent, server, { hash, tools, leftOut: [] }), approved === null ? 'first-seen' : 'changed');
    return approved === null;
  }

  async function callTool(
    agent: string,
    name: string,
    server: McpServer,
    tool: McpToolDefinition,
    hash: string,
    args: JsonObject,
    context: ToolContext,
  ): Promise<ToolResult> {
    const served = await servedBy(agent, name, server, true);
    if (!served.ok) return refused({ ...served.refusal, message: `The MCP server ${name} cannot be used: ${served.refusal.message}.` });
    const connection = lines.get(keyOf(agent, name))?.connection;
    if (served.value.hash !== hash || !(await mayUse(agent, name, served.value))) {
      return refused({
        code: 'needs-approval',
        message: `The MCP server ${name} now offers other tools than were approved; nothing was called. A person has to review it.`,
      });
    }
    if (connection === undefined || connection === null)
      return refused({ code: 'upstream-failed', message: `The MCP server ${name} was lost; nothing was called.` });
    const answer = await connection.callTool(tool.serverName, args, context.signal);
    return answer.ok ? { text: answer.value.text, isError: answer.value.isError } : refused(answer.refusal);
  }

  async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
    const over = new AbortController();
    const late = options.clock.sleep(ms, over.signal).then(() => null);
    const first = await Promise.race([work, late]);
    over.abort();
    return first;
  }

  return {
    async offer(agent, name, server) {
      const all = `mcp:${name}/*`;
      const served = await within(waitedForMs, servedBy(agent, name, server, false));
      if (served === null) return { tools: [], missing: [{ name: all, reason: `the MCP server ${name} is still starting` }] };
      if (!served.ok) return { tools: [], missing: [{ name: all, reason: `the MCP server ${name} cannot be used: ${served.refusal.message}` }] };
      const { hash, tools, leftOut } = served.value;
      if (!(await mayUse(agent, name, served.value))) {
        return {
          tools: [],
          missing: [
            { name: all, reason: `the MCP server ${name} offers other tools than were approved; look at them and approve them, then they are on again` },
          ],
        };
      }
      return { tools: tools.map((tool) => mcpTool(tool, (args, context) => callTool(agent, name, server, tool, hash, args, context))), missing: leftOut };
    },
    async inspect(agent, name, server) {
      const served = await servedBy(agent, name, server, true);
      return served.ok ? done(toolSetOf(agent, name, served.value)) : served;
    },
    async forget(agent, names) {
      for (const [key, line] of lines) {
        if (!key.startsWith(`${agent}/`) || names.has(key.slice(agent.length + 1))) continue;
        lines.delete(key);
        await line.connection?.close();
      }
    },
    async close() {
      ending.abort();
      await Promise.all([...lines.values()].map(async (line) => line.connection?.close()));
    },
  };
}

function toolSetOf(agent: string, server: string, { hash, tools }: ServedTools): McpToolSet {
  return { agent, server, hash, tools: tools.map(({ serverName, description }) => ({ name: serverName, description })) };
}
