/**
 * An MCP server with one tool, `bump`, whose effect can be counted: every call adds a line to the file named as argument, on disk before it answers. What the file says and what the daemon
 * recorded must agree.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const file = process.argv[2] ?? '';
const server = new McpServer({ name: 'effect', version: '1.0.0' });

server.registerTool('bump', { description: 'Counts one more for a key.', inputSchema: { key: z.string() } }, ({ key }) => {
  const handle = openSync(file, 'a');
  writeSync(handle, `${key}\n`);
  fsyncSync(handle);
  closeSync(handle);
  return { content: [{ type: 'text', text: `bumped ${key}` }] };
});

await server.connect(new StdioServerTransport());
