/** Clients of the board's MCP server, made with the official SDK. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import path from 'node:path';
import { z } from 'zod';

const launcher = path.join(import.meta.dirname, '..', '..', 'bin', 'guildhall.cjs');

const toolResult = z.object({
  isError: z.boolean().optional(),
  content: z.array(z.object({ type: z.literal('text'), text: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
});

export interface McpLane {
  readonly client: Client;
  /** What a tool answers; throws with its words when it refuses. */
  call(tool: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** The words a tool refuses with; throws when it does not. */
  refusal(tool: string, args?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

export interface Door {
  readonly url: string;
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function overHttp({ url, token, headers = {} }: Door): Promise<McpLane> {
  return connect(httpTransport({ url, token, headers }));
}

export function httpTransport({ url, token, headers = {} }: Door): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit: { headers: { authorization: `Bearer ${token}`, ...headers } } });
}

/** Through `guildhall mcp`, as a coding agent on another machine would start it. */
export function overStdio({ url, token }: Door, home: string, args: readonly string[] = []): Promise<McpLane> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, GUILDHALL_HOME: path.join(home, 'elsewhere'), GUILDHALL_URL: url, GUILDHALL_TOKEN: token };
  return connect(new StdioClientTransport({ command: process.execPath, args: [launcher, 'mcp', ...args], env, stderr: 'inherit' }));
}

async function connect(transport: Transport): Promise<McpLane> {
  const client = new Client({ name: 'test-lane', version: '1.0.0' });
  await client.connect(transport);
  const ask = async (tool: string, args: Record<string, unknown>) => {
    const result = toolResult.parse(await client.callTool({ name: tool, arguments: args }));
    return { refused: result.isError === true, text: result.content.map(({ text }) => text).join('\n'), value: result.structuredContent ?? {} };
  };
  return {
    client,
    async call(tool, args = {}) {
      const { refused, text, value } = await ask(tool, args);
      if (refused) throw new Error(`${tool} was refused: ${text}`);
      return value;
    },
    async refusal(tool, args = {}) {
      const { refused, text } = await ask(tool, args);
      if (!refused) throw new Error(`${tool} was not refused: ${text}`);
      return text;
    },
    close: () => client.close(),
  };
}
